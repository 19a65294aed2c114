#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostRows = 1000;
constexpr std::uint64_t kMostOffset = 10'000'000;
/// What a row costs while it is copied out of the backend. Its JSON is 320 bytes with two labels.
constexpr std::size_t kRowBytes = 512;

constexpr Choice<Sort> kSorts[] = {{"name", Sort::kName},
                                   {"state", Sort::kState},
                                   {"since", Sort::kSince},
                                   {"last_check", Sort::kLastCheck},
                                   {"duration", Sort::kDuration}};
constexpr Choice<bool> kOrders[] = {{"asc", false}, {"desc", true}};
constexpr Choice<model::State> kStates[] = {{"UP", model::State::kUp},
                                            {"DOWN", model::State::kDown},
                                            {"UNKNOWN", model::State::kUnknown},
                                            {"STALE", model::State::kStale},
                                            {"PAUSED", model::State::kPaused}};

void write_duration(JsonWriter& json, std::int64_t us, bool known) {
  json.key("duration_ms");
  if (known)
    json.value(static_cast<double>(us) / 1000);
  else
    json.null();
}

void write_row_members(JsonWriter& json, const MonitorRow& row) {
  bool checked = row.last_check_ms != 0;
  json.key("id");
  json.id(row.id.value);
  json.member("name", row.name);
  json.member("app", row.app);
  json.key("labels");
  json.begin_object();
  for (const auto& [key, value] : *row.labels) json.member(key, value);
  json.end_object();
  json.member("criticality", model::to_string(row.criticality));
  json.member("state", model::to_string(row.state));
  json.key("paused_by");
  if (row.state != model::State::kPaused)
    json.null();
  else
    json.value(row.paused_for_memory ? "memory" : "user");
  json.time_member("since", row.since_ms);
  json.time_member("last_check", row.last_check_ms);
  json.time_member("next_check", row.next_check_ms);
  json.member("interval_ms", row.interval_ms);
  write_duration(json, row.duration_us, checked);
  json.key("code");
  if (checked)
    json.value(model::to_string(row.code));
  else
    json.null();
  json.member("message", row.message);
}

void write_cell(JsonWriter& json, const Cell& cell) {
  json.begin_object();
  json.member("field", cell.field);
  json.member("unit", cell.unit);
  json.member("type", cell.is_number ? "number" : "text");
  json.key("value");
  if (cell.is_number)
    json.value(cell.number);
  else
    json.value(cell.text);
  json.member("series", cell.series);
  json.end_object();
}

void write_set(JsonWriter& json, const SetResult& set) {
  json.begin_object();
  json.member("set", set.set);
  json.member("priority", set.priority);
  json.time_member("time", set.time_ms);
  write_duration(json, set.duration_us, set.time_ms != 0);
  json.key("code");
  if (set.time_ms != 0)
    json.value(model::to_string(set.code));
  else
    json.null();
  json.member("message", set.message);
  json.key("rows");
  json.begin_array();
  for (const auto& row : set.rows) {
    json.begin_object();
    json.member("labels", row.labels);
    json.key("cells");
    json.begin_array();
    for (const auto& cell : row.cells) write_cell(json, cell);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

Response no_monitor(const Context& context, const Request& request) {
  return problem_response({404, fmt::format("cannot find the monitor {}", request.id), "id", 0}, *context.bodies);
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
  query.labels = params.pairs("label");
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);

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
  auto detail = context.backend->monitor(*parse_id(request->id));
  if (!detail) co_return no_monitor(context, *request);
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  write_row_members(json, detail->row);
  json.key("params");
  json.begin_object();
  for (const auto& [field, value] : detail->params) json.member(field, value);
  json.end_object();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_results(Context context, const Request* request) {
  auto id = *parse_id(request->id);
  auto results = context.backend->results(id);
  if (!results) co_return no_monitor(context, *request);
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
