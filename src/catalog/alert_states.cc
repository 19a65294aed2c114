#include "catalog/alert_states.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr long long kMostRead = 10'000;
constexpr std::size_t kMostReadBytes = 1 << 20;

const char* name_of(StateTable table) {
  return table == StateTable::kAlerts ? "alert_states" : "group_states";
}
const char* words_of(StateTable table) {
  return table == StateTable::kAlerts ? "the states of alerts" : "the states of notification groups";
}

long long count(soci::session& sql, StateTable table) {
  long long found = 0;
  sql << fmt::format("SELECT count(*) FROM {}", name_of(table)), into(found);
  return found;
}

void erase(soci::session& sql, StateTable table, std::span<const std::string> gone) {
  std::string key;
  soci::statement remove =
      (sql.prepare << fmt::format("DELETE FROM {} WHERE key = :key", name_of(table)), use(key, "key"));
  for (const auto& next : gone) {
    key = next;
    remove.execute(true);
  }
}

void upsert(soci::session& sql, StateTable table, std::span<const StoredState> states, WallTime now) {
  std::string key, json;
  long long updated = epoch_ms(now);
  soci::statement put =
      (sql.prepare << fmt::format("INSERT INTO {} (key, json, updated_ms) VALUES (:key, :json, :updated) ON CONFLICT "
                                  "(key) DO UPDATE SET json = excluded.json, updated_ms = excluded.updated_ms",
                                  name_of(table)),
       use(key, "key"), use(json, "json"), use(updated, "updated"));
  for (const auto& state : states) {
    key = state.key;
    json = state.json;
    put.execute(true);
  }
}

}  // namespace

Status put_states(Transaction& transaction, StateTable table, std::span<const StoredState> states,
                  std::span<const std::string> gone, std::size_t most) {
  for (const auto& state : states) {
    TRY_OK(check_name("key of a state", state.key, kMostPath));
    TRY_OK(check_text("state", state.json, bounds_of(table).json_bytes));
  }
  for (const auto& key : gone) TRY_OK(check_text("key of a state", key, kMostPath));
  auto what = fmt::format("store {}", words_of(table));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    erase(sql, table, gone);
    upsert(sql, table, states, transaction.now());
    if (auto all = count(sql, table); !states.empty() && all > static_cast<long long>(most))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot {}: there would be {}, and {} are the most", what, all, most));
    return {};
  });
}

Result<std::vector<StoredState>> read_states(Database& database, StateTable table, const std::string& after,
                                             std::size_t most) {
  TRY_OK(check_text("key of a state", after, kMostPath));
  auto what = fmt::format("read {}", words_of(table));
  return guarded(database, what, [&](soci::session& sql) -> Result<std::vector<StoredState>> {
    std::vector<StoredState> found;
    StoredState row;
    std::string behind = after;
    long long updated = 0, step = 64;
    auto left = std::clamp<long long>(static_cast<long long>(most), 1, kMostRead);
    soci::statement rows =
        (sql.prepare << fmt::format("SELECT key, json, updated_ms FROM {} WHERE key > :after ORDER BY key LIMIT :step",
                                    name_of(table)),
         into(row.key), into(row.json), into(updated), use(behind, "after"), use(step, "step"));
    for (std::size_t bytes = 0; left > 0 && bytes < kMostReadBytes;) {
      step = std::min(step, left);
      long long seen = 0;
      for (bool more = rows.execute(true); more; more = rows.fetch(), ++seen) {
        row.updated = from_epoch_ms(updated);
        bytes += row.key.size() + row.json.size();
        found.push_back(row);
      }
      left -= seen;
      if (seen < step) break;
      behind = found.back().key;
    }
    return found;
  });
}

Result<std::size_t> count_states(Database& database, StateTable table) {
  return guarded(database, fmt::format("count {}", words_of(table)), [&](soci::session& sql) -> Result<std::size_t> {
    return static_cast<std::size_t>(count(sql, table));
  });
}

}  // namespace holter::catalog
