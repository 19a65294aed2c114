#include <algorithm>

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json.h"
#include "api/table.h"
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

/// What the table holds beside the series.
std::size_t table_bytes(const std::vector<HistorySeries>& all) {
  std::size_t bytes = 0;
  for (const auto& series : all) {
    auto texts = 5 * sizeof(std::string) + series.set.size() + series.field.size() + series.labels.size() + 64;
    bytes += series.points.size() * (sizeof(HistoryPoint) + texts);
  }
  return bytes;
}

/// A row for each point.
model::Table table_of(const std::vector<HistorySeries>& all) {
  model::Table::Times times;
  std::vector<double> least, most, average;
  std::vector<std::uint64_t> counts;
  std::vector<std::string> ids, sets, fields, units, labels;
  for (const auto& series : all)
    for (const auto& point : series.points) {
      times.ms.push_back(point.start_ms);
      least.push_back(point.min);
      most.push_back(point.max);
      average.push_back(point.avg);
      counts.push_back(point.count);
      ids.push_back(series.series);
      sets.push_back(series.set);
      fields.push_back(series.field);
      units.push_back(series.unit);
      labels.push_back(series.labels);
    }
  model::Table table;
  table.columns.push_back({"time", std::move(times)});
  table.columns.push_back({"series", std::move(ids)});
  table.columns.push_back({"set", std::move(sets)});
  table.columns.push_back({"field", std::move(fields)});
  table.columns.push_back({"unit", std::move(units)});
  table.columns.push_back({"labels", std::move(labels)});
  table.columns.push_back({"min", std::move(least)});
  table.columns.push_back({"max", std::move(most)});
  table.columns.push_back({"avg", std::move(average)});
  table.columns.push_back({"count", std::move(counts)});
  return table;
}

}  // namespace

awaitable<Response> get_history(Context context, const Request* request) {
  auto id = *parse_id(request->id);
  ParamReader params(request->target, context.route->params);
  auto query = read_query(params, id, epoch_ms(context.clock->wall()));
  auto format = format_of(params, request->accept);
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);
  if (!context.backend->monitor(id))
    co_return problem_response({404, fmt::format("cannot find the monitor {}", request->id), "id", 0}, *context.bodies);

  auto series = co_await runtime::with_deadline(context.deadline, context.backend->history(query, context.deadline),
                                                fmt::format("read the history of monitor {}", request->id));
  if (!series) co_return problem_response(to_problem(series.error()), *context.bodies);
  if (format != Format::kJson) {
    auto held = context.bodies->reserve(table_bytes(*series));
    if (!held) co_return problem_response(to_problem(held.error()), *context.bodies);
    co_return table_response(context, table_of(*series), format, "history-" + request->id);
  }
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
