#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/database.h"
#include "catalog/incident_events.h"
#include "model/alert.h"

namespace holter::catalog {

/// One time that an alert fired, from its beginning to its end, and what people did about it. Bounds: 64 KiB in all,
/// 64 labels and annotations each.
struct Incident {
  IncidentId id;  ///< given when it is opened
  model::Fingerprint fingerprint;
  WallTime started{};  ///< to the millisecond; with the fingerprint it is unique
  std::string rule;    ///< the rule's name
  MonitorId monitor;   ///< 0: of none. It may be gone by now
  model::Labels labels;

  // What update_incident() changes.
  model::Severity severity = model::Severity::kInfo;
  model::Labels annotations;
  std::string evidence;   ///< what was seen, as JSON; at most 16 KiB
  std::string group_key;  ///< of the notification group
  bool by_hand = false;   ///< a user resolved it, whatever its condition says
  std::string assignee;
  WallTime acknowledged{};  ///< the epoch: nobody has
  std::string acknowledged_by;
  WallTime snoozed_until{};  ///< the epoch: it is not
  IncidentId linked;         ///< the incident that it belongs to; 0: none. That one may be gone by now
  std::string notify_state;  ///< a word or some JSON of who notifies; at most 1 KiB

  // What close_incidents() sets.
  WallTime ended{};  ///< the epoch: it is open
  model::Resolution resolution = model::Resolution::kNone;

  std::uint64_t version = 0;  ///< 1, and one more for each change
  bool open() const { return ended == WallTime(); }
  friend bool operator==(const Incident&, const Incident&) = default;
};

constexpr std::size_t kMostOpenIncidents = 100'000;

struct OpenedIncident {
  IncidentId id;
  bool fresh = false;  ///< else it was opened before, and is as it was
  friend bool operator==(const OpenedIncident&, const OpenedIncident&) = default;
};
/// Stores incidents, each with its event `opened`; one whose fingerprint and start are stored already is not touched:
/// a repetition does no harm. Ids, in order. Errors: kInvalidArgument (also one that has an end), kResourceExhausted
/// when more than `most_open` would be open; none is stored then.
Result<std::vector<OpenedIncident>> open_incidents(Transaction& transaction, std::span<const Incident> incidents,
                                                   std::size_t most_open = kMostOpenIncidents);

struct IncidentEnd {
  IncidentId id;
  WallTime ended{};
  model::Resolution resolution = model::Resolution::kRecovered;
};
/// Ends incidents, each with its event `closed`, whose text is the word of the resolution; one that has ended already
/// stays as it is. kByHand sets `by_hand`. How many were open. Errors: kNotFound; kInvalidArgument for the epoch as the
/// end or kNone.
Result<std::size_t> close_incidents(Transaction& transaction, std::span<const IncidentEnd> ends);

/// Replaces what may change of the incident of that id, if it still has `incident.version`; returns it as stored. An
/// open one stays open. Errors: kNotFound (also of `linked`, where it is another one than before), kConflict (naming
/// both versions), kInvalidArgument (also when it is linked to itself).
Result<Incident> update_incident(Transaction& transaction, const Incident& incident);

/// Deletes closed ones, with their events: those that ended before `oldest`, and those that ended first where there
/// are more than `most_closed`; open ones never. At most `most_deleted` in this transaction: call again while it is
/// that many. How many were deleted.
Result<std::size_t> purge_incidents(Transaction& transaction, WallTime oldest, std::size_t most_closed = 1'000'000,
                                    std::size_t most_deleted = 1000);

/// Errors: kNotFound.
Result<Incident> find_incident(Database& database, IncidentId id);
Result<Incident> find_incident(Database& database, model::Fingerprint fingerprint, WallTime started);

struct IncidentQuery {
  enum class Which : std::uint8_t { kAll, kOpen, kClosed };
  Which which = Which::kAll;
  std::optional<model::Severity> severity;
  std::optional<MonitorId> monitor;
  std::string text;  ///< anywhere in "name=value" of a label; A to Z like a to z; at most 256 bytes
  WallTime from{}, to = WallTime::max();  ///< when it started; `to` is exclusive
  std::uint64_t before_id = 0;            ///< only those with a smaller id, to read on; 0: from the newest
  std::size_t most = 100;                 ///< up to 1000, and up to about 1 MiB of texts
};
/// Those opened last first. What is opened meanwhile does not shift later pages. Errors: kInvalidArgument (text).
Result<std::vector<Incident>> read_incidents(Database& database, const IncidentQuery& query);

/// How many are open, by severity.
Result<std::array<std::size_t, 4>> count_open_incidents(Database& database);

}  // namespace holter::catalog
