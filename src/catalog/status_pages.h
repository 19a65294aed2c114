#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "catalog/database.h"

namespace holter::catalog {

/// Never given twice.
using StatusPageId = Id<struct StatusPageTag>;
using StatusAnnouncementId = Id<struct StatusAnnouncementTag>;

struct StatusPage {
  StatusPageId id;        ///< given when it is created
  std::string slug;       ///< unique; its place in addresses
  std::string json;       ///< at most kMostStatusPageJson; whether it is a page is for others to see
  std::string logo_type;  ///< media type of the logo; empty: it has none
  std::string logo;       ///< base64, at most kMostStatusLogo

  // Set when it is stored.
  std::uint64_t version = 0;  ///< 1, and one more for each change
  WallTime created{}, updated{};
  std::string created_by, updated_by;
  friend bool operator==(const StatusPage&, const StatusPage&) = default;
};

/// What people announce on a page.
struct StatusAnnouncement {
  StatusAnnouncementId id;  ///< given when it is created
  StatusPageId page;
  std::string title;
  std::string kind, state, impact;      ///< words of the schema (migrations/v6_status.h)
  std::vector<std::string> components;  ///< slugs
  WallTime starts{}, ends{};            ///< the epoch: none

  std::uint64_t version = 0;
  WallTime created{}, updated{};
  std::string created_by, updated_by;
  friend bool operator==(const StatusAnnouncement&, const StatusAnnouncement&) = default;
};

/// One line of what was told of it.
struct StatusUpdate {
  std::uint64_t id = 0;  ///< given when it is stored; rising
  WallTime time{};
  std::string state;  ///< of the announcement from then on
  std::string text;
  std::string who;  ///< set when it is stored
  friend bool operator==(const StatusUpdate&, const StatusUpdate&) = default;
};

constexpr std::size_t kMostStatusPages = 100;
constexpr std::size_t kMostStatusAnnouncements = 1000;  ///< of a page
constexpr std::size_t kMostStatusUpdates = 200;         ///< of an announcement
constexpr std::size_t kMostStatusPageJson = 64 * 1024;
constexpr std::size_t kMostStatusLogo = 88 * 1024;
constexpr std::size_t kMostStatusText = 4096;

/// Stores a new one and returns it as stored. Errors: kConflict (the slug), kInvalidArgument, kResourceExhausted where
/// there are kMostStatusPages.
Result<StatusPage> create_status_page(Transaction& transaction, StatusPage page);
/// Replaces slug, document and logo of the one of that id, if it still has `page.version` (compare and swap); returns
/// it as stored. Errors: kNotFound, kConflict (the version, naming both; the slug), kInvalidArgument.
Result<StatusPage> update_status_page(Transaction& transaction, const StatusPage& page);
/// With all that was announced on it. With a `version` only if it still has that one. Errors: kNotFound, kConflict.
Status delete_status_page(Transaction& transaction, StatusPageId id,
                          std::optional<std::uint64_t> version = std::nullopt);
/// Errors: kNotFound.
Result<StatusPage> find_status_page(Database& database, const std::string& slug, bool with_logo = true);
/// Without their logos, by id above `after`: at most `most`, and no more than about 1 MiB of documents but at least
/// one.
Result<std::vector<StatusPage>> read_status_pages(Database& database, StatusPageId after, std::size_t most = 8);

/// Stores a new one, of the page that it names. Errors: kNotFound (the page), kInvalidArgument, kResourceExhausted
/// where the page has kMostStatusAnnouncements.
Result<StatusAnnouncement> create_status_announcement(Transaction& transaction, StatusAnnouncement announcement);
/// As update_status_page(); the page stays.
Result<StatusAnnouncement> update_status_announcement(Transaction& transaction, const StatusAnnouncement& announcement);
/// With its updates. Errors: kNotFound, kConflict.
Status delete_status_announcement(Transaction& transaction, StatusPageId page, StatusAnnouncementId id,
                                  std::optional<std::uint64_t> version = std::nullopt);
/// Errors: kNotFound, also for one of another page.
Result<StatusAnnouncement> find_status_announcement(Database& database, StatusPageId page, StatusAnnouncementId id);

struct StatusAnnouncementQuery {
  StatusAnnouncementId before;  ///< only older ones; 0: from the newest
  /// Only those that are not over, or were changed since then; the epoch: all.
  WallTime current_since{};
  std::size_t most = 100;  ///< at most kMostStatusAnnouncements
};
/// Newest first, by id.
Result<std::vector<StatusAnnouncement>> read_status_announcements(Database& database, StatusPageId page,
                                                                  const StatusAnnouncementQuery& query);

/// Adds one; the announcement itself stays as it is. Errors: kNotFound, kInvalidArgument, kResourceExhausted where it
/// has kMostStatusUpdates.
Result<StatusUpdate> add_status_update(Transaction& transaction, StatusAnnouncementId announcement,
                                       StatusUpdate update);
/// The newest `most`, newest first.
Result<std::vector<StatusUpdate>> read_status_updates(Database& database, StatusAnnouncementId announcement,
                                                      std::size_t most = kMostStatusUpdates);

}  // namespace holter::catalog
