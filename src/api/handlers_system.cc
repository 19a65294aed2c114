#include <cmath>

#include <fmt/format.h>

#include "api/assets.h"
#include "api/content_fields.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/monitor_json.h"
#include "api/prometheus.h"
#include "base/hash.h"
#include "runtime/deadline.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name);
  json.begin_array();
  for (const auto& text : texts) json.value(text);
  json.end_array();
}

Response plain_text(const Context& context, std::string_view text) {
  Response response(*context.bodies);
  response.content_type = "text/plain; charset=utf-8";
  response.body.append(text);
  return finished(std::move(response), *context.bodies);
}

bool names_tag(std::string_view if_none_match, std::string_view opaque) {
  return if_none_match == "*" || if_none_match.contains(opaque);
}

/// A file of the program, or 304 where the caller has it already (RFC 9110, 13.1.2). The tag is weak, for packed and
/// plain are the same to it.
Response static_file(const Context& context, const Request& request, std::string_view name, std::string_view type) {
  Response response(*context.bodies);
  auto content = asset(name);
  auto opaque = fmt::format("\"{:016x}\"", stable_hash(content));
  response.headers.emplace_back("ETag", "W/" + opaque);
  response.content_type = type;
  if (names_tag(request.if_none_match, opaque))
    response.status = 304;
  else
    response.body.append(content);
  return finished(std::move(response), *context.bodies);
}

model::StateCounts counts_of(const Summary& summary) {
  model::StateCounts counts{};
  auto at = [&](model::State state) -> std::size_t& { return counts[static_cast<std::size_t>(state)]; };
  at(model::State::kUp) = summary.up;
  at(model::State::kDown) = summary.down;
  at(model::State::kUnknown) = summary.unknown;
  at(model::State::kStale) = summary.stale;
  at(model::State::kPaused) = summary.paused;
  at(model::State::kUnreachable) = summary.unreachable;
  return counts;
}

void write_groups(JsonWriter& json, std::string_view list, std::string_view name,
                  const std::vector<MonitorGroup>& groups) {
  json.key(list);
  json.begin_array();
  for (const auto& group : groups) {
    json.begin_object();
    json.member(name, group.name);
    write_counts(json, group.monitors, group.by_state);
    json.end_object();
  }
  json.end_array();
}

void write_memory(JsonWriter& json, const Summary& summary) {
  json.begin_object();
  json.member("budget_bytes", summary.budget_bytes);
  json.member("resident_bytes", summary.resident_bytes);
  json.end_object();
}

void write_history(JsonWriter& json, const Summary& summary) {
  json.begin_object();
  json.member("running", summary.history_running);
  json.member("resident_bytes", summary.history_resident_bytes);
  json.end_object();
}

void write_queue(JsonWriter& json, const ScheduleReport::Queue& queue) {
  json.begin_object();
  json.member("name", queue.name);
  json.member("batches", queue.batches);
  json.member("rows", queue.rows);
  json.member("dropped_batches", queue.dropped_batches);
  json.member("dropped_rows", queue.dropped_rows);
  json.member("queued_bytes", queue.queued_bytes);
  json.member("limit_bytes", queue.limit_bytes);
  json.end_object();
}

void write_shard(JsonWriter& json, const ScheduleReport::Shard& shard) {
  json.begin_object();
  json.member("jobs", shard.jobs);
  json.member("in_flight", shard.in_flight);
  json.member("waiting", shard.waiting);
  json.member("cpu_seconds", shard.cpu_seconds);
  json.end_object();
}

void write_lateness(JsonWriter& json, const ScheduleReport& report) {
  json.begin_object();
  json.member("sum_ms", report.lateness_sum_ms);
  json.key("buckets");
  json.begin_array();
  for (const auto& [bound, count] : report.lateness_ms) {
    json.begin_object();
    json.member("up_to_ms", bound);  // null: no bound
    json.member("count", count);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_history_state(JsonWriter& json, const ScheduleReport& report) {
  json.begin_object();
  json.member("samples_sent", report.history_samples_sent);
  json.member("samples_kept", report.history_samples_kept);
  json.member("samples_lost", report.history_samples_lost);
  json.member("restarts", report.history_restarts);
  json.member("file_bytes", report.history_file_bytes);
  json.member("error", report.history_error);
  json.end_object();
}

}  // namespace

Response finished(Response response, memory::Account& account) {
  if (!response.body.refused()) return response;
  return problem_response({503, response.body.refusal(), "", 5}, account);
}

awaitable<Response> get_summary(Context context, const Request* request) {
  bool sees_all = context.who->role() >= access::Role::kViewer;
  auto overview = context.backend->overview(*context.who);
  const auto& summary = overview.summary;
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("version", summary.version);
  json.time_member("started", summary.started_ms);
  json.time_member("now", summary.now_ms);
  write_counts(json, summary.monitors, counts_of(summary));
  write_groups(json, "apps", "app", overview.apps);
  write_groups(json, "folders", "path", overview.folders);
  json.member("cut", overview.cut);
  // What the server itself needs is for those who may see all of it.
  json.key("memory");
  if (sees_all)
    write_memory(json, summary);
  else
    json.null();
  json.key("history");
  if (sees_all)
    write_history(json, summary);
  else
    json.null();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_schedule(Context context, const Request* request) {
  auto report = context.backend->schedule();
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("due", report.due);
  json.member("run", report.run);
  json.member("skipped", report.skipped);
  json.member("paused", report.paused);
  json.member("late", report.late);
  json.member("timeouts", report.timeouts);
  json.member("jobs", report.jobs);
  json.member("in_flight", report.in_flight);
  json.member("in_flight_most", report.in_flight_most);
  json.member("in_flight_limit", report.in_flight_limit);
  json.member("waiting", report.waiting);
  json.member("queue_capacity", report.queue_capacity);
  json.member("deferred", report.deferred);
  json.member("stretched", report.stretched);
  json.key("lateness");
  write_lateness(json, report);
  json.key("shards");
  json.begin_array();
  for (const auto& shard : report.shards) write_shard(json, shard);
  json.end_array();
  json.key("queues");
  json.begin_array();
  for (const auto& queue : report.queues) write_queue(json, queue);
  json.end_array();
  json.key("history");
  write_history_state(json, report);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_healthz(Context context, const Request* request) {
  co_return plain_text(context, "ok\n");
}

awaitable<Response> get_readyz(Context context, const Request* request) {
  auto reason = context.backend->not_ready();
  if (reason.empty()) co_return plain_text(context, "ready\n");
  co_return problem_response({503, std::move(reason), "", 2}, *context.bodies);
}

awaitable<Response> get_metrics(Context context, const Request* request) {
  Response response(*context.bodies);
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.stream = metrics_stream(*context.backend, *context.stats, *context.bodies, context.backend->refuses_heavy());
  co_return response;
}

awaitable<Response> post_reload(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"dry_run"}, *context.bodies);
  if (!content) co_return problem_response(to_problem(content.error()), *context.bodies);
  auto dry_run = bool_of(*content, "dry_run");
  if (!dry_run) co_return problem_response(dry_run.error(), *context.bodies);
  auto report = co_await runtime::with_deadline(
      context.deadline,
      context.backend->reload({.dry_run = dry_run->value_or(false), .started_by = context.who->account()}),
      "read the configuration again");
  if (!report) co_return problem_response(to_problem(report.error()), *context.bodies);
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("added", report->added);
  json.member("changed", report->changed);
  json.member("removed", report->removed);
  json.member("unchanged", report->unchanged);
  write_texts(json, "settings", report->settings);
  write_texts(json, "needs_restart", report->needs_restart);
  write_texts(json, "problems", report->problems);
  constexpr std::string_view kKinds[] = {"added", "changed", "removed"};
  json.member("dry_run", dry_run->value_or(false));
  json.key("monitors");
  json.begin_array();
  for (const auto& change : report->changes) {
    json.begin_object();
    json.member("name", change.name);
    json.member("change", kKinds[static_cast<std::size_t>(change.kind)]);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_openapi(Context context, const Request* request) {
  co_return static_file(context, *request, "openapi.json", "application/json");
}

}  // namespace holter::api
