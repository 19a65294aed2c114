#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "api/router.h"
#include "api/status_pages.h"

// What handlers of status pages answer; the schemas are in openapi.json.
namespace holter::api {

// For those who write them.

/// With the version as ETag.
Response status_page_response(const Context& context, const StatusPageDocument& document, unsigned status);
Response status_pages_response(const Context& context, const std::vector<StatusPageRow>& rows);
/// With the version as ETag, and the notes.
Response status_announcement_response(const Context& context, const StatusAnnouncement& announcement, unsigned status);
Response status_announcements_response(const Context& context, const StatusAnnouncementPage& page);

// For visitors. Nobody who wrote or changed something is named.

Response status_view_response(const Context& context, const StatusView& view);
/// The last `most` buckets.
Response status_history_response(const Context& context, const StatusHistory& history, std::size_t most);

}  // namespace holter::api
