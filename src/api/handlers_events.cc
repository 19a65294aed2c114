#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "api/events.h"
#include "api/handlers.h"
#include "api/json.h"
#include "base/units.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostEvents = 1000;
/// What an event costs while it is copied out of the backend: two short words and a sentence.
constexpr std::size_t kEventBytes = 512;
/// Ids stay exact as JavaScript numbers.
constexpr std::uint64_t kMostId = (std::uint64_t{1} << 53) - 1;

Response stream(const Context& context, std::uint64_t after) {
  auto live = context.events->open(after, EventReader(*context.who));
  if (!live) return problem_response(to_problem(live.error()), *context.bodies);
  Response response(*context.bodies);
  response.content_type = "text/event-stream";
  response.live = std::move(*live);
  return response;
}

/// Last-Event-ID, which a browser sends when it takes a stream up again, wins over the parameter of the first request.
std::uint64_t begin_of(ParamReader& params, const Request& request) {
  auto after = params.number("after", 0, 0, kMostId);
  if (request.last_event_id.empty()) return after;
  const auto* first = request.last_event_id.data();
  const auto* last = first + request.last_event_id.size();
  std::uint64_t id = 0;
  auto [end, failure] = std::from_chars(first, last, id);
  if (failure != std::errc{} || end != last || id > kMostId)
    params.fail("Last-Event-ID", fmt::format("cannot go on after the event '{}': write a whole number from 0 to {}",
                                             excerpt(request.last_event_id), kMostId));
  return id;
}

}  // namespace

awaitable<Response> get_events(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto after = begin_of(params, *request);
  auto limit = params.number("limit", 100, 1, kMostEvents);
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);
  if (request->wants_events) co_return stream(context, after);

  auto memory = context.bodies->reserve(limit * kEventBytes);
  if (!memory) co_return problem_response(to_problem(memory.error()), *context.bodies);
  auto from = first_unseen(*context.backend, after);
  auto events = context.backend->events(from, limit);
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("restarted", from != after);
  json.member("last", events.empty() ? from : events.back().id);
  json.key("events");
  json.begin_array();
  EventReader reader(*context.who);
  for (const auto& event : events)
    if (reader.sees(event)) write_event(json, event);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_event_stream(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto after = begin_of(params, *request);
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);
  co_return stream(context, after);
}

}  // namespace holter::api
