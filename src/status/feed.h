#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace holter::status {

inline constexpr std::size_t kMostFeedBytes = 256 * 1024;

struct FeedItem {
  std::string title, link, id;  ///< id: the same for ever, and of no other item
  std::string text;             ///< plain, of several lines
  WallTime time{};
};
struct Feed {
  std::string title, link, self, description, language;  ///< self: where the feed itself is
  WallTime time{};                                       ///< of its newest change
  std::vector<FeedItem> items;                           ///< newest first
};

/// An RSS 2.0 document (rssboard.org/rss-specification), well-formed whatever the texts hold. Descriptions are HTML
/// that shows the text as it is. Items that would make it longer than kMostFeedBytes are left out, with all behind
/// them.
std::string write_feed(const Feed& feed);

/// "Tue, 24 Nov 2026 10:05:40 GMT" (RFC 822, with the year in four digits).
std::string rfc822(WallTime time);

}  // namespace holter::status
