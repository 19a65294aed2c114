#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/gate.h"
#include "api/owned_monitors.h"
#include "base/clock.h"
#include "memory/account.h"

namespace holter::api {

/// A page as it is configured. `spec` is a JSON object as the OpenAPI file has it, with all its members.
struct StatusPageDocument {
  std::string slug, spec;
  std::string logo;       ///< base64; empty: none, or not read
  std::string logo_type;  ///< media type; empty: it has none
  std::uint64_t version = 0;
  std::int64_t created_ms = 0, updated_ms = 0;
  std::string created_by, updated_by;
};
/// A page in a list.
struct StatusPageRow {
  std::string slug, title;
  bool is_public = false, has_logo = false;
  std::size_t components = 0;
  std::uint64_t version = 0;
  std::int64_t updated_ms = 0;
  std::string updated_by;
};

/// One line of what was told of an announcement.
struct StatusNote {
  std::uint64_t id = 0;
  std::int64_t time_ms = 0;
  std::string state, text;
  std::string who;  ///< visitors never see it
};
/// An incident or maintenance that people announce. Words as in the OpenAPI file.
struct StatusAnnouncement {
  std::uint64_t id = 0;
  std::string title, kind, state, impact;
  std::vector<std::string> components;      ///< ids; none: it is about all of the page
  std::int64_t starts_ms = 0, ends_ms = 0;  ///< ends 0: nobody knows
  std::uint64_t version = 0;
  std::int64_t created_ms = 0, updated_ms = 0;
  std::string created_by, updated_by;  ///< visitors never see these
  std::vector<StatusNote> notes;       ///< newest first; none in lists
};
struct StatusAnnouncementPage {
  std::vector<StatusAnnouncement> rows;  ///< newest first
  std::optional<std::uint64_t> next;     ///< `before` of the next page
};
struct StatusAnnouncementQuery {
  std::uint64_t before = 0;  ///< id: only older ones; 0: from the newest
  std::size_t limit = 100;   ///< at most 1000
};

/// What visitors see of a page: what its author wrote, and states. Nothing of monitors is in it.
struct StatusView {
  struct Component {
    std::string id, name, description;
    std::string state;                  ///< "operational", "degraded", "outage", "maintenance" or "unknown"
    std::optional<double> duration_ms;  ///< of the last checks that went well; none where the page shows none
  };
  struct Group {
    std::string name;
    std::vector<Component> components;
  };
  std::string slug, title, description, time_zone;
  std::vector<std::string> languages;
  bool is_public = false, has_logo = false, response_time = false;
  unsigned history_days = 0;
  std::string state;  ///< of all of it
  std::vector<Group> groups;
  std::vector<StatusAnnouncement> announcements;  ///< that are not over, or were so lately; newest first
  bool cut = false;                               ///< there were more, or longer ones, than are here
  std::int64_t now_ms = 0;                        ///< when it was so
  memory::Reservation held;                       ///< what it takes
};
enum class StatusStep : std::uint8_t { kDay, kMinute };
/// How components were.
struct StatusHistory {
  struct Bucket {
    std::optional<double> availability;  ///< 0 to 1; none: nobody knows
    std::optional<double> duration_ms;   ///< none where the page shows none
  };
  struct Component {
    std::string id;
    std::vector<Bucket> buckets;  ///< one for each of `starts_ms`
    bool cut = false;             ///< of its monitors only some were looked at
  };
  StatusStep step{};
  std::string time_zone;
  std::vector<std::int64_t> starts_ms;  ///< oldest first
  std::vector<std::string> dates;       ///< of days: as the zone has them; of minutes: none
  std::int64_t to_ms = 0;               ///< end of the last bucket; it may not be over
  std::vector<Component> components;    ///< in the order of the page
  memory::Reservation held;
};
struct StatusLogo {
  std::string bytes;
  std::string_view content_type;  ///< a literal
};

/// Status pages: what users write, and what visitors see of it. Every change is stored before it is answered. Methods
/// run on the API's executor; after the deadline they end with 504. Problems name the member at fault
/// ("spec.groups[0].name").
class StatusPages {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<Answered<T>>;
  using Version = std::optional<std::uint64_t>;
  static constexpr std::size_t kMostAnnouncementRows = 1000;
  static constexpr unsigned kMostDays = 90;
  static constexpr unsigned kMinutes = 60;  ///< that a history by minutes has
  virtual ~StatusPages() = default;

  /// All of them, by the order in which they were made.
  virtual Answer<std::vector<StatusPageRow>> list(Caller caller) = 0;
  /// 404.
  virtual Answer<StatusPageDocument> find(std::string slug, Caller caller) = 0;
  /// `document`: JSON object {"slug", "spec", "logo"}. 409 where the address is taken or there are as many as may be,
  /// 422 for what is wrong with it.
  virtual Answer<StatusPageDocument> create(std::string document, Caller caller) = 0;
  /// 412 where it is another version. Another slug in the document moves the page.
  virtual Answer<StatusPageDocument> replace(std::string slug, Version version, std::string document,
                                             Caller caller) = 0;
  /// With all that was announced on it.
  virtual Answer<void> remove(std::string slug, Version version, Caller caller) = 0;

  virtual Answer<StatusAnnouncementPage> announcements(std::string slug, StatusAnnouncementQuery query,
                                                       Caller caller) = 0;
  virtual Answer<StatusAnnouncement> announcement(std::string slug, std::uint64_t id, Caller caller) = 0;
  /// `document`: JSON object as the OpenAPI file has it; problems as of create().
  virtual Answer<StatusAnnouncement> announce(std::string slug, std::string document, Caller caller) = 0;
  virtual Answer<StatusAnnouncement> replace_announcement(std::string slug, std::uint64_t id, Version version,
                                                          std::string document, Caller caller) = 0;
  virtual Answer<void> remove_announcement(std::string slug, std::uint64_t id, Version version, Caller caller) = 0;
  /// Adds a note, and changes the state where the document has one.
  virtual Answer<StatusAnnouncement> add_note(std::string slug, std::uint64_t id, std::string document,
                                              Caller caller) = 0;

  // For visitors. `knows`: who asks may see pages that are not public, too; for all others these are as ones that do
  // not exist (404, the same to the byte).

  /// A few seconds old at most.
  virtual Answer<std::shared_ptr<const StatusView>> view(std::string slug, bool knows, MonoTime deadline) = 0;
  /// A minute old at most: the days that the page shows, or the last kMinutes.
  virtual Answer<std::shared_ptr<const StatusHistory>> history(std::string slug, StatusStep step, bool knows,
                                                               MonoTime deadline) = 0;
  virtual Answer<StatusLogo> logo(std::string slug, bool knows, MonoTime deadline) = 0;
  /// RSS 2.0 of a page. `origin`: "https://holter.example".
  virtual std::string feed(const StatusView& view, std::string_view origin) const = 0;
  /// An SVG of the page, or of one of its components where the id is not empty. `history` null: of its state, else of
  /// its availability. 404 for a component that the page does not have.
  virtual Answered<std::string> badge(const StatusView& view, const StatusHistory* history,
                                      std::string_view component) const = 0;
};

}  // namespace holter::api
