#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "access/parts.h"
#include "access/sessions.h"
#include "access/tokens.h"
#include "catalog/accounts.h"
#include "secrets/secret_text.h"
#include "secrets/token.h"

namespace holter::access {

/// How the first account is made, and how somebody gets in again who cannot log in: by a link that whoever may see the
/// program's output (or run its commands) hands on. There is no default password. A link works once and for an hour;
/// its hash lies in the catalog's settings. Threads: one shard's.
class Setup {
 public:
  static constexpr milliseconds kValid = std::chrono::hours(1);

  Setup(const Parts& parts, Sessions& sessions) : parts_(parts), sessions_(sessions) {}

  /// At the start of the program: a new token while there is no account, after which earlier ones are worth nothing;
  /// none once there is one. Errors: those of Catalog::write().
  boost::asio::awaitable<Result<std::optional<secrets::SetupToken>>> offer(MonoTime deadline);
  /// Whether there is no account yet. Errors: those of Catalog::read().
  boost::asio::awaitable<Result<bool>> is_needed(MonoTime deadline);
  /// Makes the first account, an admin. Errors: kUnauthenticated when the token is not the newest one, was used or is
  /// too old, or there is an account by now; kInvalidArgument (name; check_new_password()); those of
  /// PasswordHasher::hash() and Catalog::write().
  boost::asio::awaitable<Status> make_first_admin(secrets::SetupToken token, std::string name,
                                                  secrets::SecretText password, MonoTime deadline);

  /// For `holter account reset NAME`: a token that sets a new password. Errors: kNotFound; kInvalidArgument when the
  /// account is disabled; those of Catalog::write().
  boost::asio::awaitable<Result<secrets::SetupToken>> offer_reset(std::string name, MonoTime deadline);
  /// Sets the password, ends the account's sessions and its lock. The account's name. Errors: as of make_first_admin(),
  /// kConflict when the account is deleted or disabled by now.
  boost::asio::awaitable<Result<std::string>> reset_password(secrets::SetupToken token, secrets::SecretText password,
                                                             MonoTime deadline);

 private:
  const Parts parts_;
  Sessions& sessions_;
  bool made_ = false;  ///< there is an account; from then on there always is
};

}  // namespace holter::access
