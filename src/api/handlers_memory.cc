#include <fmt/format.h>

#include "api/content.h"
#include "api/handlers.h"
#include "api/json.h"
#include "base/units.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostCount = 10'000'000;
constexpr Choice<model::Criticality> kCriticalities[] = {{"critical", model::Criticality::kCritical},
                                                         {"normal", model::Criticality::kNormal},
                                                         {"low", model::Criticality::kLow}};

void write_account(JsonWriter& json, const MemoryAccount& account) {
  json.begin_object();
  json.member("name", account.name);
  json.member("used_bytes", account.used);
  json.member("peak_bytes", account.peak);
  json.member("limit_bytes", account.limit);
  json.member("reserved_bytes", account.reserved);
  json.member("refused", account.refused);
  json.end_object();
}

void write_signals(JsonWriter& json, const memory::Signals& signals) {
  json.begin_object();
  json.member("ledger", signals.ledger);
  json.member("resident", signals.resident);
  json.member("stall", signals.stall);
  json.member("cause", memory::to_string(signals.cause()));
  json.end_object();
}

/// A number for each level, by its name.
template <class Array>
void write_by_level(JsonWriter& json, std::string_view name, const Array& values) {
  json.key(name);
  json.begin_object();
  for (std::size_t i = 0; i < memory::kLevels; ++i)
    json.member(memory::to_string(static_cast<memory::Level>(i)), values[i]);
  json.end_object();
}

void write_level(JsonWriter& json, const MemoryReport& report) {
  json.begin_object();
  json.member("name", memory::to_string(report.level));
  json.member("number", static_cast<std::uint64_t>(report.level));
  json.time_member("since", report.level_since_ms);
  json.key("signals");
  write_signals(json, report.signals);
  json.member("stall_source", report.stall_source);
  write_by_level(json, "from", report.level_options.from);
  json.member("hysteresis", report.level_options.hysteresis);
  json.member("dwell_ms",
              static_cast<std::int64_t>(std::chrono::duration_cast<milliseconds>(report.level_options.dwell).count()));
  write_by_level(json, "seconds", report.seconds_at);
  json.key("history");
  json.begin_array();
  for (const auto& change : report.level_history) {
    json.begin_object();
    json.time_member("time", change.time_ms);
    json.member("from", memory::to_string(change.from));
    json.member("to", memory::to_string(change.to));
    json.key("signals");
    write_signals(json, change.signals);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_action(JsonWriter& json, const MemoryAction& action) {
  json.begin_object();
  json.member("name", action.name);
  json.member("level", memory::to_string(action.level));
  json.member("active", action.active);
  json.member("times", action.times);
  json.time_member("since", action.since_ms);
  json.member("effect", action.effect);
  json.end_object();
}

void write_paused(JsonWriter& json, const MemoryReport& report) {
  json.begin_object();
  json.member("count", report.paused_count);
  json.member("bytes", report.paused_bytes);
  json.key("monitors");
  json.begin_array();
  for (const auto& monitor : report.paused) {
    json.begin_object();
    json.key("id");
    json.id(monitor.id.value);
    json.member("name", monitor.name);
    json.member("app", monitor.app);
    json.member("criticality", model::to_string(monitor.criticality));
    json.time_member("since", monitor.since_ms);
    json.member("bytes", monitor.bytes);
    json.member("reason", monitor.reason);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_processes(JsonWriter& json, const MemoryReport& report) {
  json.member("budget_bytes", report.budget);
  json.member("least_left_bytes", report.least_left);
  json.member("ledger_used_bytes", report.ledger_used);
  json.member("ledger_limit_bytes", report.ledger_limit);
  json.member("resident_bytes", report.resident);
  json.member("resident_peak_bytes", report.resident_peak);
  json.member("anonymous_bytes", report.anonymous);
  json.member("file_bytes", report.file);
  json.member("fixed_bytes", report.fixed);
  json.member("unexplained_bytes", report.unexplained);
  json.key("allocator");
  json.begin_object();
  json.member("mapped_bytes", report.allocator_mapped);
  json.member("cap_bytes", report.allocator_cap);
  json.member("allocated_bytes", report.allocator_allocated);
  json.member("refused", report.allocator_refused);
  json.end_object();
  json.key("history");
  json.begin_object();
  json.member("resident_bytes", report.history_resident);
  json.member("resident_peak_bytes", report.history_resident_peak);
  json.end_object();
}

std::string_view verdict_word(AdmissionAnswer::Verdict verdict) {
  switch (verdict) {
    case AdmissionAnswer::Verdict::kFits:
      return "fits";
    case AdmissionAnswer::Verdict::kFitsAtInterval:
      return "fits_at_interval";
    case AdmissionAnswer::Verdict::kDoesNotFit:
      return "does_not_fit";
  }
  return "does_not_fit";
}

/// Bytes out of {"budget": "128MiB"}; 0 for null, the default.
Result<std::uint64_t> read_budget(const Request& request, memory::Account& account) {
  TRY(auto content, Content::parse(request.body, {"budget"}, account));
  const auto* value = content.find("budget");
  if (value != nullptr && value->is_null()) return 0;
  if (value == nullptr || !value->is_string())
    return Error(ErrorCode::kInvalidArgument,
                 R"(cannot change the budget: send {"budget": "128MiB"}, or {"budget": null} for the default)");
  const auto& text = value->get_string();
  TRY(auto bytes, parse_size({text.data(), text.size()}));
  if (bytes == 0)
    return Error(ErrorCode::kInvalidArgument, "cannot use a budget of 0 bytes: send null for the default");
  return bytes;
}

}  // namespace

Response admission_response(const Context& context, std::string_view app, std::size_t count,
                            const AdmissionAnswer& answer) {
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("verdict", verdict_word(answer.verdict));
  json.member("app", app);
  json.member("count", count);
  json.member("interval_ms", answer.interval_ms);
  json.key("fits_at_ms");
  if (answer.verdict == AdmissionAnswer::Verdict::kFitsAtInterval)
    json.value(answer.fits_at_ms);
  else
    json.null();
  json.member("most", answer.most);
  json.member("bytes_each", answer.bytes_each);
  json.member("bytes_wanted", answer.bytes_wanted);
  json.member("bytes_left", answer.bytes_left);
  json.member("checks_per_second_wanted", answer.checks_wanted);
  json.member("checks_per_second_possible", answer.checks_possible);
  json.member("text", answer.text);
  json.end_object();
  return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_memory(Context context, const Request* request) {
  auto report = context.backend->memory();
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  write_processes(json, report);
  json.key("level");
  write_level(json, report);
  json.key("actions");
  json.begin_array();
  for (const auto& action : report.actions) write_action(json, action);
  json.end_array();
  json.key("paused");
  write_paused(json, report);
  json.key("accounts");
  json.begin_array();
  for (const auto& account : report.accounts) write_account(json, account);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_admission(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  AdmissionQuery query;
  query.app = params.text("app");
  query.count = params.number("count", 1, 1, kMostCount);
  query.interval_ms = params.duration("interval", 0);
  query.criticality =
      params.choice<model::Criticality>("criticality", kCriticalities).value_or(model::Criticality::kNormal);
  if (query.app.empty()) params.fail("app", "cannot answer without an app: add app=ping, for example");
  if (params.failed()) co_return problem_response(params.problem(), *context.bodies);

  auto answer = context.backend->admission(query);
  if (!answer) co_return problem_response(to_problem(answer.error()), *context.bodies);
  co_return admission_response(context, query.app, query.count, *answer);
}

awaitable<Response> put_budget(Context context, const Request* request) {
  auto wanted = read_budget(*request, *context.bodies);
  if (!wanted) co_return problem_response(to_problem(wanted.error()), *context.bodies);
  auto budget = context.backend->set_budget(*wanted);
  if (!budget) co_return problem_response(to_problem(budget.error()), *context.bodies);
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("budget_bytes", *budget);
  json.member("is_default", *wanted == 0);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
