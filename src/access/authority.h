#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "access/identity.h"
#include "catalog/accounts.h"

// What changes of accounts have in common, for the sources of this folder.
namespace holter::access {

/// Whether who asks still has his account, asked within the change itself: an identity is up to some seconds old, and a
/// change may have waited. His account. Errors: kUnauthenticated.
Result<catalog::Account> still_there(catalog::Database& database, const Identity& who);
/// Whether he is still an admin, too. Errors: kUnauthenticated, kForbidden.
Status still_admin(catalog::Database& database, const Identity& who, std::string_view what);

/// The account, if it still has that version. Errors: kNotFound, kConflict.
Result<catalog::Account> account_at(catalog::Database& database, const std::string& name, std::uint64_t version);

/// What the audit log shows of an account, as JSON: neither its hash nor anything made of it.
std::string audited(const catalog::Account& account);
std::string audited(const catalog::Grant& grant);
std::string audited(const catalog::ApiToken& token);
std::string audited(const catalog::OidcIdentity& identity);
/// Writes to the audit log what was done to an account or what belongs to it; `before` and `after` are audited() or
/// empty.
Status note(catalog::Transaction& transaction, const char* what, const std::string& account, std::string before,
            std::string after);

}  // namespace holter::access
