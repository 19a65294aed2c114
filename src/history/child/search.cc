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

/// At most `most` bytes of UTF-8, without a torn character.
std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  text.resize(most);
  return text;
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

Result<std::vector<MonitorHeartbeats>> search_heartbeats(Connection& connection, const Archive& archive,
                                                         const HeartbeatsQuery& query, MonoTime deadline,
                                                         const Clock& clock) {
  std::vector<std::uint64_t> ids;
  for (auto monitor : query.monitors) ids.push_back(monitor.value);
  auto rows_sql = everywhere(archive, "rounds", "monitor, time, duration, code, message",
                             fmt::format("monitor IN ({})", fmt::join(ids, ",")), query.from_ms, query.to_ms);
  // Of messages, as many characters as the answer has bytes: what a group holds is bounded so.
  auto sql = fmt::format(
      "SELECT monitor, time - (time - {}) % {} AS bucket, count(*)::UBIGINT, (count(*) FILTER (code <> 0))::UBIGINT, "
      "avg(duration) / 1000.0, coalesce(arg_min(code, time) FILTER (code <> 0), 0)::UTINYINT, "
      "coalesce(arg_max(substring(message, 1, {}), time) FILTER (code <> 0), '') "
      "FROM ({}) GROUP BY monitor, bucket ORDER BY monitor, bucket",
      query.from_ms, query.step_ms, kMaxHeartbeatText, rows_sql);
  TRY(auto rows, connection.query(sql, deadline, clock));
  std::vector<MonitorHeartbeats> answer;
  for (auto monitor : query.monitors) answer.push_back({monitor, {}});
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    const auto* monitor = Rows::column<std::uint64_t>(chunk, 0);
    const auto* start = Rows::column<std::int64_t>(chunk, 1);
    const auto* total = Rows::column<std::uint64_t>(chunk, 2);
    const auto* failed = Rows::column<std::uint64_t>(chunk, 3);
    const auto* mean = Rows::column<double>(chunk, 4);
    const auto* code = Rows::column<std::uint8_t>(chunk, 5);
    for (std::size_t i = 0; i < count; ++i)
      for (auto& of : answer)  // a monitor may be asked for twice
        if (of.monitor.value == monitor[i])
          of.buckets.push_back({start[i], total[i], failed[i], mean[i], static_cast<model::ResultCode>(code[i]),
                                cut(Rows::text(chunk, 6, i), kMaxHeartbeatText)});
  });
  return answer;
}

Result<std::vector<RecordedRound>> list_rounds(Connection& connection, const Archive& archive,
                                               const RoundListQuery& query, MonoTime deadline, const Clock& clock) {
  constexpr std::size_t kMostText = 2000;  // bytes of a text on the wire
  auto rows_sql = everywhere(archive, "rounds", "time, duration, code, \"set\", message",
                             fmt::format("monitor = {}", query.monitor.value), query.from_ms, query.to_ms);
  // All columns, so that a next page goes on where this one ends.
  auto sql = fmt::format(
      "SELECT time, duration, code, \"set\", message FROM ({}) "
      "ORDER BY time DESC, \"set\", duration, code, message LIMIT {} OFFSET {}",
      rows_sql, query.limit, query.skip);
  TRY(auto rows, connection.query(sql, deadline, clock));
  std::vector<RecordedRound> answer;
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    const auto* time = Rows::column<std::int64_t>(chunk, 0);
    const auto* duration = Rows::column<std::uint32_t>(chunk, 1);
    const auto* code = Rows::column<std::uint8_t>(chunk, 2);
    for (std::size_t i = 0; i < count; ++i)
      answer.push_back({time[i], duration[i], static_cast<model::ResultCode>(code[i]),
                        cut(Rows::text(chunk, 3, i), kMostText), cut(Rows::text(chunk, 4, i), kMostText)});
  });
  return answer;
}

}  // namespace holter::history::child
