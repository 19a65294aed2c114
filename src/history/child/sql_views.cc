#include "history/child/sql_views.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/monitor.h"

namespace holter::history::child {
namespace {

/// As the API writes ids.
std::string hex(std::string_view column) {
  return fmt::format("lower(lpad(to_hex({}), 16, '0'))", column);
}

std::string series_view() {
  return fmt::format("SELECT series, {} AS monitor, \"set\", field, labels FROM main.series", hex("monitor"));
}

std::string code_words() {
  using Code = model::ResultCode;
  std::string words = "CASE d.code";
  for (auto code = 0; code <= static_cast<int>(Code::kTimeout); ++code)
    words += fmt::format(" WHEN {} THEN {}", code, sql_text(to_string(static_cast<Code>(code))));
  return words + " END";
}

/// Of one table: its columns on disk, what becomes of them under the name d, and what is joined to them.
struct View {
  std::string columns, select, join;
};

View view_of(std::string_view table) {
  if (table == "rounds")
    return {"monitor, \"set\", time, duration, code, message",
            fmt::format("epoch_ms(d.time) AS \"time\", d.time AS time_ms, {} AS monitor, d.\"set\", "
                        "d.duration / 1000.0 AS duration_ms, {} AS code, d.code <> 0 AS failed, d.message",
                        hex("d.monitor"), code_words()),
            ""};
  return {"series, time, value",
          "epoch_ms(d.time) AS \"time\", d.time AS time_ms, i.monitor, i.\"set\", i.field, i.labels, d.value",
          fmt::format("JOIN ({}) i ON i.series = d.series", series_view())};
}

/// What a duration that stands in the query is in milliseconds; folded into a constant before anything is read.
std::string in_ms(std::string_view parameter, std::span<const SqlCall> calls) {
  std::map<std::string, std::int64_t> times{{"0s", 0}};
  for (const auto& call : calls) {
    times.emplace(call.span, call.span_time.count());
    times.emplace(call.ago, call.ago_time.count());
  }
  std::string out = fmt::format("CASE {}", parameter);
  for (const auto& [text, ms] : times) out += fmt::format(" WHEN {} THEN {}", sql_text(text), ms);
  return out + " END";
}

/// Files that one of the calls needs. Within them the engine leaves out what the single call does not.
std::string files_of(const Archive& archive, std::string_view table, std::span<const SqlCall> calls,
                     std::int64_t now_ms) {
  std::set<std::string> names;
  for (const auto& call : calls) {
    if (call.table != table) continue;
    auto last = now_ms - call.ago_time.count();
    for (const auto& file : archive.files(table, last - call.span_time.count() + 1, last + 1))
      names.insert(sql_text(file));
  }
  return fmt::format("{}", fmt::join(names, ","));
}

std::string timed_macro(const Archive& archive, std::string_view table, std::span<const SqlCall> calls,
                        std::int64_t now_ms) {
  auto view = view_of(table);
  auto end = fmt::format("{} - {}", now_ms, in_ms("ago_", calls));
  auto where = fmt::format("WHERE time > {} - {} AND time <= {}", end, in_ms("span_", calls), end);
  auto rows = fmt::format("SELECT {} FROM main.{} {}", view.columns, table, where);
  if (auto files = files_of(archive, table, calls, now_ms); !files.empty())
    rows += fmt::format(" UNION ALL SELECT {} FROM read_parquet([{}]) {}", view.columns, files, where);
  return fmt::format("CREATE TEMP MACRO {}(span_, ago_ := '0s') AS TABLE SELECT {} FROM ({}) d {}", table, view.select,
                     rows, view.join);
}

// A value is escaped as in Prometheus' text format, and within it no quote follows an equals sign unescaped, so that
// what is found is a label. Between the escaped backslashes the other escapes are unambiguous. '' where it is absent.
constexpr const char* kLabel = R"sql(CREATE TEMP MACRO label(labels_, name_) AS array_to_string(
  [replace(replace(p_, '\"', '"'), '\n', chr(10)) FOR p_ IN string_split(
    regexp_extract(labels_, '(?:^|,)' || regexp_escape(name_) || '="((?:[^"\\]|\\.)*)"', 1), '\\')], '\'))sql";

}  // namespace

Status make_views(Connection& connection, const Archive& archive, std::span<const SqlCall> calls, std::int64_t now_ms) {
  TRY_OK(connection.run(kLabel));
  auto now = fmt::format("epoch_ms({}::BIGINT)", now_ms);
  TRY_OK(connection.run(fmt::format("CREATE TEMP MACRO now_ms() AS {}::BIGINT", now_ms)));
  TRY_OK(connection.run(fmt::format("CREATE TEMP MACRO ago(interval_) AS {} - interval_", now)));
  // CURRENT_TIMESTAMP and its relatives become calls of these.
  for (const auto* name : {"now", "get_current_timestamp", "current_localtimestamp"})
    TRY_OK(connection.run(fmt::format("CREATE TEMP MACRO {}() AS {}", name, now)));
  for (const auto* name : {"today", "current_date"})
    TRY_OK(connection.run(fmt::format("CREATE TEMP MACRO {}() AS {}::DATE", name, now)));
  for (const auto* name : {"current_localtime", "get_current_time"})
    TRY_OK(connection.run(fmt::format("CREATE TEMP MACRO {}() AS {}::TIME", name, now)));
  std::set<std::string> tables;
  for (const auto& call : calls) tables.insert(call.table);
  for (const auto& table : tables)
    TRY_OK(connection.run(table == "series"
                              ? fmt::format("CREATE TEMP MACRO series() AS TABLE SELECT monitor, \"set\", "
                                            "field, labels FROM ({})",
                                            series_view())
                              : timed_macro(archive, table, calls, now_ms)));
  return {};
}

}  // namespace holter::history::child
