// What belongs to accounts: grants, tokens, identities.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "catalog/accounts.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr long long kMostTokens = 100;
constexpr std::size_t kMostHash = 128;
constexpr std::size_t kMostScopes = 1024;
constexpr std::size_t kMostUrl = 2048;

/// Runs a statement that deletes or changes one row. Errors: kNotFound when there was none.
Status change_one(soci::statement& statement, const std::string& what) {
  statement.execute(true);
  if (changed_rows(statement) == 0) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: there is none", what));
  return {};
}

constexpr const char* kTokenByHash =
    "SELECT hash, name, account, scopes, expires_ms, last_used_ms, created_ms, created_by FROM api_tokens "
    "WHERE hash = :key";
constexpr const char* kTokensByAccount =
    "SELECT hash, name, account, scopes, expires_ms, last_used_ms, created_ms, created_by FROM api_tokens "
    "WHERE account = :key";

std::vector<ApiToken> select_tokens(soci::session& sql, const char* statement, const std::string& key) {
  std::vector<ApiToken> found;
  ApiToken row;
  long long expires = 0, used = 0, created = 0;
  soci::statement rows = (sql.prepare << statement, into(row.hash), into(row.name), into(row.account), into(row.scopes),
                          into(expires), into(used), into(created), into(row.created_by), use(key, "key"));
  for (bool more = rows.execute(true); more; more = rows.fetch()) {
    row.expires = from_epoch_ms(expires);
    row.last_used = from_epoch_ms(used);
    row.created = from_epoch_ms(created);
    found.push_back(row);
  }
  std::ranges::sort(found, {}, &ApiToken::name);
  return found;
}

}  // namespace

Status set_grant(Transaction& transaction, const Grant& grant) {
  TRY_OK(check_name("role", grant.role));
  auto what = fmt::format("grant '{}' on '{}' to '{}'", grant.role, grant.folder.substr(0, kMostPath),
                          grant.account.substr(0, kMostName));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    sql << "DELETE FROM grants WHERE account = :account AND folder = :folder", use(grant.account, "account"),
        use(grant.folder, "folder");
    sql << "INSERT INTO grants (account, folder, role) VALUES (:account, :folder, :role)",
        use(grant.account, "account"), use(grant.folder, "folder"), use(grant.role, "role");
    return {};
  });
}

Status delete_grant(Transaction& transaction, const std::string& account, const std::string& folder) {
  auto what =
      fmt::format("take back the grant on '{}' of '{}'", folder.substr(0, kMostPath), account.substr(0, kMostName));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    soci::statement remove = (sql.prepare << "DELETE FROM grants WHERE account = :account AND folder = :folder",
                              use(account, "account"), use(folder, "folder"));
    return change_one(remove, what);
  });
}

Result<std::vector<Grant>> read_grants(Database& database, const std::string& account) {
  return guarded(database, "read grants", [&](soci::session& sql) -> Result<std::vector<Grant>> {
    std::vector<Grant> grants;
    Grant row;
    soci::statement rows = (sql.prepare << "SELECT account, folder, role FROM grants WHERE account = :account",
                            into(row.account), into(row.folder), into(row.role), use(account, "account"));
    for (bool more = rows.execute(true); more; more = rows.fetch()) grants.push_back(row);
    std::ranges::sort(grants, {}, &Grant::folder);
    return grants;
  });
}

Result<ApiToken> create_token(Transaction& transaction, ApiToken token) {
  TRY_OK(check_name("token name", token.name));
  TRY_OK(check_name("hash of a token", token.hash, kMostHash));
  TRY_OK(check_text("scopes", token.scopes, kMostScopes));
  auto what = fmt::format("make the token '{}'", token.name);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<ApiToken> {
    long long present = 0;
    sql << "SELECT count(*) FROM api_tokens WHERE account = :account", use(token.account, "account"), into(present);
    if (present >= kMostTokens)
      return Error(ErrorCode::kResourceExhausted, fmt::format("cannot {}: the account has {} already", what, present));
    token.last_used = WallTime();
    token.created = transaction.now();
    token.created_by = transaction.who();
    long long expires = epoch_ms(token.expires), now = epoch_ms(token.created);
    sql << "INSERT INTO api_tokens (hash, name, account, scopes, expires_ms, last_used_ms, created_ms, created_by) "
           "VALUES (:hash, :name, :account, :scopes, :expires, 0, :now, :who)",
        use(token.hash, "hash"), use(token.name, "name"), use(token.account, "account"), use(token.scopes, "scopes"),
        use(expires, "expires"), use(now, "now"), use(token.created_by, "who");
    return token;
  });
}

Status set_token_used(Transaction& transaction, const std::string& hash, WallTime when) {
  return guarded(transaction.database(), "note the use of a token", [&](soci::session& sql) -> Status {
    long long used = epoch_ms(when);
    soci::statement update = (sql.prepare << "UPDATE api_tokens SET last_used_ms = :used WHERE hash = :hash",
                              use(used, "used"), use(hash, "hash"));
    return change_one(update, "note the use of a token");
  });
}

Status delete_token(Transaction& transaction, const std::string& account, const std::string& name) {
  auto what = fmt::format("delete the token '{}' of '{}'", name.substr(0, kMostName), account.substr(0, kMostName));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    soci::statement remove = (sql.prepare << "DELETE FROM api_tokens WHERE account = :account AND name = :name",
                              use(account, "account"), use(name, "name"));
    return change_one(remove, what);
  });
}

Result<ApiToken> find_token(Database& database, const std::string& hash) {
  return guarded(database, "find a token", [&](soci::session& sql) -> Result<ApiToken> {
    auto found = select_tokens(sql, kTokenByHash, hash);
    if (found.empty()) return Error(ErrorCode::kNotFound, "cannot find a token of that hash");
    return std::move(found.front());
  });
}

Result<std::vector<ApiToken>> read_tokens(Database& database, const std::string& account) {
  return guarded(database, "read tokens", [&](soci::session& sql) -> Result<std::vector<ApiToken>> {
    return select_tokens(sql, kTokensByAccount, account);
  });
}

Status link_identity(Transaction& transaction, const OidcIdentity& identity) {
  TRY_OK(check_name("issuer", identity.issuer, kMostUrl));
  TRY_OK(check_name("subject", identity.subject));
  auto what = fmt::format("link an identity of {} to '{}'", identity.issuer, identity.account.substr(0, kMostName));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    long long now = epoch_ms(transaction.now());
    sql << "INSERT INTO oidc_identities (issuer, subject, account, linked_ms) "
           "VALUES (:issuer, :subject, :account, :now)",
        use(identity.issuer, "issuer"), use(identity.subject, "subject"), use(identity.account, "account"),
        use(now, "now");
    return {};
  });
}

Status unlink_identity(Transaction& transaction, const std::string& issuer, const std::string& subject) {
  auto what = fmt::format("unlink an identity of {}", issuer.substr(0, kMostName));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    soci::statement remove =
        (sql.prepare << "DELETE FROM oidc_identities WHERE issuer = :issuer AND subject = :subject",
         use(issuer, "issuer"), use(subject, "subject"));
    return change_one(remove, what);
  });
}

Result<std::string> find_identity(Database& database, const std::string& issuer, const std::string& subject) {
  return guarded(database, "find an identity", [&](soci::session& sql) -> Result<std::string> {
    std::string account;
    sql << "SELECT account FROM oidc_identities WHERE issuer = :issuer AND subject = :subject", use(issuer, "issuer"),
        use(subject, "subject"), into(account);
    if (!sql.got_data())
      return Error(ErrorCode::kNotFound, fmt::format("cannot find the identity of {}", issuer.substr(0, kMostName)));
    return account;
  });
}

Result<std::vector<OidcIdentity>> read_identities(Database& database, const std::string& account) {
  return guarded(database, "read identities", [&](soci::session& sql) -> Result<std::vector<OidcIdentity>> {
    OidcIdentity row;
    row.account = account;
    soci::statement rows = (sql.prepare << "SELECT issuer, subject FROM oidc_identities WHERE account = :account",
                            into(row.issuer), into(row.subject), use(account, "account"));
    std::vector<OidcIdentity> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) found.push_back(row);
    std::ranges::sort(found, {}, [](const OidcIdentity& i) { return std::tie(i.issuer, i.subject); });
    return found;
  });
}

}  // namespace holter::catalog
