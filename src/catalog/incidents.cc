#include "catalog/incidents.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/incident_rows.h"
#include "catalog/rules.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostIncidentBytes = 64 * 1024;
constexpr std::size_t kMostEvidence = 16 * 1024;
constexpr std::size_t kMostNotifyState = 1024;
constexpr std::size_t kMostEntries = 64;

Error refused(const Incident& incident, std::string_view why) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot store the incident of '{}': {}", incident.rule.substr(0, kMostName), why)};
}

/// What labels and annotations take; errors: kInvalidArgument.
Result<std::size_t> check_labels(const Incident& incident, std::string_view what, const model::Labels& labels) {
  if (labels.size() > kMostEntries) return refused(incident, fmt::format("more than {} {}s", kMostEntries, what));
  std::size_t bytes = 0;
  for (const auto& [name, value] : labels) {
    TRY_OK(check_name(what, name));
    TRY_OK(check_text(what, value, kMostDescription));
    bytes += name.size() + value.size();
  }
  auto in_order = std::ranges::adjacent_find(labels, std::ranges::greater_equal(), &model::Labels::value_type::first);
  if (in_order != labels.end()) return refused(incident, fmt::format("its {}s are not sorted", what));
  return bytes;
}

Status check(const Incident& incident) {
  TRY_OK(check_name("rule of an incident", incident.rule));
  TRY(auto bytes, check_labels(incident, "label", incident.labels));
  TRY(auto more, check_labels(incident, "annotation", incident.annotations));
  TRY_OK(check_text("evidence", incident.evidence, kMostEvidence));
  TRY_OK(check_text("group key", incident.group_key, kMostDescription));
  TRY_OK(check_text("assignee", incident.assignee, kMostName));
  TRY_OK(check_text("name of who acknowledged", incident.acknowledged_by, kMostName));
  TRY_OK(check_text("state of notifications", incident.notify_state, kMostNotifyState));
  bytes += more + incident.evidence.size() + incident.group_key.size();
  if (bytes > kMostIncidentBytes)
    return refused(incident, fmt::format("it has {} bytes, and {} are the most", bytes, kMostIncidentBytes));
  return {};
}

/// Writes one row again and again.
class Inserter {
 public:
  explicit Inserter(soci::session& sql)
      : insert_((sql.prepare << "INSERT INTO incidents (id, fingerprint, rule, severity, monitor_id, labels, "
                                "annotations, search, evidence, group_key, started_ms, ended_ms, resolution, by_hand, "
                                "assignee, acknowledged_ms, acknowledged_by, snoozed_until_ms, linked_id, "
                                "notify_state, version) VALUES (:id, :fingerprint, :rule, :severity, :monitor, "
                                ":labels, :annotations, :search, :evidence, :group_key, :started, :ended, "
                                ":resolution, :by_hand, :assignee, :acknowledged, :acknowledged_by, :snoozed, "
                                ":linked, :notify_state, :version) ON CONFLICT (fingerprint, started_ms) DO NOTHING",
                 use(row_.id, "id"), use(row_.fingerprint, "fingerprint"), use(row_.rule, "rule"),
                 use(row_.severity, "severity"), use(row_.monitor, "monitor"), use(row_.labels, "labels"),
                 use(row_.annotations, "annotations"), use(row_.search, "search"), use(row_.evidence, "evidence"),
                 use(row_.group_key, "group_key"), use(row_.started, "started"), use(row_.ended, "ended"),
                 use(row_.resolution, "resolution"), use(row_.by_hand, "by_hand"), use(row_.assignee, "assignee"),
                 use(row_.acknowledged, "acknowledged"), use(row_.acknowledged_by, "acknowledged_by"),
                 use(row_.snoozed, "snoozed"), use(row_.linked, "linked"), use(row_.notify_state, "notify_state"),
                 use(row_.version, "version"))),
        find_((sql.prepare << "SELECT id FROM incidents WHERE fingerprint = :fingerprint AND started_ms = :started",
               use(row_.fingerprint, "fingerprint"), use(row_.started, "started"), into(found_))) {}

  OpenedIncident open(const Incident& incident, IncidentId id) {
    row_.assign(incident);
    row_.id = static_cast<long long>(id.value);
    row_.version = 1;
    insert_.execute(true);
    if (changed_rows(insert_) > 0) return {id, true};
    find_.execute(true);
    return {IncidentId{static_cast<std::uint64_t>(found_)}, false};
  }

 private:
  IncidentRow row_;
  long long found_ = 0;
  soci::statement insert_, find_;
};

long long count(soci::session& sql, const char* statement) {
  long long found = 0;
  sql << statement, into(found);
  return found;
}
constexpr const char* kCountOpen = "SELECT count(*) FROM incidents WHERE ended_ms = 0";
constexpr const char* kCountClosed = "SELECT count(*) FROM incidents WHERE ended_ms > 0";

void write_mutable(soci::session& sql, const Incident& incident) {
  IncidentRow row;
  row.assign(incident);
  sql << "UPDATE incidents SET severity = :severity, annotations = :annotations, evidence = :evidence, "
         "group_key = :group_key, by_hand = :by_hand, assignee = :assignee, acknowledged_ms = :acknowledged, "
         "acknowledged_by = :acknowledged_by, snoozed_until_ms = :snoozed, linked_id = :linked, "
         "notify_state = :notify_state, version = version + 1 WHERE id = :id",
      use(row.severity, "severity"), use(row.annotations, "annotations"), use(row.evidence, "evidence"),
      use(row.group_key, "group_key"), use(row.by_hand, "by_hand"), use(row.assignee, "assignee"),
      use(row.acknowledged, "acknowledged"), use(row.acknowledged_by, "acknowledged_by"), use(row.snoozed, "snoozed"),
      use(row.linked, "linked"), use(row.notify_state, "notify_state"), use(row.id, "id");
}

}  // namespace

Result<std::vector<OpenedIncident>> open_incidents(Transaction& transaction, std::span<const Incident> incidents,
                                                   std::size_t most_open) {
  for (const auto& incident : incidents) {
    TRY_OK(check(incident));
    if (!incident.open() || incident.resolution != model::Resolution::kNone)
      return refused(incident, "it has an end, and is to be opened");
  }
  using Opened = std::vector<OpenedIncident>;
  return guarded(transaction.database(), "open incidents", [&](soci::session& sql) -> Result<Opened> {
    auto open = static_cast<std::size_t>(count(sql, kCountOpen));
    auto next = take_ids(sql, "incident", incidents.size());
    Inserter inserter(sql);
    Opened opened;
    for (const auto& incident : incidents) {
      auto& done = opened.emplace_back(inserter.open(incident, IncidentId{next++}));
      if (!done.fresh) continue;
      if (++open > most_open)
        return Error(ErrorCode::kResourceExhausted,
                     fmt::format("cannot open incidents: {} are the most that may be open", most_open));
      insert_event(sql, transaction, {.incident = done.id, .kind = IncidentEventKind::kOpened});
    }
    return opened;
  });
}

Result<std::size_t> close_incidents(Transaction& transaction, std::span<const IncidentEnd> ends) {
  return guarded(transaction.database(), "close incidents", [&](soci::session& sql) -> Result<std::size_t> {
    std::size_t closed = 0;
    long long id = 0, ended = 0;
    std::string resolution;
    int by_hand = 0;
    soci::statement update =
        (sql.prepare << "UPDATE incidents SET ended_ms = :ended, resolution = :resolution, "
                        "by_hand = CASE WHEN by_hand = 1 THEN 1 ELSE :by_hand END, version = version + 1 "
                        "WHERE id = :id AND ended_ms = 0",
         use(ended, "ended"), use(resolution, "resolution"), use(by_hand, "by_hand"), use(id, "id"));
    for (const auto& end : ends) {
      auto what = fmt::format("close the incident {}", end.id.value);
      ended = epoch_ms(end.ended);
      if (ended <= 0 || end.resolution == model::Resolution::kNone)
        return Error(ErrorCode::kInvalidArgument, fmt::format("cannot {}: it has no end", what));
      if (!is_stored(sql, end.id)) return no_incident(what);
      id = static_cast<long long>(end.id.value);
      resolution = to_string(end.resolution);
      by_hand = end.resolution == model::Resolution::kByHand ? 1 : 0;
      update.execute(true);
      if (changed_rows(update) == 0) continue;
      ++closed;
      insert_event(sql, transaction, {.incident = end.id, .kind = IncidentEventKind::kClosed, .text = resolution});
    }
    return closed;
  });
}

Result<Incident> update_incident(Transaction& transaction, const Incident& incident) {
  TRY_OK(check(incident));
  auto what = fmt::format("change the incident {}", incident.id.value);
  auto stored = find_incident(transaction.database(), incident.id);
  if (!stored) return stored.error().code() == ErrorCode::kNotFound ? no_incident(what) : stored.error();
  if (stored->version != incident.version)
    return Error(ErrorCode::kConflict, fmt::format("cannot {}: it is version {} now, and version {} was to be changed",
                                                   what, stored->version, incident.version));
  if (incident.linked == incident.id)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot {}: it would be linked to itself", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<Incident> {
    if (incident.linked.value != 0 && incident.linked != stored->linked && !is_stored(sql, incident.linked))
      return Error(ErrorCode::kNotFound,
                   fmt::format("cannot {}: there is no incident {} to link it to", what, incident.linked.value));
    write_mutable(sql, incident);
    return find_incident(transaction.database(), incident.id);
  });
}

Result<std::size_t> purge_incidents(Transaction& transaction, WallTime oldest, std::size_t most_closed,
                                    std::size_t most_deleted) {
  return guarded(transaction.database(), "purge incidents", [&](soci::session& sql) -> Result<std::size_t> {
    long long time = epoch_ms(oldest), old = 0;
    sql << "SELECT count(*) FROM incidents WHERE ended_ms > 0 AND ended_ms < :time", use(time, "time"), into(old);
    auto surplus = count(sql, kCountClosed) - static_cast<long long>(most_closed);
    auto going = std::min(std::max(old, surplus), static_cast<long long>(most_deleted));
    if (going <= 0) return std::size_t{0};
    sql << "DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE ended_ms > 0 "
           "ORDER BY ended_ms, id LIMIT :going)",
        use(going, "going");
    return static_cast<std::size_t>(going);
  });
}

}  // namespace holter::catalog
