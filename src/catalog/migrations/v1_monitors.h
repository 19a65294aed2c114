#pragma once

#include <string_view>

namespace holter::catalog::migrations {

/// Folders and monitors. Times are milliseconds since 1970 UTC.
inline constexpr std::string_view kV1[] = {
    // Where ids come from: an id that was given once is never given again, also after its monitor has been deleted.
    "CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, next BIGINT NOT NULL)",
    "INSERT INTO counters (name, next) VALUES ('monitor', 1)",

    // The tree lies in the paths, "dc1/rack2"; "" is the root, and each folder's parent exists.
    R"(CREATE TABLE folders (
         path TEXT NOT NULL PRIMARY KEY,
         description TEXT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL))",
    "INSERT INTO folders (path, description, created_ms, created_by) VALUES ('', '', 0, '')",

    R"(CREATE TABLE monitors (
         id $ID,
         name TEXT NOT NULL UNIQUE,
         app TEXT NOT NULL,
         paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
         interval_ms BIGINT NOT NULL CHECK (interval_ms > 0),
         cron TEXT NOT NULL,
         criticality TEXT NOT NULL CHECK (criticality IN ('critical', 'normal', 'low')),
         folder TEXT NOT NULL REFERENCES folders (path) ON UPDATE CASCADE,
         description TEXT NOT NULL,
         owner TEXT NOT NULL,
         version BIGINT NOT NULL,
         size_bytes BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         updated_ms BIGINT NOT NULL,
         updated_by TEXT NOT NULL))",
    "CREATE INDEX monitors_folder ON monitors (folder)",
    "CREATE INDEX monitors_app ON monitors (app)",
    "CREATE INDEX monitors_owner ON monitors (owner)",

    // A sealed value is the hexadecimal text of its bytes.
    R"(CREATE TABLE monitor_params (
         monitor_id BIGINT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
         field TEXT NOT NULL,
         type TEXT NOT NULL,
         sealed INTEGER NOT NULL CHECK (sealed IN (0, 1)),
         value TEXT NOT NULL,
         PRIMARY KEY (monitor_id, field)) $END)",
    // kind 0: a label; 1: an annotation.
    R"(CREATE TABLE monitor_texts (
         monitor_id BIGINT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
         kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
         name TEXT NOT NULL,
         value TEXT NOT NULL,
         PRIMARY KEY (monitor_id, kind, name)) $END)",
    R"(CREATE TABLE monitor_parents (
         monitor_id BIGINT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
         parent_id BIGINT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
         PRIMARY KEY (monitor_id, parent_id)) $END)",
    "CREATE INDEX monitor_parents_parent ON monitor_parents (parent_id)",
};

}  // namespace holter::catalog::migrations
