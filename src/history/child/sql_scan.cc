#include "history/child/sql_scan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::history::child {
namespace {

// The tree that the engine's own parser makes of the text, as JSON, which only exists for SELECT; of it, what has a
// name.
// `$..key` finds a key at any depth, so that no kind of node can hide one. A call in FROM is the only thing with the
// key `function`, and its name is among the functions, too.
constexpr std::string_view kScanBegin = "WITH parsed AS MATERIALIZED (SELECT json_serialize_sql(";
constexpr std::string_view kScanEnd = R"() AS ast),
calls AS (SELECT unnest(json_extract(ast, '$..function')) AS f FROM parsed)
SELECT 'error' AS kind, ast->>'error_message' AS name, ast->>'position' AS first, NULL AS second,
  ((ast->>'error_type') = 'parser')::BIGINT AS number FROM parsed WHERE (ast->>'error') = 'true'
UNION ALL SELECT 'statements', '', NULL, NULL, coalesce(json_array_length(ast, '$.statements'), 0)::BIGINT FROM parsed
UNION ALL SELECT 'function', unnest(json_extract_string(ast, '$..function_name')), NULL, NULL, 0 FROM parsed
UNION ALL SELECT 'table', unnest(json_extract_string(ast, '$..table_name')), NULL, NULL, 0 FROM parsed
UNION ALL SELECT 'schema', unnest(json_extract_string(ast, '$..schema_name')), NULL, NULL, 0 FROM parsed
UNION ALL SELECT 'schema', unnest(json_extract_string(ast, '$..catalog_name')), NULL, NULL, 0 FROM parsed
UNION ALL SELECT 'with', unnest(json_extract_string(ast, '$..cte_map.map[*].key')), NULL, NULL, 0 FROM parsed
UNION ALL SELECT 'type', unnest(list_distinct(json_extract_string(ast, '$..type'))), NULL, NULL, 0 FROM parsed
UNION ALL SELECT 'call', f->>'function_name',
  CASE WHEN (f->>'$.children[0].value.type.id') = 'VARCHAR' AND (f->>'$.children[0].alias') = ''
       THEN f->>'$.children[0].value.value' END,
  CASE WHEN (f->>'$.children[1].value.type.id') = 'VARCHAR' AND (f->>'$.children[1].alias') = ''
       THEN f->>'$.children[1].value.value' END,
  json_array_length(f, '$.children')::BIGINT FROM calls)";

constexpr std::string_view kTimed[] = {"samples", "texts", "rounds"};
constexpr std::string_view kSeries = "series";
constexpr std::string_view kCounting[] = {"range", "generate_series"};
constexpr std::string_view kStored[] = {"samples", "texts", "rounds", "series", "files", "format"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

struct Found {
  std::string kind, name;
  std::optional<std::string> first, second;
  std::int64_t number = 0;
};

Error refused(std::string why) {
  return {ErrorCode::kInvalidArgument, std::move(why)};
}

Result<std::vector<Found>> find(Connection& connection, const std::string& text) {
  TRY(auto rows, connection.query(fmt::format("{}{}{}", kScanBegin, sql_text(text), kScanEnd)));
  std::vector<Found> found;
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    auto maybe = [&](idx_t column, std::size_t row) {
      return Rows::is_null(chunk, column, row) ? std::nullopt : std::optional(Rows::text(chunk, column, row));
    };
    for (std::size_t i = 0; i < count; ++i)
      found.push_back({Rows::text(chunk, 0, i), maybe(1, i).value_or(""), maybe(2, i), maybe(3, i),
                       Rows::is_null(chunk, 4, i) ? 0 : Rows::column<std::int64_t>(chunk, 4)[i]});
  });
  return found;
}

/// "line 2, column 7", of a byte.
std::string place(std::string_view text, std::size_t byte) {
  auto before = text.substr(0, byte);
  auto begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", std::ranges::count(before, '\n') + 1, before.size() - begin + 1);
}

Error grammar(const std::string& text, const Found& error) {
  if (error.number == 0)
    return refused(fmt::format("cannot run the query: only one SELECT is allowed ({})", excerpt(error.name, 200)));
  auto where = error.first ? " at " + place(text, std::strtoull(error.first->c_str(), nullptr, 10)) : "";
  return refused(fmt::format("cannot read the query: {}{}", excerpt(error.name, 400), where));
}

/// Only such names are safe to be looked up outside of their WITH: a name with a dot or a slash might be a file's.
bool plain(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); }) &&
         letter(name[0]);
}

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Names that a WITH gives. They must not be those of tables that are there without it, since the name may stand where
/// the WITH does not reach.
Result<std::set<std::string>> with_names(const std::vector<Found>& found) {
  std::set<std::string> names;
  for (const auto& with : found) {
    if (with.kind != "with") continue;
    auto name = lower(with.name);
    bool taken = is_one_of(kStored, name) || name.starts_with("duckdb_") || name.starts_with("pg_") ||
                 name.starts_with("pragma_") || name.starts_with("sqlite_");
    if (taken || !plain(name))
      return refused(fmt::format("cannot use the name {} for a WITH: choose another one{}", excerpt(with.name),
                                 taken ? "" : ", of letters, digits and _"));
    names.insert(std::move(name));
  }
  return names;
}

Status check_tables(const std::vector<Found>& found) {
  for (const auto& type : found)
    if (type.kind == "type" && type.name == "SHOW_REF")
      return refused("cannot run the query: SHOW, DESCRIBE and SUMMARIZE are not allowed");
  TRY(auto names, with_names(found));
  for (const auto& table : found) {
    if (table.kind == "schema" && !table.name.empty())
      return refused(
          fmt::format("cannot read a table of {}: there are samples('1h'), texts('1h'), rounds('1h') and "
                      "series()",
                      excerpt(table.name)));
    if (table.kind != "table" || names.contains(lower(table.name))) continue;
    if (is_one_of(kTimed, lower(table.name)))
      return refused(fmt::format("cannot read {0} without a time: write {0}('1h') for the last hour", table.name));
    return refused(
        fmt::format("cannot read the table {}: there are samples('1h'), texts('1h'), rounds('1h') and "
                    "series()",
                    excerpt(table.name)));
  }
  return {};
}

Result<SqlCall> timed_call(const Found& call) {
  bool good = call.first && (call.number == 1 || (call.number == 2 && call.second));
  if (!good)
    return refused(
        fmt::format("cannot read {0}: write {0}('10m') for the last ten minutes, or {0}('10m', '1d') for "
                    "those a day ago",
                    call.name));
  SqlCall out{call.name, *call.first, call.second.value_or("0s"), {}, {}};
  for (auto [text, time] : {std::pair(&out.span, &out.span_time), std::pair(&out.ago, &out.ago_time)}) {
    auto parsed = parse_duration(*text);
    if (!parsed) return std::move(parsed).error().with_context(fmt::format("cannot read {}", call.name));
    *time = *parsed;
  }
  return out;
}

Result<std::vector<SqlCall>> table_calls(const std::vector<Found>& found) {
  std::vector<SqlCall> calls;
  for (const auto& call : found) {
    if (call.kind != "call") continue;
    if (is_one_of(kTimed, call.name)) {
      TRY(auto timed, timed_call(call));
      calls.push_back(std::move(timed));
    } else if (call.name == kSeries) {
      if (call.number != 0) return refused("cannot read series: write series()");
      calls.push_back({call.name, "", "", {}, {}});
    } else if (!is_one_of(kCounting, call.name)) {
      return refused(
          fmt::format("cannot read from {}(): there are samples('1h'), texts('1h'), rounds('1h'), series(), "
                      "range() and generate_series()",
                      excerpt(call.name)));
    }
  }
  return calls;
}

/// An operator has no letter in its name.
bool is_operator(std::string_view name) {
  return std::ranges::none_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c >= 0x80; });
}

/// Each call in FROM is among the functions, too; what is left of those must be allowed anywhere.
Status check_functions(const std::vector<Found>& found) {
  std::map<std::string, int> others;
  for (const auto& function : found) {
    if (function.kind == "call") --others[function.name];
    if (function.kind != "function" || is_operator(function.name)) continue;
    if (!std::ranges::binary_search(sql_functions(), std::string_view(function.name))) ++others[function.name];
  }
  for (const auto& [name, count] : others)
    if (count > 0)
      return refused(fmt::format("cannot use the function {}: docs/history-sql.md lists those that queries may use{}",
                                 excerpt(name), is_one_of(kTimed, name) ? "; it stands in FROM only" : ""));
  return {};
}

}  // namespace

Result<std::vector<SqlCall>> scan_sql(Connection& connection, const std::string& text) {
  TRY(auto found, find(connection, text));
  for (const auto& one : found)
    if (one.kind == "error") return grammar(text, one);
  for (const auto& one : found)
    if (one.kind == "statements" && one.number != 1)
      return refused(fmt::format("cannot run the query: it has {} statements, and one SELECT is allowed", one.number));
  TRY_OK(check_tables(found));
  TRY(auto calls, table_calls(found));
  TRY_OK(check_functions(found));
  return calls;
}

}  // namespace holter::history::child
