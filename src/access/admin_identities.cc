#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "access/admin.h"
#include "access/authority.h"
#include "catalog/sessions.h"

// Admin: which identities of OpenID Connect providers an account has.
namespace holter::access {
namespace {

using catalog::OidcIdentity;

/// A new version of an account whose identities have changed: they are a part of it.
Result<AccountView> store(catalog::Transaction& transaction, const catalog::Account& account, const char* what,
                          std::string before, std::string after) {
  TRY(auto stored, catalog::update_account(transaction, account));
  TRY_OK(note(transaction, what, account.name, std::move(before), std::move(after)));
  return view_of(stored);
}

}  // namespace

boost::asio::awaitable<Result<AccountView>> Admin::link(Identity who, std::string name, std::uint64_t version,
                                                        std::string issuer, std::string subject, MonoTime deadline) {
  constexpr const char* kWhat = "link an identity";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  OidcIdentity identity{std::move(issuer), std::move(subject), name};
  auto work = [who, name, version, identity](catalog::Transaction& transaction) -> Result<AccountView> {
    auto& database = transaction.database();
    TRY_OK(still_admin(database, who, kWhat));
    TRY(auto account, account_at(database, name, version));
    auto linked = catalog::find_identity(database, identity.issuer, identity.subject);
    if (linked && *linked == name) return view_of(account);
    if (linked)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot link it to '{}': that identity is linked to '{}'", name, *linked));
    if (linked.error().code() != ErrorCode::kNotFound) return std::move(linked).error();
    TRY(auto earlier, catalog::read_identities(database, name));
    if (earlier.size() >= kMostIdentities)
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot link another identity to '{}': it has {} already", name, earlier.size()));
    TRY_OK(catalog::link_identity(transaction, identity));
    return store(transaction, account, "account.link", {}, audited(identity));
  };
  co_return co_await run(who, name, work, kWhat, deadline);
}

boost::asio::awaitable<Result<AccountView>> Admin::unlink(Identity who, std::string name, std::uint64_t version,
                                                          std::string issuer, std::string subject, MonoTime deadline) {
  constexpr const char* kWhat = "unlink an identity";
  CO_TRY_OK(require_role(who, Role::kAdmin, kWhat));
  OidcIdentity identity{std::move(issuer), std::move(subject), name};
  auto work = [who, name, version, identity](catalog::Transaction& transaction) -> Result<AccountView> {
    auto& database = transaction.database();
    TRY_OK(still_admin(database, who, kWhat));
    TRY(auto account, account_at(database, name, version));
    TRY(auto linked, catalog::read_identities(database, name));
    if (std::ranges::find(linked, identity) == linked.end())
      return Error(ErrorCode::kNotFound, fmt::format("cannot unlink it from '{}': that identity is not linked", name));
    TRY_OK(catalog::unlink_identity(transaction, identity.issuer, identity.subject));
    TRY_OK(catalog::delete_sessions(transaction, name));
    return store(transaction, account, "account.unlink", audited(identity), {});
  };
  co_return co_await run(who, name, work, kWhat, deadline);
}

boost::asio::awaitable<Result<std::vector<OidcIdentity>>> Admin::identities(Identity who, std::string name,
                                                                            MonoTime deadline) {
  if (who.account() != name) CO_TRY_OK(require_role(who, Role::kAdmin, "see the identities of somebody else"));
  co_return co_await parts_.catalog.read<std::vector<OidcIdentity>>(
      [name](catalog::Database& database) { return catalog::read_identities(database, name); },
      {"read identities", deadline});
}

}  // namespace holter::access
