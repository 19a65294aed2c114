#include <fmt/format.h>

#include "api/handlers.h"
#include "api/monitor_json.h"
#include "api/owned_monitors.h"
#include "define/placement.h"

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
constexpr Choice<model::State> kStates[] = {
    {"UP", model::State::kUp},       {"DOWN", model::State::kDown},     {"UNKNOWN", model::State::kUnknown},
    {"STALE", model::State::kStale}, {"PAUSED", model::State::kPaused}, {"UNREACHABLE", model::State::kUnreachable}};

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
  auto id = *parse_id(request->id);
  auto detail = context.backend->monitor(id);
  if (detail && detail->row.in_file) co_return monitor_response(context, *detail);
  auto owned = co_await context.backend->owned().find(id, context.deadline);
  if (!owned) co_return problem_response(owned.error(), *context.bodies);
  co_return monitor_response(context, *owned);
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
