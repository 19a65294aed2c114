#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// A browser that is logged in. The token itself is known to the browser only.
struct Session {
  std::string hash;  ///< of the token; unique
  std::string account;
  WallTime created{};      ///< set when it is stored
  WallTime used{};         ///< set when it is stored, then by set_session_used()
  WallTime expires{};      ///< it ends then, used or not
  std::string user_agent;  ///< at most 200 bytes each; what the browser said, and where it came from
  std::string address;
  friend bool operator==(const Session&, const Session&) = default;
};

/// How many sessions there may be, and from when on they are unused for too long.
struct SessionBounds {
  std::size_t of_account = 20;
  std::size_t in_all = 10'000;
  WallTime idle_since{};  ///< a session that was last used before has ended
};

/// Stores a session. Those that have expired or idled go first; where there are too many after that, the oldest of the
/// account and the oldest of all end. The hashes of sessions that ended. Errors: kConflict, kNotFound (account).
Result<std::vector<std::string>> create_session(Transaction& transaction, const Session& session,
                                                const SessionBounds& bounds);
/// Errors: kNotFound.
Status set_session_used(Transaction& transaction, const std::string& hash, WallTime when);
/// Errors: kNotFound, also when it is another account's.
Status delete_session(Transaction& transaction, const std::string& account, const std::string& hash);
/// How many there were.
Result<std::size_t> delete_sessions(Transaction& transaction, const std::string& account);
/// Whether it has expired is for the caller to see. Errors: kNotFound.
Result<Session> find_session(Database& database, const std::string& hash);
/// Newest first.
Result<std::vector<Session>> read_sessions(Database& database, const std::string& account);

/// Logins in vain by a name that no account has. Of an account it is in Account.
struct UnknownLogin {
  std::string name_key;  ///< stands for the name; not the name, which may be a password that was typed too early
  std::uint32_t failed = 0;
  WallTime locked_until{};
  friend bool operator==(const UnknownLogin&, const UnknownLogin&) = default;
};
constexpr std::size_t kMostUnknownLogins = 10'000;

/// Stores it in place of an earlier one of that key; those whose lock ended before `forget` go, and where there are
/// more than `most`, the one whose lock ends first.
Status set_unknown_login(Transaction& transaction, const UnknownLogin& login, WallTime forget,
                         std::size_t most = kMostUnknownLogins);
/// Errors: kNotFound.
Result<UnknownLogin> find_unknown_login(Database& database, const std::string& name_key);

}  // namespace holter::catalog
