#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "catalog/incident_rows.h"
#include "catalog/label_json.h"
#include "catalog/rules.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr long long kMostRead = 1000;
constexpr std::size_t kMostReadBytes = 1 << 20;

/// What a query asks for, as it is bound.
struct Filter {
  explicit Filter(const IncidentQuery& query)
      : before(query.before_id == 0 ? std::numeric_limits<long long>::max() : static_cast<long long>(query.before_id)),
        from(epoch_ms(query.from)),
        to(epoch_ms(query.to)) {
    if (query.which == IncidentQuery::Which::kOpen) where += " AND ended_ms = 0";
    if (query.which == IncidentQuery::Which::kClosed) where += " AND ended_ms > 0";
    if (query.severity) severity = to_string(*query.severity);
    if (query.monitor) monitor = static_cast<long long>(query.monitor->value);
    if (!query.text.empty()) pattern = like_anywhere(to_lower(query.text));
    if (query.severity) where += " AND severity = :severity";
    if (query.monitor) where += " AND monitor_id = :monitor";
    if (!query.text.empty()) where += " AND search LIKE :pattern ESCAPE '!'";
  }
  void bind(soci::statement& rows) {
    rows.exchange(use(before, "before"));
    rows.exchange(use(from, "from"));
    rows.exchange(use(to, "to"));
    if (!severity.empty()) rows.exchange(use(severity, "severity"));
    if (where.contains(":monitor")) rows.exchange(use(monitor, "monitor"));
    if (!pattern.empty()) rows.exchange(use(pattern, "pattern"));
    rows.exchange(use(step, "step"));
  }

  long long before, from, to, monitor = 0;
  long long step = 8;  ///< PostgreSQL's client takes the whole answer, so the number of rows is what bounds it
  std::string severity, pattern;
  std::string where = "id < :before AND started_ms >= :from AND started_ms < :to";
};

std::size_t size_of(const IncidentRow& row) {
  return row.labels.size() + row.annotations.size() + row.evidence.size() + row.group_key.size();
}

Result<Incident> first(soci::statement& rows, const IncidentRow& row, std::string_view what) {
  if (!rows.execute(true)) return no_incident(what);
  return row.fetched();
}

}  // namespace

Result<Incident> find_incident(Database& database, IncidentId id) {
  auto what = fmt::format("find the incident {}", id.value);
  if (!is_key(id.value)) return no_incident(what);
  return guarded(database, what, [&](soci::session& sql) -> Result<Incident> {
    IncidentRow row;
    auto key = static_cast<long long>(id.value);
    soci::statement rows(sql);
    rows.exchange(use(key, "id"));
    row.prepare_select(rows, "id = :id");
    return first(rows, row, what);
  });
}

Result<Incident> find_incident(Database& database, model::Fingerprint fingerprint, WallTime started) {
  auto text = to_column(fingerprint);
  auto what = fmt::format("find the incident of {}", text);
  return guarded(database, what, [&](soci::session& sql) -> Result<Incident> {
    IncidentRow row;
    long long time = epoch_ms(started);
    soci::statement rows(sql);
    rows.exchange(use(text, "fingerprint"));
    rows.exchange(use(time, "started"));
    row.prepare_select(rows, "fingerprint = :fingerprint AND started_ms = :started");
    return first(rows, row, what);
  });
}

Result<std::vector<Incident>> read_incidents(Database& database, const IncidentQuery& query) {
  TRY_OK(check_text("text to look for", query.text, kMostName));
  return guarded(database, "read incidents", [&](soci::session& sql) -> Result<std::vector<Incident>> {
    std::vector<Incident> found;
    if (query.before_id != 0 && !is_key(query.before_id)) return found;
    auto left = std::clamp<long long>(static_cast<long long>(query.most), 1, kMostRead);
    Filter filter(query);
    IncidentRow row;
    soci::statement rows(sql);
    filter.bind(rows);
    row.prepare_select(rows, filter.where + " ORDER BY id DESC LIMIT :step");
    for (std::size_t bytes = 0; left > 0 && bytes < kMostReadBytes; filter.before = row.id, filter.step = 64) {
      filter.step = std::min(filter.step, left);
      long long seen = 0;
      for (bool more = rows.execute(true); more; more = rows.fetch(), ++seen) {
        TRY(found.emplace_back(), row.fetched());
        bytes += size_of(row);
      }
      left -= seen;
      if (seen < filter.step) break;
    }
    return found;
  });
}

Result<std::array<std::size_t, 4>> count_open_incidents(Database& database) {
  return guarded(database, "count incidents", [&](soci::session& sql) -> Result<std::array<std::size_t, 4>> {
    std::array<std::size_t, 4> counts{};
    std::string word;
    long long number = 0;
    soci::statement rows =
        (sql.prepare << "SELECT severity, count(*) FROM incidents WHERE ended_ms = 0 GROUP BY severity", into(word),
         into(number));
    for (bool more = rows.execute(true); more; more = rows.fetch())
      if (auto severity = model::parse_severity(word))
        counts[static_cast<std::size_t>(*severity)] = static_cast<std::size_t>(number);
    return counts;
  });
}

}  // namespace holter::catalog
