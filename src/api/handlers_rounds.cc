#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json.h"
#include "api/monitor_json.h"
#include "base/units.h"
#include "runtime/deadline.h"

// How checks went over time: bars of many monitors, single rounds of one.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kLeastStep = 1000;
constexpr std::size_t kIdBytes = 17;  // 16 digits and a comma
/// What one of them takes while the answer is written; most have no message.
constexpr std::size_t kHeartbeatBytes = sizeof(Heartbeat) + 16, kRoundBytes = sizeof(Round) + 256;

/// Each once, in the order given. The reader holds the problem where one is no id.
std::vector<MonitorId> ids_of(ParamReader& params) {
  std::vector<MonitorId> ids;
  auto text = params.text("ids", HeartbeatsQuery::kMostMonitors * kIdBytes);
  for (std::string_view rest = text; !params.failed();) {
    auto comma = std::min(rest.find(','), rest.size());
    auto id = parse_id(rest.substr(0, comma));
    if (!id)
      params.fail("ids", fmt::format("cannot use '{}' as an id: 16 hexadecimal digits are needed, ids joined by commas",
                                     excerpt(rest.substr(0, comma))));
    else if (std::ranges::find(ids, *id) == ids.end())
      ids.push_back(*id);
    if (comma == rest.size()) break;
    rest.remove_prefix(comma + 1);
  }
  if (ids.size() > HeartbeatsQuery::kMostMonitors)
    params.fail("ids", fmt::format("cannot use {} ids: the limit is {}", ids.size(), HeartbeatsQuery::kMostMonitors));
  return ids;
}

/// "from" and "to", at most `otherwise_ms` apart where "from" is not given.
std::pair<std::int64_t, std::int64_t> range_of(ParamReader& params, std::int64_t otherwise_ms, std::int64_t now_ms) {
  auto to = params.time("to", now_ms, now_ms);
  auto from = params.time("from", std::max<std::int64_t>(to - otherwise_ms, 0), now_ms);
  if (from >= to) params.fail("from", "cannot read a range that ends before it begins: 'from' must be before 'to'");
  return {from, to};
}

void write_heartbeat(JsonWriter& json, const Heartbeat& beat) {
  json.begin_object();
  json.time_member("start", beat.start_ms);
  json.member("total", beat.total);
  json.member("failed", beat.failed);
  json.member("code", model::to_string(beat.code));
  json.member("avg_duration_ms", beat.avg_duration_ms);
  json.member("message", beat.message);
  json.end_object();
}

void write_round(JsonWriter& json, const Round& round) {
  json.begin_object();
  json.time_member("time", round.time_ms);
  json.member("set", round.set);
  json.member("duration_ms", static_cast<double>(round.duration_us) / 1000);
  json.member("code", model::to_string(round.code));
  json.member("message", round.message);
  json.end_object();
}

/// Where a list of rounds goes on: that many of this millisecond have been shown.
struct RoundPosition {
  std::int64_t time_ms = 0;
  std::size_t shown = 0;
};

std::string cursor_of(const RoundPosition& position) {
  return fmt::format("{}-{}", position.time_ms, position.shown);
}

std::optional<RoundPosition> position_of(std::string_view cursor) {
  RoundPosition position;
  const auto* end = cursor.data() + cursor.size();
  auto time = std::from_chars(cursor.data(), end, position.time_ms);
  if (time.ec != std::errc{} || position.time_ms < 0 || time.ptr == end || *time.ptr != '-') return std::nullopt;
  auto shown = std::from_chars(time.ptr + 1, end, position.shown);
  if (shown.ec != std::errc{} || shown.ptr != end || position.shown > RoundsQuery::kMostSkipped) return std::nullopt;
  return position;
}

/// The position behind the last of a page that began at `before`.
RoundPosition behind(const std::vector<Round>& rounds, const std::optional<RoundPosition>& before) {
  RoundPosition position{rounds.back().time_ms, 0};
  for (const auto& round : rounds) position.shown += round.time_ms == position.time_ms ? 1 : 0;
  if (before && before->time_ms == position.time_ms) position.shown += before->shown;
  return position;
}

}  // namespace

awaitable<Response> get_heartbeats(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  HeartbeatsQuery query;
  auto wanted = ids_of(params);
  std::tie(query.from_ms, query.to_ms) = range_of(params, kHour, epoch_ms(context.clock->wall()));
  auto buckets = static_cast<std::int64_t>(params.number("buckets", 60, 1, HeartbeatsQuery::kMostBuckets));
  if (params.failed()) co_return refuse(context, params.problem());
  query.step_ms = std::max((query.to_ms - query.from_ms + buckets - 1) / buckets, kLeastStep);
  // One that he may not see is as one that is not there.
  for (auto id : wanted)
    if (auto detail = context.backend->monitor(id); detail && may_see(context, detail->row))
      query.monitors.push_back(id);
  auto from = query.from_ms, to = query.to_ms, step = query.step_ms;
  auto held = context.bodies->reserve(query.monitors.size() * static_cast<std::size_t>(buckets) * kHeartbeatBytes);
  if (!held) co_return refuse(context, to_problem(held.error()));

  std::vector<MonitorHeartbeats> found;
  if (!query.monitors.empty()) {
    auto answer = co_await runtime::with_deadline(
        context.deadline, context.backend->heartbeats(std::move(query), context.deadline), "read heartbeats");
    if (!answer) co_return refuse(context, to_problem(answer.error()));
    found = std::move(*answer);
  }
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.time_member("from", from);
  json.time_member("to", to);
  json.member("step_ms", step);
  json.key("monitors");
  json.begin_array();
  for (const auto& of : found) {
    json.begin_object();
    json.key("id");
    json.id(of.monitor.value);
    json.key("buckets");
    json.begin_array();
    for (const auto& beat : of.buckets) write_heartbeat(json, beat);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_rounds(Context context, const Request* request) {
  auto id = *parse_id(request->id);
  ParamReader params(request->target, context.route->params);
  RoundsQuery query{.monitor = id};
  std::tie(query.from_ms, query.to_ms) = range_of(params, 24 * kHour, epoch_ms(context.clock->wall()));
  query.limit = params.number("limit", 100, 1, RoundsQuery::kMostRounds);
  auto from = query.from_ms, to = query.to_ms;
  std::optional<RoundPosition> after;
  if (auto cursor = params.text("cursor", 64); !cursor.empty()) {
    after = position_of(cursor);
    if (!after || after->time_ms < from || after->time_ms >= to)
      params.fail("cursor", "cannot use this cursor: send next_cursor of an answer for the same range");
    else
      query.to_ms = after->time_ms + 1, query.skip = after->shown;
  }
  if (params.failed()) co_return refuse(context, params.problem());
  if (auto detail = context.backend->monitor(id); !detail || !may_see(context, detail->row))
    co_return no_monitor(context, *request);
  auto held = context.bodies->reserve(query.limit * kRoundBytes);
  if (!held) co_return refuse(context, to_problem(held.error()));

  auto page = co_await runtime::with_deadline(context.deadline, context.backend->rounds(query, context.deadline),
                                              fmt::format("read the rounds of monitor {}", request->id));
  if (!page) co_return refuse(context, to_problem(page.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("monitor");
  json.id(id.value);
  json.time_member("from", from);
  json.time_member("to", to);
  json.key("next_cursor");
  auto next = page->more ? std::optional(behind(page->rounds, after)) : std::nullopt;
  if (next && next->shown <= RoundsQuery::kMostSkipped)
    json.value(cursor_of(*next));
  else
    json.null();
  json.key("rounds");
  json.begin_array();
  for (const auto& round : page->rounds) write_round(json, round);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
