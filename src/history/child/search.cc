#include "history/child/search.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "history/wire/message.h"

namespace holter::history::child {
namespace {

/// "SELECT columns FROM table WHERE where", over the table and all files that may hold such rows.
std::string everywhere(const Archive& archive, std::string_view table, std::string_view columns, std::string where,
                       std::int64_t from_ms, std::int64_t to_ms) {
  where += fmt::format(" AND time >= {} AND time < {}", from_ms, to_ms);
  auto sql = fmt::format("SELECT {} FROM {} WHERE {}", columns, table, where);
  auto files = archive.files(table, from_ms, to_ms);
  if (files.empty()) return sql;
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(sql_text(file));
  return sql +
         fmt::format(" UNION ALL SELECT {} FROM read_parquet([{}]) WHERE {}", columns, fmt::join(names, ","), where);
}

Error too_many() {
  return {ErrorCode::kResourceExhausted,
          fmt::format("cannot answer with more than {} buckets: ask for fewer series or a wider step",
                      wire::kMaxAnswerBuckets)};
}

}  // namespace

Result<std::vector<SeriesBuckets>> search_range(Connection& connection, const Archive& archive, const RangeQuery& query,
                                                MonoTime deadline, const Clock& clock) {
  std::vector<std::uint64_t> ids;
  for (auto series : query.series) ids.push_back(series.value);
  auto rows_sql = everywhere(archive, "samples", "series, time, value",
                             fmt::format("series IN ({})", fmt::join(ids, ",")), query.from_ms, query.to_ms);
  // One more than fits, to tell a full answer from one that is too long.
  auto sql = fmt::format(
      "SELECT series, time - time % {} AS bucket, min(value), max(value), avg(value), count(*)::UBIGINT "
      "FROM ({}) GROUP BY series, bucket ORDER BY series, bucket LIMIT {}",
      query.step_ms, rows_sql, wire::kMaxAnswerBuckets + 1);
  TRY(auto rows, connection.query(sql, deadline, clock));

  std::vector<SeriesBuckets> answer;
  for (auto series : query.series) answer.push_back({series, {}});
  std::size_t total = 0;
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    const auto* series = Rows::column<std::uint64_t>(chunk, 0);
    const auto* start = Rows::column<std::int64_t>(chunk, 1);
    const auto* low = Rows::column<double>(chunk, 2);
    const auto* high = Rows::column<double>(chunk, 3);
    const auto* mean = Rows::column<double>(chunk, 4);
    const auto* n = Rows::column<std::uint64_t>(chunk, 5);
    total += count;
    if (total > wire::kMaxAnswerBuckets) return;
    for (std::size_t i = 0; i < count; ++i)
      for (auto& of : answer)  // a series may be asked for twice
        if (of.series.value == series[i]) of.buckets.push_back({start[i], low[i], high[i], mean[i], n[i]});
  });
  if (total > wire::kMaxAnswerBuckets) return too_many();
  return answer;
}

Result<std::vector<RoundBucket>> search_rounds(Connection& connection, const Archive& archive, const RoundsQuery& query,
                                               MonoTime deadline, const Clock& clock) {
  auto rows_sql = everywhere(archive, "rounds", "time, duration, code",
                             fmt::format("monitor = {}", query.monitor.value), query.from_ms, query.to_ms);
  auto sql = fmt::format(
      "SELECT time - time % {} AS bucket, count(*)::UBIGINT, (count(*) FILTER (code <> 0))::UBIGINT, "
      "avg(duration) / 1000.0 FROM ({}) GROUP BY bucket ORDER BY bucket LIMIT {}",
      query.step_ms, rows_sql, kMaxQueryBuckets);
  TRY(auto rows, connection.query(sql, deadline, clock));
  std::vector<RoundBucket> answer;
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    const auto* start = Rows::column<std::int64_t>(chunk, 0);
    const auto* total = Rows::column<std::uint64_t>(chunk, 1);
    const auto* failed = Rows::column<std::uint64_t>(chunk, 2);
    const auto* mean = Rows::column<double>(chunk, 3);
    for (std::size_t i = 0; i < count; ++i) answer.push_back({start[i], total[i], failed[i], mean[i]});
  });
  return answer;
}

}  // namespace holter::history::child
