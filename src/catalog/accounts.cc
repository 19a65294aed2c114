#include "catalog/accounts.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr long long kMostAccounts = 10'000;
constexpr std::size_t kMostHash = 1024;
constexpr const char* kColumns =
    "SELECT name, role, password_hash, disabled, failed_logins, locked_until_ms, version, created_ms, created_by, "
    "updated_ms, updated_by FROM accounts ";

Status check(const Account& account) {
  TRY_OK(check_name("account name", account.name));
  TRY_OK(check_name("role", account.role));
  return check_text("hash of the password", account.password_hash, kMostHash);
}

Error missing(const std::string& name) {
  return {ErrorCode::kNotFound, fmt::format("cannot find the account '{}'", name.substr(0, kMostName))};
}

/// Accounts, all or that of `name`.
std::vector<Account> select(soci::session& sql, const std::string* name) {
  Account row;
  int disabled = 0;
  long long failed = 0, locked = 0, version = 0, created = 0, updated = 0;
  soci::statement rows(sql);
  rows.exchange(into(row.name));
  rows.exchange(into(row.role));
  rows.exchange(into(row.password_hash));
  rows.exchange(into(disabled));
  rows.exchange(into(failed));
  rows.exchange(into(locked));
  rows.exchange(into(version));
  rows.exchange(into(created));
  rows.exchange(into(row.created_by));
  rows.exchange(into(updated));
  rows.exchange(into(row.updated_by));
  if (name != nullptr) rows.exchange(use(*name, "name"));
  rows.alloc();
  rows.prepare(std::string(kColumns) + (name != nullptr ? "WHERE name = :name" : ""));
  rows.define_and_bind();
  std::vector<Account> found;
  for (bool more = rows.execute(true); more; more = rows.fetch()) {
    row.disabled = disabled != 0;
    row.failed_logins = static_cast<std::uint32_t>(failed);
    row.locked_until = from_epoch_ms(locked);
    row.version = static_cast<std::uint64_t>(version);
    row.created = from_epoch_ms(created);
    row.updated = from_epoch_ms(updated);
    found.push_back(row);
  }
  std::ranges::sort(found, {}, &Account::name);
  return found;
}

}  // namespace

Result<Account> create_account(Transaction& transaction, Account account) {
  TRY_OK(check(account));
  auto what = fmt::format("make the account '{}'", account.name);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<Account> {
    long long all = 0;
    sql << "SELECT count(*) FROM accounts", into(all);
    if (all >= kMostAccounts)
      return Error(ErrorCode::kResourceExhausted, fmt::format("cannot {}: there are {} already", what, all));
    account.version = 1;
    account.created = account.updated = transaction.now();
    account.created_by = account.updated_by = transaction.who();
    int disabled = account.disabled ? 1 : 0;
    long long failed = account.failed_logins, locked = epoch_ms(account.locked_until), now = epoch_ms(account.created);
    sql << "INSERT INTO accounts (name, role, password_hash, disabled, failed_logins, locked_until_ms, version, "
           "created_ms, created_by, updated_ms, updated_by) VALUES (:name, :role, :hash, :disabled, :failed, :locked, "
           "1, "
           ":now, :who, :now, :who)",
        use(account.name, "name"), use(account.role, "role"), use(account.password_hash, "hash"),
        use(disabled, "disabled"), use(failed, "failed"), use(locked, "locked"), use(now, "now"),
        use(account.created_by, "who");
    return account;
  });
}

Result<Account> update_account(Transaction& transaction, Account account) {
  TRY_OK(check(account));
  auto what = fmt::format("change the account '{}'", account.name);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<Account> {
    auto found = select(sql, &account.name);
    if (found.empty()) return missing(account.name);
    auto& stored = found.front();
    if (stored.version != account.version)
      return Error(ErrorCode::kConflict,
                   fmt::format("cannot {}: it is version {} now, and version {} was to be changed", what,
                               stored.version, account.version));
    stored.role = account.role;
    stored.password_hash = account.password_hash;
    stored.disabled = account.disabled;
    ++stored.version;
    stored.updated = transaction.now();
    stored.updated_by = transaction.who();
    int disabled = stored.disabled ? 1 : 0;
    long long version = static_cast<long long>(stored.version), now = epoch_ms(stored.updated);
    sql << "UPDATE accounts SET role = :role, password_hash = :hash, disabled = :disabled, version = :version, "
           "updated_ms = :now, updated_by = :who WHERE name = :name",
        use(stored.role, "role"), use(stored.password_hash, "hash"), use(disabled, "disabled"), use(version, "version"),
        use(now, "now"), use(stored.updated_by, "who"), use(stored.name, "name");
    return stored;
  });
}

Status delete_account(Transaction& transaction, const std::string& name) {
  return guarded(transaction.database(), "delete an account", [&](soci::session& sql) -> Status {
    if (select(sql, &name).empty()) return missing(name);
    sql << "DELETE FROM accounts WHERE name = :name", use(name, "name");
    return {};
  });
}

Status set_failed_logins(Transaction& transaction, const std::string& name, std::uint32_t failed,
                         WallTime locked_until) {
  return guarded(transaction.database(), "note a failed login", [&](soci::session& sql) -> Status {
    if (select(sql, &name).empty()) return missing(name);
    long long count = failed, locked = epoch_ms(locked_until);
    sql << "UPDATE accounts SET failed_logins = :count, locked_until_ms = :locked WHERE name = :name",
        use(count, "count"), use(locked, "locked"), use(name, "name");
    return {};
  });
}

Status replace_password_hash(Transaction& transaction, const std::string& name, const std::string& before,
                             const std::string& after) {
  TRY_OK(check_text("hash of the password", after, kMostHash));
  return guarded(transaction.database(), "store the hash of a password", [&](soci::session& sql) -> Status {
    auto found = select(sql, &name);
    if (found.empty()) return missing(name);
    if (found.front().password_hash != before)
      return Error(ErrorCode::kConflict, "cannot store the hash of a password: another password was set meanwhile");
    sql << "UPDATE accounts SET password_hash = :hash WHERE name = :name", use(after, "hash"), use(name, "name");
    return {};
  });
}

Result<Account> find_account(Database& database, const std::string& name) {
  return guarded(database, "find an account", [&](soci::session& sql) -> Result<Account> {
    auto found = select(sql, &name);
    if (found.empty()) return missing(name);
    return std::move(found.front());
  });
}

Result<std::vector<Account>> read_accounts(Database& database) {
  return guarded(database, "read the accounts",
                 [&](soci::session& sql) -> Result<std::vector<Account>> { return select(sql, nullptr); });
}

}  // namespace holter::catalog
