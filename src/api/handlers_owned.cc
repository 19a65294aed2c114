#include <fmt/format.h>

#include "api/content.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/if_match.h"
#include "api/monitor_json.h"
#include "api/once.h"
#include "api/owned_monitors.h"

// Monitors that users make and change.
namespace holter::api {
namespace {

using boost::asio::awaitable;

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
