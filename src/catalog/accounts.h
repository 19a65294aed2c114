#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// Somebody who may log in. What roles and scopes mean is decided elsewhere.
struct Account {
  std::string name;  ///< unique; never changed
  std::string role;
  std::string password_hash;  ///< Argon2id in its text form; opaque here. Empty: no password leads in
  bool disabled = false;
  std::uint32_t failed_logins = 0;  ///< in a row
  WallTime locked_until{};          ///< a time gone by: not locked

  // Set when it is stored.
  std::uint64_t version = 0;
  WallTime created{}, updated{};
  std::string created_by, updated_by;

  friend bool operator==(const Account&, const Account&) = default;
};

/// Errors: kConflict when there is one of that name.
Result<Account> create_account(Transaction& transaction, Account account);
/// Changes role, password, disabled of the account if it still has that version. Errors: kConflict, kNotFound.
Result<Account> update_account(Transaction& transaction, Account account);
/// Its tokens, grants and identities go with it.
Status delete_account(Transaction& transaction, const std::string& name);
/// A login that failed: sets the count and the time of the lock. No new version: nobody edited the account.
Status set_failed_logins(Transaction& transaction, const std::string& name, std::uint32_t failed,
                         WallTime locked_until);
/// The hash of the same password at another cost: no new version, for nobody edited the account. Errors: kConflict when
/// its hash is not `before` any more, kNotFound.
Status replace_password_hash(Transaction& transaction, const std::string& name, const std::string& before,
                             const std::string& after);
Result<Account> find_account(Database& database, const std::string& name);
/// By name. The bound is 10,000 accounts.
Result<std::vector<Account>> read_accounts(Database& database);

/// What an account may do in a folder and all that lies in it.
struct Grant {
  std::string account;
  std::string folder;
  std::string role;
  friend bool operator==(const Grant&, const Grant&) = default;
};
/// A second grant on the same folder takes the place of the first. Errors: kNotFound (account or folder).
Status set_grant(Transaction& transaction, const Grant& grant);
Status delete_grant(Transaction& transaction, const std::string& account, const std::string& folder);
/// By folder.
Result<std::vector<Grant>> read_grants(Database& database, const std::string& account);

/// Lets a program in as an account. The token itself is known to its holder only.
struct ApiToken {
  std::string hash;  ///< of the token, as hexadecimal text; unique
  std::string name;  ///< unique among the account's
  std::string account;
  std::string scopes;      ///< separated by blanks (RFC 6749, 3.3)
  WallTime expires{};      ///< 1970: never
  WallTime last_used{};    ///< 1970: never
  WallTime created{};      ///< set when it is stored
  std::string created_by;  ///< set when it is stored
  friend bool operator==(const ApiToken&, const ApiToken&) = default;
};
/// At most 100 of an account. Errors: kConflict, kNotFound (account), kResourceExhausted.
Result<ApiToken> create_token(Transaction& transaction, ApiToken token);
Status set_token_used(Transaction& transaction, const std::string& hash, WallTime when);
Status delete_token(Transaction& transaction, const std::string& account, const std::string& name);
Result<ApiToken> find_token(Database& database, const std::string& hash);
/// By name.
Result<std::vector<ApiToken>> read_tokens(Database& database, const std::string& account);

/// Who an identity provider says somebody is (OpenID Connect Core 1.0, 2: iss, sub).
struct OidcIdentity {
  std::string issuer;
  std::string subject;
  std::string account;
  friend bool operator==(const OidcIdentity&, const OidcIdentity&) = default;
};
/// Errors: kConflict when that identity has an account, kNotFound (account).
Status link_identity(Transaction& transaction, const OidcIdentity& identity);
Status unlink_identity(Transaction& transaction, const std::string& issuer, const std::string& subject);
/// The account's name. Errors: kNotFound.
Result<std::string> find_identity(Database& database, const std::string& issuer, const std::string& subject);
/// Those of an account, by issuer and subject.
Result<std::vector<OidcIdentity>> read_identities(Database& database, const std::string& account);

}  // namespace holter::catalog
