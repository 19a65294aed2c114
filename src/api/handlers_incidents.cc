#include <algorithm>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include "api/alert_json.h"
#include "api/content_fields.h"
#include "api/decimal_id.h"
#include "api/handlers.h"
#include "api/once.h"
#include "base/check.h"
#include "base/units.h"

// Incidents: times that alerts fired, and what users do about them.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostRows = 1000;
/// What a row costs while it is copied out of the backend; longer ones are paid for as soon as they are there.
constexpr std::size_t kRowBytes = 2048;

constexpr Choice<bool> kOpen[] = {{"true", true}, {"false", false}};
constexpr Choice<model::Severity> kSeverities[] = {{"info", model::Severity::kInfo},
                                                   {"warning", model::Severity::kWarning},
                                                   {"critical", model::Severity::kCritical},
                                                   {"emergency", model::Severity::kEmergency}};

struct Verb {
  std::string_view segment;  ///< last of the path
  IncidentAction::Kind kind{};
};
constexpr Verb kVerbs[] = {
    {"acknowledge", IncidentAction::Kind::kAcknowledge}, {"assign", IncidentAction::Kind::kAssign},
    {"comment", IncidentAction::Kind::kComment},         {"snooze", IncidentAction::Kind::kSnooze},
    {"resolve", IncidentAction::Kind::kResolve},         {"link", IncidentAction::Kind::kLink}};

IncidentAction::Kind verb_of(const Context& context) {
  auto pattern = context.route->pattern;
  const auto* found = std::ranges::find(kVerbs, pattern.substr(pattern.rfind('/') + 1), &Verb::segment);
  CHECK(found != std::end(kVerbs));
  return found->kind;
}

/// When a snooze ends: a time to come, or null for now.
Answered<std::int64_t> until_of(const Context& context, const Content& content) {
  auto text = text_of(content, "until");
  if (!text) return std::move(text).error();
  if (!*text) return 0;
  auto now = epoch_ms(context.clock->wall());
  auto time = parse_time(**text, now);
  if (!time)
    return Problem{400, fmt::format("cannot snooze until '{}': write a time as 2026-11-24T10:00:00Z", excerpt(**text)),
                   "until", 0};
  if (*time <= now)
    return Problem{400, fmt::format("cannot snooze until '{}': that is over", excerpt(**text)), "until", 0};
  return *time;
}

/// What the content says, whose members and types the schema has checked.
Answered<IncidentAction> action_of(const Context& context, const Content& content) {
  IncidentAction action;
  action.kind = verb_of(context);
  auto text = text_of(content, action.kind == IncidentAction::Kind::kAssign ? "assignee" : "text");
  if (!text) return std::move(text).error();
  action.text = text->value_or("");
  if (action.kind == IncidentAction::Kind::kSnooze) {
    auto until = until_of(context, content);
    if (!until) return std::move(until).error();
    action.until_ms = *until;
  }
  if (action.kind == IncidentAction::Kind::kLink)
    if (const auto* other = content.find("incident"); other != nullptr && !other->is_null())
      action.other = other->to_number<std::uint64_t>();
  auto undo = bool_of(content, "undo");
  if (!undo) return std::move(undo).error();
  action.undo = undo->value_or(false);
  return action;
}

awaitable<Response> act(Context context, const Request* request) {
  auto id = decimal_id(request->id, "an incident");
  if (!id) co_return refuse(context, id.error());
  auto content = Content::parse(request->body, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto action = action_of(context, *content);
  if (!action) co_return refuse(context, action.error());
  if (action->kind == IncidentAction::Kind::kLink && action->other == *id)
    co_return refuse(context, {400, "cannot link an incident to itself", "incident", 0});
  auto row = co_await context.backend->alerting().act(*id, std::move(*action), context.caller());
  co_return row ? incident_response(context, *row) : refuse(context, row.error());
}

MonitorId monitor_of(ParamReader& params) {
  auto text = params.text("monitor");
  if (text.empty()) return {};
  if (auto id = parse_id(text)) return *id;
  params.fail("monitor", fmt::format("cannot use monitor='{}': write 16 hex digits", excerpt(text)));
  return {};
}

}  // namespace

awaitable<Response> get_incidents(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto now = epoch_ms(context.clock->wall());
  IncidentQuery query;
  query.open = params.choice<bool>("open", kOpen);
  query.severity = params.choice<model::Severity>("severity", kSeverities);
  query.monitor = monitor_of(params);
  query.text = params.text("text");
  query.from_ms = params.time("from", 0, now);
  query.to_ms = params.time("to", 0, now);
  query.before = params.number("before", 0, 0, kMostDecimalId);
  query.limit = params.number("limit", 100, 1, kMostRows);
  if (!params.failed() && query.to_ms != 0 && query.from_ms >= query.to_ms)
    params.fail("from", "cannot look at no time at all: from must lie before to");
  if (params.failed()) co_return refuse(context, params.problem());
  auto rows_memory = context.bodies->reserve(query.limit * kRowBytes);
  if (!rows_memory) co_return refuse(context, to_problem(rows_memory.error()));
  auto page = co_await context.backend->alerting().incidents(std::move(query), context.caller());
  if (!page) co_return refuse(context, page.error());
  if (!rows_memory->resize(bytes_of(*page))) co_return refuse(context, rows_too_long());
  co_return incidents_response(context, *page);
}

awaitable<Response> get_incident(Context context, const Request* request) {
  auto id = decimal_id(request->id, "an incident");
  if (!id) co_return refuse(context, id.error());
  auto detail = co_await context.backend->alerting().incident(*id, context.caller());
  co_return detail ? incident_response(context, *detail) : refuse(context, detail.error());
}

awaitable<Response> post_incident_action(Context context, const Request* request) {
  co_return co_await once(context, request, [&] { return act(context, request); });
}

}  // namespace holter::api
