#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "access/address_limiter.h"
#include "access/identity.h"
#include "access/parts.h"
#include "access/password_check.h"
#include "access/sessions.h"
#include "secrets/secret_text.h"
#include "secrets/token.h"

namespace holter::access {

/// Somebody who has logged in.
struct LoggedIn {
  Identity identity;
  secrets::SessionToken token;
};

/// What became of a login. Who is told kWrong or kTryLater learns nothing of whether there is such an account.
struct LoginAnswer {
  enum class Kind : std::uint8_t { kIn, kWrong, kTryLater };
  Kind kind = Kind::kWrong;
  seconds wait{0};             ///< kTryLater
  std::optional<LoggedIn> in;  ///< kIn
  /// For the user: "cannot log in: ...".
  std::string text() const;
};

/// Lets people in by name and password. Threads: one shard's.
class Login {
 public:
  Login(const Parts& parts, Sessions& sessions, PasswordCheck& passwords, const AddressLimiterOptions& limits = {});

  /// The session is always a new one. Errors, which tell nothing of the account either: kResourceExhausted (too many
  /// logins wait), kConflict (the account was changed meanwhile), kTimeout at `deadline`, kCancelled; those of
  /// Catalog::write().
  boost::asio::awaitable<Result<LoginAnswer>> log_in(std::string name, secrets::SecretText password, Browser browser,
                                                     MonoTime deadline);

 private:
  boost::asio::awaitable<Result<LoggedIn>> begin(std::string name, PasswordVerdict verdict, Browser browser,
                                                 MonoTime deadline);

  const Parts parts_;
  Sessions& sessions_;
  PasswordCheck& passwords_;
  AddressLimiter addresses_;
};

}  // namespace holter::access
