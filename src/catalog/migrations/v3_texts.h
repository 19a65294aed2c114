#pragma once

#include <string_view>

namespace holter::catalog::migrations {

/// Definitions that users edited, settings, and who did what.
inline constexpr std::string_view kV3[] = {
    // A deleted definition is one whose newest version says so: version numbers go on after it.
    R"(CREATE TABLE definitions (
         app TEXT NOT NULL,
         version BIGINT NOT NULL,
         deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
         text TEXT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         PRIMARY KEY (app, version)))",
    R"(CREATE TABLE settings (
         name TEXT NOT NULL PRIMARY KEY,
         json TEXT NOT NULL,
         version BIGINT NOT NULL,
         updated_ms BIGINT NOT NULL,
         updated_by TEXT NOT NULL))",
    R"(CREATE TABLE audit (
         id $SERIAL,
         time_ms BIGINT NOT NULL,
         who TEXT NOT NULL,
         what TEXT NOT NULL,
         target TEXT NOT NULL,
         before_text TEXT NOT NULL,
         after_text TEXT NOT NULL))",
    "CREATE INDEX audit_time ON audit (time_ms)",
    "CREATE INDEX audit_target ON audit (target, id)",
};

}  // namespace holter::catalog::migrations
