#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/monitor_json.h"
#include "api/owned_monitors.h"
#include "api/table.h"
#include "define/placement.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostRows = 1000;
constexpr std::uint64_t kMostOffset = 10'000'000;
/// What a row costs while it is copied out of the backend. Its JSON is 320 bytes with two labels.
constexpr std::size_t kRowBytes = 512;

constexpr Choice<Sort> kSorts[] = {
    {"name", Sort::kName},         {"state", Sort::kState}, {"since", Sort::kSince},  {"last_check", Sort::kLastCheck},
    {"duration", Sort::kDuration}, {"app", Sort::kApp},     {"folder", Sort::kFolder}};
constexpr Choice<bool> kOrders[] = {{"asc", false}, {"desc", true}};
constexpr Choice<model::State> kStates[] = {
    {"UP", model::State::kUp},       {"DOWN", model::State::kDown},     {"UNKNOWN", model::State::kUnknown},
    {"STALE", model::State::kStale}, {"PAUSED", model::State::kPaused}, {"UNREACHABLE", model::State::kUnreachable}};

constexpr std::size_t kMostCursor = 2048;

/// A cursor: sort and order, the key's bits, and in hexadecimal digits the name, before it where texts are compared
/// that text and a zero. To callers it has no meaning.
std::string cursor_of(const ListPosition& position, const ListQuery& query) {
  auto text = fmt::format("{}{}{:016x}", static_cast<int>(query.sort), query.descending ? 'd' : 'a',
                          std::bit_cast<std::uint64_t>(position.key));
  auto name = by_text(query.sort) ? position.text + '\0' + position.name : position.name;
  for (unsigned char c : name) text += fmt::format("{:02x}", c);
  return text;
}

/// Nothing where it is of no list, or of one in another order.
std::optional<ListPosition> position_of(std::string_view cursor, const ListQuery& query) {
  auto digits = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  };
  auto head = fmt::format("{}{}", static_cast<int>(query.sort), query.descending ? 'd' : 'a');
  if (!cursor.starts_with(head) || cursor.size() < 18 || cursor.size() % 2 != 0) return std::nullopt;
  auto bits = digits(cursor.substr(2, 16));
  if (!bits) return std::nullopt;
  ListPosition position{std::bit_cast<double>(*bits), ""};
  for (std::size_t i = 18; i < cursor.size(); i += 2) {
    auto byte = digits(cursor.substr(i, 2));
    if (!byte) return std::nullopt;
    position.name += static_cast<char>(*byte);
  }
  if (by_text(query.sort)) {
    auto zero = position.name.find('\0');
    if (zero == std::string::npos) return std::nullopt;
    position.text = position.name.substr(0, zero);
    position.name.erase(0, zero + 1);
  }
  return std::isnan(position.key) ? std::nullopt : std::optional(position);
}

/// What the table holds beside the results.
std::size_t table_bytes(const std::vector<SetResult>& sets) {
  constexpr std::size_t kRow = 6 * sizeof(std::string) + sizeof(std::int64_t) + sizeof(double);
  std::size_t bytes = 0;
  for (const auto& set : sets)
    for (const auto& row : set.rows)
      for (const auto& cell : row.cells)
        bytes += kRow + set.set.size() + row.labels.size() + cell.field.size() + cell.unit.size() + cell.text.size();
  return bytes;
}

/// A row for each value.
model::Table table_of(const std::vector<SetResult>& sets) {
  model::Table::Times times;
  std::vector<std::string> names, codes, labels, fields, units, texts;
  std::vector<double> numbers;
  for (const auto& set : sets)
    for (const auto& row : set.rows)
      for (const auto& cell : row.cells) {
        times.ms.push_back(set.time_ms);
        names.push_back(set.set);
        codes.emplace_back(model::to_string(set.code));
        labels.push_back(row.labels);
        fields.push_back(cell.field);
        units.push_back(cell.unit);
        numbers.push_back(cell.is_number ? cell.number : std::numeric_limits<double>::quiet_NaN());
        texts.push_back(cell.text);
      }
  model::Table table;
  table.columns.push_back({"time", std::move(times)});
  table.columns.push_back({"set", std::move(names)});
  table.columns.push_back({"code", std::move(codes)});
  table.columns.push_back({"labels", std::move(labels)});
  table.columns.push_back({"field", std::move(fields)});
  table.columns.push_back({"unit", std::move(units)});
  table.columns.push_back({"number", std::move(numbers)});
  table.columns.push_back({"text", std::move(texts)});
  return table;
}

}  // namespace

awaitable<Response> get_monitors(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  ListQuery query;
  query.offset = params.number("offset", 0, 0, kMostOffset);
  query.limit = params.number("limit", 50, 1, kMostRows);
  query.sort = params.choice<Sort>("sort", kSorts).value_or(Sort::kName);
  query.descending = params.choice<bool>("order", kOrders).value_or(false);
  query.text = params.text("text");
  query.state = params.choice<model::State>("state", kStates);
  query.app = params.text("app");
  query.folder = params.text("folder", define::kLongestFolder);
  query.labels = params.pairs("label");
  auto cursor = params.text("cursor", kMostCursor);
  if (!cursor.empty()) {
    query.after = position_of(cursor, query);
    if (!query.after)
      params.fail("cursor", "cannot use this cursor: send next_cursor of an answer to the same sort and order");
  }
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);

  query.who = context.who;
  auto rows_memory = context.bodies->reserve(query.limit * kRowBytes);
  if (!rows_memory) co_return problem_response(to_problem(rows_memory.error()), *context.bodies);
  auto page = context.backend->monitors(query);
  Response response(*context.bodies);
  response.body.reserve(page.rows.size() * kRowBytes);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("total", page.total);
  json.member("offset", query.offset);
  json.member("limit", query.limit);
  json.key("next_cursor");
  if (page.last)
    json.value(cursor_of(*page.last, query));
  else
    json.null();
  json.key("monitors");
  json.begin_array();
  for (const auto& row : page.rows) {
    json.begin_object();
    write_row_members(json, row);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_monitor(Context context, const Request* request) {
  auto id = *parse_id(request->id);
  auto detail = context.backend->monitor(id);
  if (detail && !may_see(context, detail->row)) co_return no_monitor(context, *request);
  if (detail && detail->row.in_file) co_return monitor_response(context, *detail);
  auto owned = co_await context.backend->owned().find(id, context.caller());
  if (!owned) co_return problem_response(owned.error(), *context.bodies);
  co_return monitor_response(context, *owned);
}

awaitable<Response> get_results(Context context, const Request* request) {
  auto id = *parse_id(request->id);
  ParamReader params(request->target, context.route->params);
  auto format = format_of(params, request->accept);
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);
  auto results = context.backend->results(id);
  if (!results || !may_see(context, id)) co_return no_monitor(context, *request);
  if (format != Format::kJson) {
    auto held = context.bodies->reserve(table_bytes(*results));
    if (!held) co_return refuse(context, to_problem(held.error()));
    co_return table_response(context, table_of(*results), format, "results-" + request->id);
  }
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("monitor");
  json.id(id.value);
  json.key("results");
  json.begin_array();
  for (const auto& set : *results) write_set(json, set);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
