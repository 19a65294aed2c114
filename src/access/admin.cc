#include "access/admin.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "access/account_name.h"
#include "access/authority.h"
#include "catalog/sessions.h"

namespace holter::access {
namespace {

bool leads(const catalog::Account& account) {
  return !account.disabled && account.role == to_string(Role::kAdmin);
}

/// Errors: kConflict where nobody would be admin without that account.
Status keep_an_admin(catalog::Database& database, const catalog::Account& account) {
  if (!leads(account)) return {};
  TRY(auto accounts, catalog::read_accounts(database));
  auto others = std::ranges::any_of(
      accounts, [&](const catalog::Account& other) { return other.name != account.name && leads(other); });
  if (others) return {};
  return Error(ErrorCode::kConflict,
               fmt::format("cannot take the role of admin from '{}': there is no other admin", account.name));
}

Result<AccountView> change_account(catalog::Transaction& transaction, const AccountChange& change) {
  auto& database = transaction.database();
  TRY(auto before, account_at(database, change.name, change.version));
  auto after = before;
  if (change.role) after.role = to_string(*change.role);
  if (change.disabled) after.disabled = *change.disabled;
  if (after.role == before.role && after.disabled == before.disabled) return view_of(before);
  if (!leads(after)) TRY_OK(keep_an_admin(database, before));
  TRY(auto stored, catalog::update_account(transaction, after));
  TRY_OK(catalog::delete_sessions(transaction, change.name));
  TRY_OK(note(transaction, "account.update", change.name, audited(before), audited(stored)));
  return view_of(stored);
}

Result<AccountView> store_password(catalog::Transaction& transaction, catalog::Account account,
                                   const std::string& hash) {
  auto before = audited(account);
  account.password_hash = hash;
  TRY(auto stored, catalog::update_account(transaction, account));
  TRY_OK(catalog::delete_sessions(transaction, account.name));
  TRY_OK(note(transaction, "account.password", account.name, before, audited(stored)));
  return view_of(stored);
}

/// A new version of an account whose grants have changed: they are a part of it.
Result<AccountView> store_grants(catalog::Transaction& transaction, const catalog::Account& account, std::string before,
                                 std::string after) {
  TRY(auto stored, catalog::update_account(transaction, account));
  TRY_OK(note(transaction, "account.grant", account.name, std::move(before), std::move(after)));
  return view_of(stored);
}

/// The grant on a folder, as the audit log has it; empty where there is none.
Result<std::string> granted(catalog::Database& database, const std::string& name, const std::string& folder) {
  TRY(auto grants, catalog::read_grants(database, name));
  for (const auto& grant : grants)
    if (grant.folder == folder) return audited(grant);
  if (grants.size() >= Admin::kMostGrants)
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot grant '{}' another folder: it has {} already", name, grants.size()));
  return std::string();
}

}  // namespace

Result<AccountView> view_of(const catalog::Account& account) {
  TRY(auto role, parse_role(account.role));
  return AccountView{.name = account.name,
                     .role = role,
                     .disabled = account.disabled,
                     .has_password = !account.password_hash.empty(),
                     .failed_logins = account.failed_logins,
                     .locked_until = account.locked_until,
                     .version = account.version,
                     .created = account.created,
                     .updated = account.updated,
                     .created_by = account.created_by,
                     .updated_by = account.updated_by};
}

boost::asio::awaitable<Result<AccountView>> Admin::run(Identity who, std::string name, Work work, std::string what,
                                                       MonoTime deadline) {
  ForgetAtEnd forget_sessions(sessions_.cache(), name), forget_tokens(tokens_.cache(), name);
  co_return co_await parts_.catalog.write<AccountView>(who.account(), std::move(work), {std::move(what), deadline});
}

boost::asio::awaitable<Result<AccountView>> Admin::create(Identity who, std::string name, Role role,
                                                          std::optional<secrets::SecretText> password,
                                                          MonoTime deadline) {
  constexpr const char* kWhat = "make an account";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  CO_TRY_OK(check_account_name(name));
  catalog::Account account;
  account.name = name;
  account.role = to_string(role);
  if (password) {
    CO_TRY(account.password_hash, co_await parts_.hasher.hash(std::move(*password), name, deadline));
  }
  auto work = [who, account](catalog::Transaction& transaction) -> Result<AccountView> {
    TRY_OK(still_admin(transaction.database(), who, kWhat));
    TRY(auto stored, catalog::create_account(transaction, account));
    TRY_OK(note(transaction, "account.create", account.name, {}, audited(stored)));
    return view_of(stored);
  };
  co_return co_await run(who, name, work, "make an account", deadline);
}

boost::asio::awaitable<Result<AccountView>> Admin::change(Identity who, AccountChange change, MonoTime deadline) {
  constexpr const char* kWhat = "change an account";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  auto work = [who, change](catalog::Transaction& transaction) -> Result<AccountView> {
    TRY_OK(still_admin(transaction.database(), who, kWhat));
    return change_account(transaction, change);
  };
  co_return co_await run(who, change.name, work, "change an account", deadline);
}

boost::asio::awaitable<Result<AccountView>> Admin::set_password(Identity who, PasswordChange change,
                                                                MonoTime deadline) {
  constexpr const char* kWhat = "set the password of somebody else";
  if (change.name == who.account()) co_return co_await set_own(std::move(who), std::move(change), deadline);
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  CO_TRY(auto hash, co_await parts_.hasher.hash(std::move(change.fresh), change.name, deadline));
  auto work = [who, name = change.name, version = change.version,
               hash](catalog::Transaction& transaction) -> Result<AccountView> {
    TRY_OK(still_admin(transaction.database(), who, kWhat));
    TRY(auto account, account_at(transaction.database(), name, version));
    TRY_OK(catalog::set_failed_logins(transaction, name, 0, WallTime()));
    return store_password(transaction, std::move(account), hash);
  };
  co_return co_await run(who, change.name, work, "set a password", deadline);
}

boost::asio::awaitable<Result<AccountView>> Admin::set_own(Identity who, PasswordChange change, MonoTime deadline) {
  if (who.way() != Identity::Way::kSession)
    co_return Error(ErrorCode::kForbidden, "cannot set your password by a token: log in");
  CO_TRY(auto verdict, co_await passwords_.check(change.name, std::move(change.old), deadline));
  if (verdict.kind == PasswordVerdict::Kind::kLocked)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot check your password: try again in {} s", verdict.wait.count()));
  if (verdict.kind == PasswordVerdict::Kind::kWrong)
    co_return Error(ErrorCode::kUnauthenticated, "cannot set your password: the old one is wrong");
  verdict.rehashed.clear();  // another one takes its place
  CO_TRY_OK(co_await passwords_.forgive(change.name, verdict, deadline));
  CO_TRY(auto hash, co_await parts_.hasher.hash(std::move(change.fresh), change.name, deadline));
  auto work = [name = change.name, version = change.version, verdict,
               hash](catalog::Transaction& transaction) -> Result<AccountView> {
    TRY(auto account, PasswordCheck::passed(transaction, name, verdict));
    TRY_OK(account_at(transaction.database(), name, version));
    return store_password(transaction, std::move(account), hash);
  };
  co_return co_await run(who, change.name, work, "set a password", deadline);
}

boost::asio::awaitable<Status> Admin::remove(Identity who, std::string name, std::uint64_t version, MonoTime deadline) {
  constexpr const char* kWhat = "delete an account";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  auto work = [who, name, version](catalog::Transaction& transaction) -> Result<AccountView> {
    auto& database = transaction.database();
    TRY_OK(still_admin(database, who, kWhat));
    TRY(auto account, account_at(database, name, version));
    TRY_OK(keep_an_admin(database, account));
    TRY_OK(catalog::delete_account(transaction, name));
    TRY_OK(note(transaction, "account.delete", name, audited(account), {}));
    return view_of(account);
  };
  CO_TRY_OK(co_await run(who, name, work, "delete an account", deadline));
  co_return Status{};
}

boost::asio::awaitable<Result<AccountView>> Admin::grant(Identity who, std::string name, std::uint64_t version,
                                                         std::string folder, Role role, MonoTime deadline) {
  constexpr const char* kWhat = "grant a folder";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  if (role == Role::kNone || role == Role::kAdmin)
    co_return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot grant the role {} on a folder: viewer, operator and editor can be", to_string(role)));
  auto work = [who, name, version, folder, role](catalog::Transaction& transaction) -> Result<AccountView> {
    auto& database = transaction.database();
    TRY_OK(still_admin(database, who, kWhat));
    TRY(auto account, account_at(database, name, version));
    TRY(auto before, granted(database, name, folder));
    catalog::Grant grant{name, folder, std::string(to_string(role))};
    TRY_OK(catalog::set_grant(transaction, grant));
    return store_grants(transaction, account, before, audited(grant));
  };
  co_return co_await run(who, name, work, "grant a folder", deadline);
}

boost::asio::awaitable<Result<AccountView>> Admin::revoke(Identity who, std::string name, std::uint64_t version,
                                                          std::string folder, MonoTime deadline) {
  constexpr const char* kWhat = "take back a grant";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  auto work = [who, name, version, folder](catalog::Transaction& transaction) -> Result<AccountView> {
    auto& database = transaction.database();
    TRY_OK(still_admin(database, who, kWhat));
    TRY(auto account, account_at(database, name, version));
    TRY(auto grants, catalog::read_grants(database, name));
    auto found = std::ranges::find(grants, folder, &catalog::Grant::folder);
    TRY_OK(catalog::delete_grant(transaction, name, folder));
    return store_grants(transaction, account, found != grants.end() ? audited(*found) : std::string(), {});
  };
  co_return co_await run(who, name, work, "take back a grant", deadline);
}

boost::asio::awaitable<Result<AccountView>> Admin::find(Identity who, std::string name, MonoTime deadline) {
  if (who.account() != name) CO_TRY_OK(require_role(who, Role::kAdmin, "see the account of somebody else"));
  co_return co_await parts_.catalog.read<AccountView>(
      [name](catalog::Database& database) -> Result<AccountView> {
        TRY(auto account, catalog::find_account(database, name));
        return view_of(account);
      },
      {"find an account", deadline});
}

boost::asio::awaitable<Result<std::vector<catalog::AuditEntry>>> Admin::audit(Identity who, catalog::AuditQuery query,
                                                                              MonoTime deadline) {
  CO_TRY_OK(require_role(who, Role::kAdmin, "read the audit log"));
  co_return co_await parts_.catalog.read<std::vector<catalog::AuditEntry>>(
      [query](catalog::Database& database) { return catalog::read_audit(database, query); },
      {"read the audit log", deadline});
}

boost::asio::awaitable<Result<std::vector<AccountView>>> Admin::list(Identity who, MonoTime deadline) {
  CO_TRY_OK(require_role(who, Role::kAdmin, "list the accounts"));
  co_return co_await parts_.catalog.read<std::vector<AccountView>>(
      [](catalog::Database& database) -> Result<std::vector<AccountView>> {
        TRY(auto accounts, catalog::read_accounts(database));
        std::vector<AccountView> views;
        for (const auto& account : accounts) {
          TRY(auto view, view_of(account));
          views.push_back(std::move(view));
        }
        return views;
      },
      {"list the accounts", deadline});
}

boost::asio::awaitable<Result<std::vector<catalog::Grant>>> Admin::grants(Identity who, std::string name,
                                                                          MonoTime deadline) {
  if (who.account() != name) CO_TRY_OK(require_role(who, Role::kAdmin, "see the grants of somebody else"));
  co_return co_await parts_.catalog.read<std::vector<catalog::Grant>>(
      [name](catalog::Database& database) { return catalog::read_grants(database, name); }, {"read grants", deadline});
}

}  // namespace holter::access
