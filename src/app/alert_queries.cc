#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "alert/preview.h"
#include "app/alert_api.h"
#include "base/units.h"
#include "incidents/spec_reader.h"

// What would come of a rule: whether its query can be asked, and how often it would have fired.
namespace holter::app {
namespace {

using api::Answered;
using api::Problem;

constexpr std::size_t kPreviewBytes = 8 * 1024 * 1024;
constexpr seconds kCheckPatience{5};
/// Of a periodic rule: how often its query is asked for a preview, for how long in all, and each time.
constexpr std::int64_t kMostEvaluations = 200;
constexpr seconds kPreviewPatience{25}, kQueryPatience{10};

/// What is wrong with the query; all else is not the request's fault.
Problem of_query(const Error& error) {
  if (error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kTooLarge)
    return {422, error.message(), "spec.query", 0};
  // Not the caller is to log in, but Holter at the server.
  if (error.code() == ErrorCode::kUnauthenticated || error.code() == ErrorCode::kNotFound)
    return {503, error.message(), "", 30};
  return api::to_problem(error);
}

void put_incidents(const alert::Preview& preview, api::RulePreview& found) {
  found.cut = found.cut || preview.cut();
  for (const auto& incident : preview.incidents())
    found.incidents.push_back({.from_ms = incident.from_ms,
                               .to_ms = incident.to_ms,
                               .labels = alert::to_string(incident.labels),
                               .evidence = incident.evidence.summary});
}

/// How far the evaluations of a preview lie apart: the rule's interval, or more, in seconds.
milliseconds step_of(milliseconds interval, std::int64_t range_ms) {
  const auto least = (range_ms + kMostEvaluations - 2) / (kMostEvaluations - 1);
  return std::chrono::ceil<seconds>(std::max(interval, milliseconds(least)));
}

/// A periodic rule over a preview's time, evaluation by evaluation.
struct Replayed {
  alert::Preview& preview;
  const alert::Monitors& monitors;
  api::RulePreview& found;
  std::set<std::uint64_t> about{};
  std::int64_t last_ms = 0;

  /// False when nothing more is taken in.
  bool take(std::vector<alert::QueryRow> rows, std::int64_t time_ms) {
    for (auto& row : rows) {
      row.state = model::State::kUnknown;  // as it is now says nothing of then
      if (row.monitor != MonitorId{}) about.insert(row.monitor.value);
    }
    ++found.results;
    last_ms = time_ms;
    return preview.on_query(rows, time_ms, &monitors);
  }
};

}  // namespace

AlertApi::Answer<std::string> AlertApi::check_query(const catalog::AlertObject& object, MonoTime deadline) const {
  if (object.kind != catalog::AlertObjectKind::kRule) co_return std::string();
  auto spec = incidents::parse_object(object.json, "the rule");
  if (!spec) co_return Problem{422, spec.error().message(), "spec", 0};
  auto rule = incidents::read_rule({object.name, object.enabled, std::move(*spec)});
  if (!rule) co_return Problem{422, rule.error().message(), "spec", 0};  // Desk::check() has said so already
  if (rule->kind != alert::RuleKind::kPeriodic) co_return std::string();
  const auto now = parts_.clock.wall();
  auto checked = co_await app::check_query(&parts_.sources, rule->source, rule->query, epoch_ms(now),
                                           std::min(deadline, parts_.clock.mono() + kCheckPatience));
  if (!checked) co_return of_query(checked.error());
  co_return std::move(*checked);
}

AlertApi::Answer<api::RulePreview> AlertApi::preview(std::string text, std::int64_t from_ms, std::int64_t to_ms,
                                                     Caller caller) {
  auto document = incidents::read_document(text);
  if (!document) co_return Problem{422, document.error().message(), "", 0};
  auto rule = incidents::read_rule(*document);
  if (!rule) {
    auto [member, why] = incidents::split_fault(rule.error().message());
    co_return Problem{422, why, member, 0};
  }
  if (rule->kind == alert::RuleKind::kPeriodic)
    co_return co_await preview_query(std::move(*rule), from_ms, to_ms, caller.deadline);
  CO_TRY(auto held, parts_.pages.reserve(kPreviewBytes));
  auto preview = alert::Preview::open(*rule, parts_.pages, &hours_);
  if (!preview) co_return Problem{422, preview.error().message(), "spec", 0};
  api::RulePreview found;
  std::set<std::uint64_t> monitors;
  auto all = co_await parts_.replay(*rule, from_ms, to_ms, [&](const alert::RoundView& round) {
    monitors.insert(round.monitor.id.value);
    ++found.results;
    (void)(*preview)->on_result(round);  // what is beyond its bounds it says by cut()
  });
  if (!all) co_return all.error();
  found.monitors = monitors.size();
  found.cut = !*all;
  if (!(*preview)->error().empty()) co_return Problem{422, (*preview)->error(), "spec", 0};
  (*preview)->finish(to_ms);
  put_incidents(**preview, found);
  co_return found;
}

AlertApi::Answer<api::RulePreview> AlertApi::preview_query(alert::Rule rule, std::int64_t from_ms, std::int64_t to_ms,
                                                           MonoTime deadline) const {
  CO_TRY(auto held, parts_.pages.reserve(kPreviewBytes));
  const auto until = std::min(deadline, parts_.clock.mono() + kPreviewPatience);
  const auto step = step_of(rule.interval, to_ms - from_ms);
  // An answer each step is what the rule would have had, as far as anybody knows.
  rule.interval = std::min<milliseconds>(step, alert::Rule::kMostTime);
  auto preview = alert::Preview::open(rule, parts_.pages, &hours_);
  if (!preview) co_return Problem{422, preview.error().message(), "spec", 0};
  api::RulePreview found;
  found.step_ms = step.count();
  Replayed replayed{.preview = **preview, .monitors = parts_.monitors, .found = found};
  if (rule.source == alert::QuerySource::kPromql && parts_.sources.promql) {
    PromqlQuery query{.text = rule.query, .from_ms = from_ms, .to_ms = to_ms, .step_ms = step.count()};
    auto answer = co_await parts_.sources.promql(std::move(query), until);
    if (!answer) co_return of_query(answer.error());
    std::map<std::int64_t, std::vector<alert::QueryRow>> rows;
    for (const auto& series : answer->series)
      for (const auto& point : series.points) rows[point.time_ms].push_back(app::row_of(series, point));
    bool more = true;
    for (auto time = from_ms; more && time <= to_ms; time += step.count()) {
      auto at = rows.find(time);
      more = replayed.take(at == rows.end() ? std::vector<alert::QueryRow>() : std::move(at->second), time);
    }
  } else {
    bool more = true;
    for (auto time = from_ms; more && time <= to_ms; time += step.count()) {
      auto patience = std::min(until, parts_.clock.mono() + kQueryPatience);
      auto answer = co_await ask_rule(&parts_.sources, rule.source, rule.query, time, patience);
      if (!answer && answer.error().code() == ErrorCode::kTimeout && replayed.last_ms != 0) {
        found.cut = true;
        break;
      }
      if (!answer) co_return of_query(answer.error());
      more = replayed.take(std::move(answer->rows), time);
    }
  }
  (*preview)->finish(found.cut ? replayed.last_ms : to_ms);
  found.monitors = replayed.about.size();
  put_incidents(**preview, found);
  co_return found;
}

}  // namespace holter::app
