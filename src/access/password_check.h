#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "access/parts.h"
#include "catalog/accounts.h"
#include "secrets/secret_text.h"

namespace holter::access {

/// How long a name is locked after failures in a row: 1 s from the 5th on, twice as long each time, 15 minutes at most.
seconds lock_after(std::uint32_t failures);
constexpr seconds kLongestLock{900};
/// So long after a lock has ended (or after a failure without a lock) the failures are forgotten.
constexpr milliseconds kFailuresKept = std::chrono::hours(24);

/// A password checked, with the failures counted.
struct PasswordVerdict {
  enum class Kind : std::uint8_t { kRight, kWrong, kLocked };
  Kind kind = Kind::kWrong;
  seconds wait{0};       ///< kLocked: how long the lock lasts yet
  std::string verified;  ///< kRight: the hash that the password matched
  std::string rehashed;  ///< kRight: the same password at today's cost; empty where that is not wanted
};

/// Whether a password is that of an account. A name that no account has, an account that is disabled and one without a
/// password answer as a wrong password does: by the same work, one synced write and one hash, and with the same locks.
///
/// A failure is counted before the password is looked at, and taken back when it was right: so attempts at once are as
/// many as attempts in a row, also among processes.
class PasswordCheck {
 public:
  explicit PasswordCheck(const Parts& parts) : parts_(parts) {}

  /// Errors: those of Catalog::write(), and of PasswordHasher::verify() but kCorruption; then no failure is counted.
  boost::asio::awaitable<Result<PasswordVerdict>> check(std::string name, secrets::SecretText password,
                                                        MonoTime deadline);

  /// Takes back the failures after a right password, whatever comes of what it was asked for. Errors: as of passed(),
  /// those of Catalog::write().
  boost::asio::awaitable<Status> forgive(std::string name, PasswordVerdict verdict, MonoTime deadline);

  /// Within the change that the password was asked for: takes back the failures and stores the hash anew where that is
  /// wanted. The account as it is now. Errors: kConflict when the password was changed or the account disabled or
  /// deleted meanwhile.
  static Result<catalog::Account> passed(catalog::Transaction& transaction, const std::string& name,
                                         const PasswordVerdict& verdict);

 private:
  const Parts parts_;
};

}  // namespace holter::access
