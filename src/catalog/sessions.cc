#include "catalog/sessions.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostHash = 128;
constexpr std::size_t kMostOrigin = 200;

constexpr const char* kSelect =
    "SELECT hash, account, created_ms, used_ms, expires_ms, user_agent, address FROM sessions WHERE ";
constexpr const char* kByHash = "hash = :key";
constexpr const char* kByAccount = "account = :key";

/// The oldest first.
std::vector<Session> select(soci::session& sql, const char* where, const std::string& key) {
  std::vector<Session> found;
  Session row;
  long long created = 0, used = 0, expires = 0;
  soci::statement rows = (sql.prepare << kSelect << where, into(row.hash), into(row.account), into(created), into(used),
                          into(expires), into(row.user_agent), into(row.address), use(key, "key"));
  for (bool more = rows.execute(true); more; more = rows.fetch()) {
    row.created = from_epoch_ms(created);
    row.used = from_epoch_ms(used);
    row.expires = from_epoch_ms(expires);
    found.push_back(row);
  }
  std::ranges::sort(found, {}, [](const Session& s) { return std::tie(s.created, s.hash); });
  return found;
}

Error missing() {
  return {ErrorCode::kNotFound, "cannot find the session"};
}

long long count(soci::session& sql, const char* statement) {
  long long found = 0;
  sql << statement, into(found);
  return found;
}

/// The hashes that a statement finds; deletes their rows.
void end_sessions(soci::session& sql, std::vector<std::string> hashes, std::vector<std::string>& ended) {
  for (auto& hash : hashes) {
    sql << "DELETE FROM sessions WHERE hash = :hash", use(hash, "hash");
    ended.push_back(std::move(hash));
  }
}

std::vector<std::string> expired(soci::session& sql, WallTime now, WallTime idle_since) {
  std::vector<std::string> found;
  std::string hash;
  long long until = epoch_ms(now), idle = epoch_ms(idle_since);
  soci::statement rows = (sql.prepare << "SELECT hash FROM sessions WHERE expires_ms <= :now OR used_ms < :idle",
                          into(hash), use(until, "now"), use(idle, "idle"));
  for (bool more = rows.execute(true); more; more = rows.fetch()) found.push_back(hash);
  return found;
}

/// As many of all as `surplus` says.
std::vector<std::string> oldest(soci::session& sql, long long surplus) {
  std::vector<std::string> found;
  if (surplus <= 0) return found;
  std::string hash;
  soci::statement rows = (sql.prepare << "SELECT hash FROM sessions ORDER BY created_ms, hash LIMIT :surplus",
                          into(hash), use(surplus, "surplus"));
  for (bool more = rows.execute(true); more; more = rows.fetch()) found.push_back(hash);
  return found;
}

}  // namespace

Result<std::vector<std::string>> create_session(Transaction& transaction, const Session& session,
                                                const SessionBounds& bounds) {
  TRY_OK(check_name("hash of a session", session.hash, kMostHash));
  TRY_OK(check_text("user agent", session.user_agent, kMostOrigin));
  TRY_OK(check_text("address of a browser", session.address, kMostOrigin));
  constexpr const char* kWhat = "begin a session";
  return guarded(transaction.database(), kWhat, [&](soci::session& sql) -> Result<std::vector<std::string>> {
    std::vector<std::string> ended;
    end_sessions(sql, expired(sql, transaction.now(), bounds.idle_since), ended);
    auto present = select(sql, kByAccount, session.account);
    std::vector<std::string> surplus;
    for (auto at = bounds.of_account; at <= present.size(); ++at)
      surplus.push_back(present[at - bounds.of_account].hash);
    end_sessions(sql, std::move(surplus), ended);
    auto room = static_cast<long long>(bounds.in_all);
    end_sessions(sql, oldest(sql, count(sql, "SELECT count(*) FROM sessions") - room + 1), ended);
    long long now = epoch_ms(transaction.now()), expires = epoch_ms(session.expires);
    sql << "INSERT INTO sessions (hash, account, created_ms, used_ms, expires_ms, user_agent, address) "
           "VALUES (:hash, :account, :now, :now, :expires, :user_agent, :address)",
        use(session.hash, "hash"), use(session.account, "account"), use(now, "now"), use(expires, "expires"),
        use(session.user_agent, "user_agent"), use(session.address, "address");
    return ended;
  });
}

Status set_session_used(Transaction& transaction, const std::string& hash, WallTime when) {
  return guarded(transaction.database(), "note the use of a session", [&](soci::session& sql) -> Status {
    long long used = epoch_ms(when);
    soci::statement update =
        (sql.prepare << "UPDATE sessions SET used_ms = :used WHERE hash = :hash", use(used, "used"), use(hash, "hash"));
    update.execute(true);
    if (changed_rows(update) == 0) return missing();
    return {};
  });
}

Status delete_session(Transaction& transaction, const std::string& account, const std::string& hash) {
  return guarded(transaction.database(), "end a session", [&](soci::session& sql) -> Status {
    soci::statement remove = (sql.prepare << "DELETE FROM sessions WHERE hash = :hash AND account = :account",
                              use(hash, "hash"), use(account, "account"));
    remove.execute(true);
    if (changed_rows(remove) == 0) return missing();
    return {};
  });
}

Result<std::size_t> delete_sessions(Transaction& transaction, const std::string& account) {
  return guarded(transaction.database(), "end sessions", [&](soci::session& sql) -> Result<std::size_t> {
    soci::statement remove = (sql.prepare << "DELETE FROM sessions WHERE account = :account", use(account, "account"));
    remove.execute(true);
    return static_cast<std::size_t>(std::max<long long>(changed_rows(remove), 0));
  });
}

Result<Session> find_session(Database& database, const std::string& hash) {
  return guarded(database, "find a session", [&](soci::session& sql) -> Result<Session> {
    auto found = select(sql, kByHash, hash);
    if (found.empty()) return missing();
    return std::move(found.front());
  });
}

Result<std::vector<Session>> read_sessions(Database& database, const std::string& account) {
  return guarded(database, "read sessions", [&](soci::session& sql) -> Result<std::vector<Session>> {
    auto found = select(sql, kByAccount, account);
    std::ranges::reverse(found);
    return found;
  });
}

Status set_unknown_login(Transaction& transaction, const UnknownLogin& login, WallTime forget, std::size_t most) {
  TRY_OK(check_name("key of a name", login.name_key, kMostHash));
  return guarded(transaction.database(), "note a failed login", [&](soci::session& sql) -> Status {
    long long failed = login.failed, locked = epoch_ms(login.locked_until), old = epoch_ms(forget);
    sql << "DELETE FROM unknown_logins WHERE name_key = :name_key OR locked_until_ms < :old",
        use(login.name_key, "name_key"), use(old, "old");
    auto surplus = count(sql, "SELECT count(*) FROM unknown_logins") - static_cast<long long>(most) + 1;
    if (surplus > 0)
      sql << "DELETE FROM unknown_logins WHERE name_key IN (SELECT name_key FROM unknown_logins "
             "ORDER BY locked_until_ms, name_key LIMIT :surplus)",
          use(surplus, "surplus");
    sql << "INSERT INTO unknown_logins (name_key, failed, locked_until_ms) VALUES (:name_key, :failed, :locked)",
        use(login.name_key, "name_key"), use(failed, "failed"), use(locked, "locked");
    return {};
  });
}

Result<UnknownLogin> find_unknown_login(Database& database, const std::string& name_key) {
  return guarded(database, "find failed logins", [&](soci::session& sql) -> Result<UnknownLogin> {
    UnknownLogin found{name_key};
    long long failed = 0, locked = 0;
    sql << "SELECT failed, locked_until_ms FROM unknown_logins WHERE name_key = :name_key", use(name_key, "name_key"),
        into(failed), into(locked);
    if (!sql.got_data()) return Error(ErrorCode::kNotFound, "cannot find failed logins of that name");
    found.failed = static_cast<std::uint32_t>(failed);
    found.locked_until = from_epoch_ms(locked);
    return found;
  });
}

}  // namespace holter::catalog
