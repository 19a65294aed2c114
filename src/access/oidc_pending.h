#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::access {

/// 43 characters of A-Z a-z 0-9 - _ from 32 random bytes: a state, a nonce, a verifier (RFC 7636, 4.1).
std::string random_word();

/// A login that is at the provider just now.
struct PendingLogin {
  std::string nonce, verifier;
  std::string redirect_uri;  ///< that the provider was told
  std::string next;          ///< where the browser wants to be afterwards
};

/// The logins that are at the provider: each may come back once, within ten minutes, in the browser that began it. Who
/// lures somebody to the end of a login that is not his (login CSRF, RFC 6749, 10.12) does not have his cookie.
/// The oldest goes for one more than kMost. Threads: one.
class PendingLogins {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr seconds kValid{600};

  PendingLogins(const Clock& clock, memory::Account& account) : clock_(clock), account_(account) {}

  struct Begun {
    std::string state;    ///< goes to the provider and comes back from it
    std::string browser;  ///< stays in the browser that began
  };
  /// Errors: kResourceExhausted.
  Result<Begun> add(PendingLogin login);
  /// What stands for this state, which is forgotten, whoever brings it. Nothing when it is not there any more, too old,
  /// or of another browser.
  std::optional<PendingLogin> take(std::string_view state, std::string_view browser);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Begun keys;
    PendingLogin login;
    MonoTime ends;
    memory::Reservation held;
  };
  void forget_old();

  const Clock& clock_;
  memory::Account& account_;
  std::deque<Entry> entries_;  // the oldest first
};

}  // namespace holter::access
