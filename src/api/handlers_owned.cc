#include <fmt/format.h>

#include "api/content.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/if_match.h"
#include "api/monitor_json.h"
#include "api/owned_monitors.h"
#include "base/hash.h"
#include "base/units.h"

// Monitors that users make and change.
namespace holter::api {
namespace {

using boost::asio::awaitable;

Response refuse(const Context& context, const Problem& problem) {
  return problem_response(problem, *context.bodies);
}

Response changed(const Context& context, const Answered<MonitorDetail>& detail, unsigned status = 200) {
  return detail ? monitor_response(context, *detail, status) : refuse(context, detail.error());
}

/// A new monitor's answer: where it is.
Response created(const Context& context, const Answered<MonitorDetail>& detail) {
  auto response = changed(context, detail, 201);
  if (detail && response.status == 201)
    response.headers.emplace_back("Location", fmt::format("/api/v1/monitors/{:016x}", detail->row.id.value));
  return response;
}

Response copy_of(const Context& context, const Replies::Reply& reply) {
  Response response(*context.bodies);
  response.status = reply.status;
  response.body.append(reply.body);
  response.headers = reply.headers;
  return finished(std::move(response), *context.bodies);
}

/// Runs `work` once for each Idempotency-Key; whoever asks again has the first answer again.
template <class Work>
awaitable<Response> once(Context context, const Request* request, Work work) {
  auto key = request->idempotency_key;
  if (key.empty()) co_return co_await work();
  if (key.size() > Replies::kLongestKey)
    co_return refuse(context, {400,
                               fmt::format("cannot use an Idempotency-Key of {} bytes: at most {} are allowed",
                                           key.size(), Replies::kLongestKey),
                               "Idempotency-Key", 0});
  auto& replies = context.backend->owned().replies();
  auto begun = replies.begin(key, stable_hash(context.route->pattern, request->id, request->body));
  switch (begun.found) {
    case Replies::Found::kAnswered:
      co_return copy_of(context, *begun.reply);
    case Replies::Found::kRuns:
      co_return refuse(
          context, {409, "cannot answer yet: the first request of this Idempotency-Key runs", "Idempotency-Key", 1});
    case Replies::Found::kOther:
      co_return refuse(context,
                       {422, "cannot use the Idempotency-Key: it stands for another request", "Idempotency-Key", 0});
    case Replies::Found::kFull:
      co_return refuse(context, {503, "cannot note the Idempotency-Key: no memory is left for it", "", 5});
    case Replies::Found::kNew:
      break;
  }
  Replying replying(replies, key);
  auto response = co_await work();
  if (response.status < 300) replying.finish({response.status, response.headers, std::string(response.body.text())});
  co_return response;
}

awaitable<Response> set_paused(Context context, const Request* request, bool paused) {
  auto version = version_of(*request, false, "a monitor");
  if (!version) co_return refuse(context, version.error());
  auto content = Content::parse(request->body, {}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  co_return changed(context, co_await context.backend->owned().set_paused(*parse_id(request->id), *version, paused,
                                                                          context.caller()));
}

/// A PUT or a PATCH.
template <class Change>
awaitable<Response> change_monitor(Context context, const Request* request, Change change) {
  auto version = version_of(*request, true, "a monitor");
  if (!version) co_return refuse(context, version.error());
  auto fields = parse_fields(request->body, *context.bodies);
  if (!fields) co_return refuse(context, to_problem(fields.error()));
  co_return changed(context, co_await change(*parse_id(request->id), *version, std::move(fields->tree)));
}

awaitable<Response> create(Context context, const Request* request) {
  auto fields = parse_fields(request->body, *context.bodies);
  if (!fields) co_return refuse(context, to_problem(fields.error()));
  co_return created(context, co_await context.backend->owned().create(std::move(fields->tree), context.caller()));
}

awaitable<Response> clone(Context context, const Request* request) {
  auto fields = parse_fields(request->body, *context.bodies);
  if (!fields) co_return refuse(context, to_problem(fields.error()));
  co_return created(context, co_await context.backend->owned().clone(*parse_id(request->id), std::move(fields->tree),
                                                                     context.caller()));
}

}  // namespace

awaitable<Response> post_monitor(Context context, const Request* request) {
  co_return co_await once(context, request, [&] { return create(context, request); });
}

awaitable<Response> put_monitor(Context context, const Request* request) {
  auto& owned = context.backend->owned();
  co_return co_await change_monitor(context, request, [&](MonitorId id, OwnedMonitors::Version version, auto fields) {
    return owned.replace(id, version, std::move(fields), context.caller());
  });
}

awaitable<Response> patch_monitor(Context context, const Request* request) {
  auto& owned = context.backend->owned();
  co_return co_await change_monitor(context, request, [&](MonitorId id, OwnedMonitors::Version version, auto fields) {
    return owned.patch(id, version, std::move(fields), context.caller());
  });
}

awaitable<Response> delete_monitor(Context context, const Request* request) {
  auto version = version_of(*request, false, "a monitor");
  if (!version) co_return refuse(context, version.error());
  auto id = *parse_id(request->id);
  auto removed = co_await context.backend->owned().remove(id, *version, context.caller());
  if (!removed) co_return refuse(context, removed.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("deleted");
  json.id(id.value);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_clone(Context context, const Request* request) {
  co_return co_await once(context, request, [&] { return clone(context, request); });
}

awaitable<Response> post_pause(Context context, const Request* request) {
  return set_paused(context, request, true);
}

awaitable<Response> post_resume(Context context, const Request* request) {
  return set_paused(context, request, false);
}

awaitable<Response> post_monitor_test(Context context, const Request* request) {
  auto fields = parse_fields(request->body, *context.bodies);
  if (!fields) co_return refuse(context, to_problem(fields.error()));
  auto report = co_await context.backend->owned().test(std::move(fields->tree), context.caller());
  if (!report) co_return refuse(context, report.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("state", model::to_string(report->state));
  json.member("cut", report->cut);
  json.key("results");
  json.begin_array();
  for (const auto& set : report->sets) write_set(json, set);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_monitor_check(Context context, const Request* request) {
  auto fields = parse_fields(request->body, *context.bodies);
  if (!fields) co_return refuse(context, to_problem(fields.error()));
  const auto* named = fields->tree.find("app");
  auto app = named != nullptr ? named->text : std::string();
  auto answer = co_await context.backend->owned().check(std::move(fields->tree), context.caller());
  if (!answer) co_return refuse(context, answer.error());
  co_return admission_response(context, app, 1, *answer);
}

}  // namespace holter::api
