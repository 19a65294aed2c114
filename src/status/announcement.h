#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "status/json_reader.h"
#include "status/page.h"

namespace holter::status {

/// Words of all enumerations here are stored and shown: they never change.
enum class Kind : std::uint8_t { kIncident, kMaintenance };
/// The first four are those of an incident, the others those of maintenance.
enum class Phase : std::uint8_t {
  kInvestigating,
  kIdentified,
  kMonitoring,
  kResolved,
  kScheduled,
  kInProgress,
  kCompleted,
};
enum class Impact : std::uint8_t { kNone, kMinor, kMajor, kCritical };
std::string_view to_string(Kind kind);
std::string_view to_string(Phase phase);
std::string_view to_string(Impact impact);
std::optional<Kind> parse_kind(std::string_view word);
std::optional<Phase> parse_phase(std::string_view word);
std::optional<Impact> parse_impact(std::string_view word);

/// For people, in Chinese where `language` is one of zh, else in English: "In progress".
std::string_view title_of(Phase phase, std::string_view language);

/// Whether an announcement of that kind can be so.
bool fits(Kind kind, Phase phase);
/// kResolved or kCompleted.
bool is_over(Phase phase);

inline constexpr std::size_t kMostUpdateText = 4096;

/// What people announce: an incident, or maintenance.
struct Announcement {
  std::string title;
  Kind kind = Kind::kIncident;
  Phase phase = Phase::kInvestigating;
  Impact impact = Impact::kNone;
  std::vector<std::string> components;  ///< ids; none: it is about all of the page
  std::optional<WallTime> starts;       ///< none: when it is stored
  std::optional<WallTime> ends;         ///< planned, or when it was over; none: nobody knows
  std::string text;                     ///< the first update of a new one; empty: none
};
struct Update {
  std::string text;
  std::optional<Phase> phase;    ///< that it brings; none: as before
  std::optional<WallTime> time;  ///< none: when it is stored
};

/// {"title", "kind", "state", "impact", "components", "starts", "ends", "text"}; "text" only with `is_new`. Components
/// must be those of the page.
Checked<Announcement> read_announcement(const boost::json::object& document, const Page& page, bool is_new);
/// {"text", "state", "time"} of an update of an announcement of that kind.
Checked<Update> read_update(const boost::json::object& document, Kind kind);

/// Whether maintenance is going on: it is said so, or it is scheduled and `now` is inside of its time.
bool is_maintenance_now(Kind kind, Phase phase, WallTime starts, std::optional<WallTime> ends, WallTime now);

}  // namespace holter::status
