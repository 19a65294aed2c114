#pragma once

#include <string_view>

namespace holter::catalog::migrations {

/// Status pages, and what people announce on them. Times that are 0 are none. Long texts stand last in their tables.
inline constexpr std::string_view kV6[] = {
    "INSERT INTO counters (name, next) VALUES ('status_page', 1), ('status_announcement', 1), ('status_update', 1)",

    // logo: base64; logo_type: its media type, empty where there is none.
    R"(CREATE TABLE status_pages (
         id $ID,
         slug TEXT NOT NULL UNIQUE,
         version BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         updated_ms BIGINT NOT NULL,
         updated_by TEXT NOT NULL,
         logo_type TEXT NOT NULL,
         json TEXT NOT NULL,
         logo TEXT NOT NULL))",

    // components: ids of the page's document, joined by commas.
    R"(CREATE TABLE status_announcements (
         id $ID,
         page_id BIGINT NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
         title TEXT NOT NULL,
         kind TEXT NOT NULL CHECK (kind IN ('incident', 'maintenance')),
         state TEXT NOT NULL CHECK (state IN ('investigating', 'identified', 'monitoring', 'resolved', 'scheduled',
                                              'in_progress', 'completed')),
         impact TEXT NOT NULL CHECK (impact IN ('none', 'minor', 'major', 'critical')),
         components TEXT NOT NULL,
         starts_ms BIGINT NOT NULL,
         ends_ms BIGINT NOT NULL,
         version BIGINT NOT NULL,
         created_ms BIGINT NOT NULL,
         created_by TEXT NOT NULL,
         updated_ms BIGINT NOT NULL,
         updated_by TEXT NOT NULL))",
    "CREATE INDEX status_announcements_page ON status_announcements (page_id, id)",
    R"(CREATE TABLE status_updates (
         id $ID,
         announcement_id BIGINT NOT NULL REFERENCES status_announcements (id) ON DELETE CASCADE,
         time_ms BIGINT NOT NULL,
         state TEXT NOT NULL,
         who TEXT NOT NULL,
         text TEXT NOT NULL))",
    "CREATE INDEX status_updates_announcement ON status_updates (announcement_id, id)",
};

}  // namespace holter::catalog::migrations
