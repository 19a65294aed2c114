#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "catalog/database.h"

namespace holter::catalog {

/// Never given twice.
using IncidentId = Id<struct IncidentTag>;

/// What happened to an incident. Words are stored: never changed.
enum class IncidentEventKind : std::uint8_t {
  kOpened,  ///< written by open_incidents()
  kClosed,  ///< written by close_incidents()
  kAcknowledged,
  kAssigned,
  kComment,
  kSnoozed,
  kNotified,
  kFailed,  ///< a notification did not arrive
  kLinked,
  kResolvedByHand,
  kDecision,  ///< why it was or was not told: silenced, inhibited, grouped...
};
constexpr std::size_t kIncidentEventKinds = 11;
std::string_view to_string(IncidentEventKind kind);
/// std::nullopt for other words.
std::optional<IncidentEventKind> parse_incident_event_kind(std::string_view word);

struct IncidentEvent {
  IncidentId incident;
  IncidentEventKind kind = IncidentEventKind::kComment;
  std::string text;  ///< for people; at most 4 KiB
  std::string json;  ///< for programs; at most 4 KiB; empty: nothing besides the text

  // Set when it is stored.
  std::uint64_t id = 0;  ///< rising with each event
  WallTime time{};
  std::string who;  ///< whose transaction it is
  friend bool operator==(const IncidentEvent&, const IncidentEvent&) = default;
};

constexpr std::size_t kMostIncidentEvents = 500;  ///< of one incident

/// Adds to what is known of an incident. Where there are more than `most` the oldest decision or `notified` goes, and
/// when there is none of these, the oldest of any other kind; `opened` never. Errors: kNotFound (incident),
/// kInvalidArgument, also for kOpened and kClosed.
Status append_incident_event(Transaction& transaction, const IncidentEvent& event,
                             std::size_t most = kMostIncidentEvents);

/// Those of an incident with ids above `after`, oldest first: at most `most`, and up to about 1 MiB of texts. None of
/// an incident that there is not.
Result<std::vector<IncidentEvent>> read_incident_events(Database& database, IncidentId incident,
                                                        std::uint64_t after = 0, std::size_t most = 100);

}  // namespace holter::catalog
