#pragma once

#include <string_view>

namespace holter::catalog::migrations {

/// Who may do what.
inline constexpr std::string_view kV2[] = {
    R"(CREATE TABLE accounts (
         name TEXT NOT NULL PRIMARY KEY,
         role TEXT NOT NULL,
         password_hash TEXT NOT NULL,
         disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
         failed_logins BIGINT NOT NULL,
         locked_until_ms BIGINT NOT NULL,
         version BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         updated_ms BIGINT NOT NULL,
         updated_by TEXT NOT NULL))",
    R"(CREATE TABLE grants (
         account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
         folder TEXT NOT NULL REFERENCES folders (path) ON UPDATE CASCADE ON DELETE CASCADE,
         role TEXT NOT NULL,
         PRIMARY KEY (account, folder)) $END)",          "CREATE INDEX grants_folder ON grants (folder)",
    R"(CREATE TABLE api_tokens (
         hash TEXT NOT NULL PRIMARY KEY,
         name TEXT NOT NULL,
         account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
         scopes TEXT NOT NULL,
         expires_ms BIGINT NOT NULL,
         last_used_ms BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         UNIQUE (account, name)))",
    R"(CREATE TABLE oidc_identities (
         issuer TEXT NOT NULL,
         subject TEXT NOT NULL,
         account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
         linked_ms BIGINT NOT NULL,
         PRIMARY KEY (issuer, subject)) $END)", "CREATE INDEX oidc_identities_account ON oidc_identities (account)",
};

}  // namespace holter::catalog::migrations
