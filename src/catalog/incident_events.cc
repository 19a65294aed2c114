#include "catalog/incident_events.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "catalog/incident_rows.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::array<std::string_view, kIncidentEventKinds> kWords{
    "opened",   "closed", "acknowledged", "assigned",         "comment", "snoozed",
    "notified", "failed", "linked",       "resolved by hand", "decision"};
constexpr std::size_t kMostText = 4096;
constexpr long long kMostRead = 1000;
constexpr std::size_t kMostReadBytes = 1 << 20;

void drop_surplus(soci::session& sql, long long incident, std::size_t most) {
  long long all = 0;
  sql << "SELECT count(*) FROM incident_events WHERE incident_id = :incident", use(incident, "incident"), into(all);
  long long surplus = all - static_cast<long long>(most);
  if (surplus <= 0) return;
  sql << "DELETE FROM incident_events WHERE id IN (SELECT id FROM incident_events WHERE incident_id = :incident AND "
         "kind <> 'opened' ORDER BY CASE WHEN kind IN ('decision', 'notified') THEN 0 ELSE 1 END, id LIMIT :surplus)",
      use(incident, "incident"), use(surplus, "surplus");
}

}  // namespace

std::string_view to_string(IncidentEventKind kind) {
  return kWords[static_cast<std::size_t>(kind)];
}

std::optional<IncidentEventKind> parse_incident_event_kind(std::string_view word) {
  auto found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<IncidentEventKind>(found - kWords.begin());
}

Status check_event(const IncidentEvent& event) {
  TRY_OK(check_text("text of an event", event.text, kMostText));
  return check_text("facts of an event", event.json, kMostText);
}

void insert_event(soci::session& sql, Transaction& transaction, const IncidentEvent& event, std::size_t most) {
  std::string word(to_string(event.kind));
  long long incident = static_cast<long long>(event.incident.value), now = epoch_ms(transaction.now());
  sql << "INSERT INTO incident_events (incident_id, time_ms, kind, who, text, json) "
         "VALUES (:incident, :now, :kind, :who, :text, :json)",
      use(incident, "incident"), use(now, "now"), use(word, "kind"), use(transaction.who(), "who"),
      use(event.text, "text"), use(event.json, "json");
  if (event.kind != IncidentEventKind::kOpened) drop_surplus(sql, incident, most);
}

Status append_incident_event(Transaction& transaction, const IncidentEvent& event, std::size_t most) {
  if (event.kind == IncidentEventKind::kOpened || event.kind == IncidentEventKind::kClosed)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot add to an incident that it is {}: opening and closing it does so", to_string(event.kind)));
  TRY_OK(check_event(event));
  auto what = fmt::format("add to the incident {}", event.incident.value);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    if (!is_stored(sql, event.incident)) return no_incident(what);
    insert_event(sql, transaction, event, std::max<std::size_t>(most, 2));
    return {};
  });
}

Result<std::vector<IncidentEvent>> read_incident_events(Database& database, IncidentId incident, std::uint64_t after,
                                                        std::size_t most) {
  return guarded(database, "read what happened", [&](soci::session& sql) -> Result<std::vector<IncidentEvent>> {
    std::vector<IncidentEvent> found;
    if (!is_key(incident.value) || (after != 0 && !is_key(after))) return found;
    IncidentEvent row;
    row.incident = incident;
    long long key = static_cast<long long>(incident.value), behind = static_cast<long long>(after), id = 0, time = 0;
    long long left = std::clamp<long long>(static_cast<long long>(most), 1, kMostRead), step = 64;
    std::string kind;
    soci::statement rows = (sql.prepare << "SELECT id, time_ms, kind, who, text, json FROM incident_events "
                                           "WHERE incident_id = :incident AND id > :after ORDER BY id LIMIT :step",
                            into(id), into(time), into(kind), into(row.who), into(row.text), into(row.json),
                            use(key, "incident"), use(behind, "after"), use(step, "step"));
    for (std::size_t bytes = 0; left > 0 && bytes < kMostReadBytes; behind = id) {
      step = std::min(step, left);
      long long seen = 0;
      for (bool more = rows.execute(true); more; more = rows.fetch(), ++seen) {
        auto known = parse_incident_event_kind(kind);
        if (!known) return Error(ErrorCode::kCorruption, fmt::format("cannot read the event {}: its kind is none", id));
        row.kind = *known;
        row.id = static_cast<std::uint64_t>(id);
        row.time = from_epoch_ms(time);
        bytes += row.text.size() + row.json.size();
        found.push_back(row);
      }
      left -= seen;
      if (seen < step) break;
    }
    return found;
  });
}

}  // namespace holter::catalog
