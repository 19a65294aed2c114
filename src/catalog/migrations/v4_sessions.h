#pragma once

#include <string_view>

namespace holter::catalog::migrations {

/// Who is logged in, and who tried in vain.
inline constexpr std::string_view kV4[] = {
    R"(CREATE TABLE sessions (
         hash TEXT NOT NULL PRIMARY KEY,
         account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
         created_ms BIGINT NOT NULL,
         used_ms BIGINT NOT NULL,
         expires_ms BIGINT NOT NULL,
         user_agent TEXT NOT NULL,
         address TEXT NOT NULL))",
    "CREATE INDEX sessions_account ON sessions (account)",
    // Names that no account has are locked like those of accounts: else a lock would tell which ones exist.
    R"(CREATE TABLE unknown_logins (
         name_key TEXT NOT NULL PRIMARY KEY,
         failed BIGINT NOT NULL,
         locked_until_ms BIGINT NOT NULL))",
    "CREATE INDEX unknown_logins_locked ON unknown_logins (locked_until_ms)",
};

}  // namespace holter::catalog::migrations
