#include <algorithm>

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json.h"
#include "runtime/deadline.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::int64_t kDefaultRangeMs = 3'600'000;
constexpr std::int64_t kDefaultPoints = 300;
constexpr std::int64_t kMostPoints = 5'000;

/// A step of whole seconds that cuts the range into about kDefaultPoints.
std::int64_t default_step(std::int64_t range_ms) {
  auto step_s = (range_ms + kDefaultPoints * 1000 - 1) / (kDefaultPoints * 1000);
  return std::max<std::int64_t>(step_s, 1) * 1000;
}

/// The query, or the reader holds the problem.
HistoryQuery read_query(ParamReader& params, MonitorId monitor, std::int64_t now_ms) {
  HistoryQuery query;
  query.monitor = monitor;
  query.set = params.text("set");
  query.field = params.text("field");
  query.to_ms = params.time("to", now_ms, now_ms);
  query.from_ms = params.time("from", std::max<std::int64_t>(query.to_ms - kDefaultRangeMs, 0), now_ms);
  auto range = query.to_ms - query.from_ms;
  if (range <= 0) params.fail("from", "cannot read a range that ends before it begins: 'from' must be before 'to'");
  query.step_ms = params.duration("step", default_step(std::max<std::int64_t>(range, 1)));
  if (query.step_ms > 0 && range / query.step_ms > kMostPoints)
    params.fail("step",
                fmt::format("cannot answer with {} points per series: the limit is {}; use a step of {}s or more",
                            range / query.step_ms, kMostPoints, range / kMostPoints / 1000 + 1));
  return query;
}

void write_point(JsonWriter& json, const HistoryPoint& point) {
  json.begin_object();
  json.time_member("time", point.start_ms);
  json.member("min", point.min);
  json.member("max", point.max);
  json.member("avg", point.avg);
  json.member("count", point.count);
  json.end_object();
}

void write_series(JsonWriter& json, const HistorySeries& series) {
  json.begin_object();
  json.member("series", series.series);
  json.member("set", series.set);
  json.member("field", series.field);
  json.member("unit", series.unit);
  json.member("labels", series.labels);
  json.key("points");
  json.begin_array();
  for (const auto& point : series.points) write_point(json, point);
  json.end_array();
  json.end_object();
}

}  // namespace

awaitable<Response> get_history(Context context, const Request* request) {
  auto id = *parse_id(request->id);
  ParamReader params(request->target, context.route->params);
  auto query = read_query(params, id, epoch_ms(context.clock->wall()));
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);
  if (!context.backend->monitor(id))
    co_return problem_response({404, fmt::format("cannot find the monitor {}", request->id), "id", 0}, *context.bodies);

  auto series = co_await runtime::with_deadline(context.deadline, context.backend->history(query, context.deadline),
                                                fmt::format("read the history of monitor {}", request->id));
  if (!series) co_return problem_response(to_problem(series.error()), *context.bodies);
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("monitor");
  json.id(id.value);
  json.time_member("from", query.from_ms);
  json.time_member("to", query.to_ms);
  json.member("step_ms", query.step_ms);
  json.key("series");
  json.begin_array();
  for (const auto& one : *series) write_series(json, one);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
