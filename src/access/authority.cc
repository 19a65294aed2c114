#include "access/authority.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include <fmt/format.h>

#include "catalog/audit.h"

namespace holter::access {

Result<catalog::Account> still_there(catalog::Database& database, const Identity& who) {
  auto account = catalog::find_account(database, who.account());
  if (!account && account.error().code() != ErrorCode::kNotFound) return account;
  if (!account || account->disabled)
    return Error(ErrorCode::kUnauthenticated, "cannot go on: your account is deleted or disabled");
  return account;
}

Status still_admin(catalog::Database& database, const Identity& who, std::string_view what) {
  TRY_OK(require_role(who, Role::kAdmin, what));
  TRY(auto account, still_there(database, who));
  if (account.role == to_string(Role::kAdmin)) return {};
  return Error(ErrorCode::kForbidden, fmt::format("cannot {}: you are no admin any more", what));
}

Result<catalog::Account> account_at(catalog::Database& database, const std::string& name, std::uint64_t version) {
  TRY(auto account, catalog::find_account(database, name));
  if (account.version == version) return account;
  return Error(ErrorCode::kConflict,
               fmt::format("cannot change the account '{}': it is version {} now, and version {} was to be changed",
                           name, account.version, version));
}

std::string audited(const catalog::Account& account) {
  boost::json::object json;
  json["name"] = account.name;
  json["role"] = account.role;
  json["disabled"] = account.disabled;
  json["has_password"] = !account.password_hash.empty();
  return boost::json::serialize(json);
}

std::string audited(const catalog::Grant& grant) {
  boost::json::object json;
  json["folder"] = grant.folder;
  json["role"] = grant.role;
  return boost::json::serialize(json);
}

std::string audited(const catalog::ApiToken& token) {
  boost::json::object json;
  json["name"] = token.name;
  json["scopes"] = token.scopes;
  json["expires_ms"] = epoch_ms(token.expires);
  return boost::json::serialize(json);
}

std::string audited(const catalog::OidcIdentity& identity) {
  boost::json::object json;
  json["issuer"] = identity.issuer;
  json["subject"] = identity.subject;
  return boost::json::serialize(json);
}

Status note(catalog::Transaction& transaction, const char* what, const std::string& account, std::string before,
            std::string after) {
  catalog::AuditEntry entry;
  entry.what = what;
  entry.target = "account/" + account;
  entry.before = std::move(before);
  entry.after = std::move(after);
  return catalog::append_audit(transaction, entry);
}

}  // namespace holter::access
