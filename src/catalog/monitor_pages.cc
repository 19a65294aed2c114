#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "catalog/monitor_rows.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

/// The id of the last monitor of a page that begins behind `after`; `after` itself when there is none.
MonitorId end_of_page(soci::session& sql, MonitorId after, const PageLimits& limits) {
  auto from = static_cast<long long>(after.value);
  auto most = static_cast<long long>(std::max<std::size_t>(limits.monitors, 1));
  long long id = 0, size = 0;
  soci::statement rows =
      (sql.prepare << "SELECT id, size_bytes FROM monitors WHERE id > :after ORDER BY id LIMIT :most", into(id),
       into(size), use(from, "after"), use(most, "most"));
  std::size_t bytes = 0;
  auto last = after;
  for (bool more = rows.execute(true); more; more = rows.fetch()) {
    bytes += static_cast<std::size_t>(size);
    if (bytes > limits.bytes && last != after) break;
    last = MonitorId{static_cast<std::uint64_t>(id)};
  }
  return last;
}

}  // namespace

Result<Monitor> find_monitor(Database& database, MonitorId id) {
  auto what = fmt::format("find the monitor with the id {}", id.value);
  return guarded(database, what, [&](soci::session& sql) -> Result<Monitor> {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<long long>::max());
    if (id.value == 0 || id.value > kMost) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    TRY(auto found, MonitorReader(sql).read(MonitorId{id.value - 1}, id));
    if (found.empty()) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return std::move(found.front());
  });
}

Result<Monitor> find_monitor(Database& database, const std::string& name) {
  auto what = fmt::format("find the monitor '{}'", name.substr(0, 256));
  return guarded(database, what, [&](soci::session& sql) -> Result<Monitor> {
    long long id = 0;
    sql << "SELECT id FROM monitors WHERE name = :name", use(name, "name"), into(id);
    if (!sql.got_data()) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return find_monitor(database, MonitorId{static_cast<std::uint64_t>(id)});
  });
}

Result<std::size_t> count_monitors(Database& database) {
  return guarded(database, "count the monitors", [&](soci::session& sql) -> Result<std::size_t> {
    long long count = 0;
    sql << "SELECT count(*) FROM monitors", into(count);
    return static_cast<std::size_t>(count);
  });
}

Result<bool> has_sealed_params(Database& database) {
  return guarded(database, "look for sealed values", [&](soci::session& sql) -> Result<bool> {
    long long found = 0;
    sql << "SELECT count(*) FROM (SELECT 1 AS one FROM monitor_params WHERE sealed = 1 UNION ALL "
           "SELECT 1 AS one FROM alert_objects WHERE kind = 'receiver' AND sealed > 0 LIMIT 1) AS ones",
        into(found);
    return found > 0;
  });
}

Result<std::vector<Monitor>> read_monitors(Database& database, MonitorId after, const PageLimits& limits) {
  using Monitors = std::vector<Monitor>;
  return database.read<Monitors>([&]() -> Result<Monitors> {
    return guarded(database, "read the monitors", [&](soci::session& sql) -> Result<Monitors> {
      auto last = end_of_page(sql, after, limits);
      if (last == after) return Monitors();
      return MonitorReader(sql).read(after, last);
    });
  });
}

}  // namespace holter::catalog
