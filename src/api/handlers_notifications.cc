#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/alert_json.h"
#include "api/decimal_id.h"
#include "api/handlers.h"
#include "api/once.h"
#include "base/units.h"

// Notifications on their way and those that went out; alerts of other products that come in.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostRows = 1000;
/// What a row costs while it is copied out of the backend; longer ones are paid for as soon as they are there.
constexpr std::size_t kRowBytes = 1024;

constexpr Choice<std::string_view> kStates[] = {
    {"queued", "queued"}, {"delivered", "delivered"}, {"dead", "dead"}, {"digested", "digested"}};
constexpr std::size_t kLongestMapping = 2048;

awaitable<Response> resend(Context context, const Request* request) {
  auto id = decimal_id(request->id, "a notification");
  if (!id) co_return refuse(context, id.error());
  auto row = co_await context.backend->alerting().resend(*id, context.caller());
  co_return row ? notification_response(context, *row) : refuse(context, row.error());
}

/// The body is copied for the backend, and may be long.
awaitable<Answered<IntakeReport>> take(Context context, std::string source, std::string_view body,
                                       std::string mapping) {
  auto copy_memory = context.bodies->reserve(body.size());
  if (!copy_memory) co_return to_problem(copy_memory.error());
  co_return co_await context.backend->alerting().take(std::move(source), std::string(body), std::move(mapping),
                                                      context.caller());
}

/// For whoever looks at the status alone.
Problem refused_by(const IntakeReport& report, unsigned status) {
  return {status,
          fmt::format("cannot take {} of {} alerts: {}", report.refused, report.taken + report.refused,
                      fmt::join(report.reasons, "; ")),
          "", 0};
}

awaitable<Response> report(Context context, std::string source, const Request* request, std::string mapping) {
  auto report = co_await take(context, std::move(source), request->body, std::move(mapping));
  if (!report) co_return refuse(context, report.error());
  if (report->taken == 0 && report->refused != 0) co_return refuse(context, refused_by(*report, 422));
  co_return intake_response(context, *report);
}

}  // namespace

awaitable<Response> get_notifications(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  NotificationQuery query;
  query.state = params.choice<std::string_view>("state", kStates).value_or("");
  query.receiver = params.text("receiver");
  query.before = params.number("before", 0, 0, kMostDecimalId);
  query.limit = params.number("limit", 100, 1, kMostRows);
  if (params.failed()) co_return refuse(context, params.problem());
  auto rows_memory = context.bodies->reserve(query.limit * kRowBytes);
  if (!rows_memory) co_return refuse(context, to_problem(rows_memory.error()));
  auto page = co_await context.backend->alerting().notifications(std::move(query), context.caller());
  if (!page) co_return refuse(context, page.error());
  if (!rows_memory->resize(bytes_of(*page))) co_return refuse(context, rows_too_long());
  co_return notifications_response(context, *page);
}

awaitable<Response> get_notification(Context context, const Request* request) {
  auto id = decimal_id(request->id, "a notification");
  if (!id) co_return refuse(context, id.error());
  auto detail = co_await context.backend->alerting().notification(*id, context.caller());
  co_return detail ? notification_response(context, *detail) : refuse(context, detail.error());
}

awaitable<Response> post_resend(Context context, const Request* request) {
  co_return co_await once(context, request, [&] { return resend(context, request); });
}

awaitable<Response> post_alertmanager_alerts(Context context, const Request* request) {
  auto report = co_await take(context, "alertmanager", request->body, "");
  if (!report) co_return refuse(context, report.error());
  // As Alertmanager does: what is right has been taken, and the sender's log says what was not.
  if (report->refused != 0) co_return refuse(context, refused_by(*report, 400));
  Response response(*context.bodies);
  response.content_type = "text/plain; charset=utf-8";
  co_return response;
}

awaitable<Response> post_alert_report(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto mapping = params.text("mapping", kLongestMapping);
  if (params.failed()) co_return refuse(context, params.problem());
  co_return co_await report(context, "default", request, std::move(mapping));
}

awaitable<Response> post_alert_report_of(Context context, const Request* request) {
  if (request->id.size() > 200)
    co_return refuse(context,
                     {404, fmt::format("cannot take alerts of '{}': no such source", excerpt(request->id)), "name", 0});
  co_return co_await report(context, request->id, request, "");
}

}  // namespace holter::api
