// The evaluator's series: what their steps mean to the sink, bounds, the passing of time, and ends that no result
// brings.
#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "alert/alert_labels.h"
#include "alert/evaluator.h"
#include "alert/row_labels.h"
#include "base/units.h"

namespace holter::alert {
namespace {

using model::Resolution;

constexpr std::array<std::string_view, kLimits> kLimitWords{"alerts of the rule", "alerts", "series", "memory"};
/// Checks without a value, until the rule's choice for no data applies.
constexpr int kChecksToNoData = 3;

bool is_periodic(const Series& series) {
  return series.rule->rule.kind == RuleKind::kPeriodic;
}

/// Of a query that fails nothing is known: time alone moves no series of it, unless its rule says after how long it
/// does.
bool waits_for_answer(const Series& series) {
  return is_periodic(series) && series.rule->rule.no_data_after.count() == 0 &&
         series.rule->rule.no_data != NoData::kAlert;
}

/// A series of a query that has not been answered for so long that it must have failed.
bool is_unanswered(const Series& series, std::int64_t now_ms) {
  return series.machine.newest_ms() != SeriesMachine::kNever &&
         now_ms - series.machine.newest_ms() >= std::int64_t{series.interval_s} * 2000;
}

bool is_told(Event event) {
  return event == Event::kFired || event == Event::kResolved || event == Event::kNoDataBegan ||
         event == Event::kDataCame;
}

bool is_called_the_same(const TrackedMonitor& tracked, const MonitorView& monitor) {
  return tracked.folder == monitor.folder && tracked.name == monitor.monitor->name &&
         (tracked.labels == monitor.monitor->labels || *tracked.labels == *monitor.monitor->labels) &&
         (tracked.definition == monitor.monitor->definition ||
          tracked.definition->app == monitor.monitor->definition->app);
}

}  // namespace

std::string_view to_string(Limit limit) {
  return kLimitWords[static_cast<std::size_t>(limit)];
}

std::uint32_t Evaluator::add_series(const SeriesKey& key, RuleEntry& rule, const MonitorView& monitor,
                                    std::uint32_t interval_s) {
  if (series_.size() >= bounds_.series) {
    refuse(rule, Limit::kSeries);
    return kNoSeries;
  }
  auto place = series_.add(key, rule, monitor.monitor, monitor.folder);
  if (place == kNoSeries)
    refuse(rule, Limit::kMemory);
  else
    series_.at(place).interval_s = interval_s;
  return place;
}

void Evaluator::refuse(RuleEntry& rule, Limit limit) {
  ++counted_.refused;
  ++rule.refused[static_cast<std::size_t>(limit)];
  rule.refused_lately = true;
  if (!std::exchange(rule.said, true)) sink_.limited(rule.rule, limit);
}

bool Evaluator::may_fire(RuleEntry& rule) {
  if (rule.alerts >= bounds_.alerts_of_rule) {
    refuse(rule, Limit::kAlertsOfRule);
    return false;
  }
  if (alerts_ >= bounds_.alerts) {
    refuse(rule, Limit::kAlerts);
    return false;
  }
  return true;
}

void Evaluator::settle(std::uint32_t place, Step step, const SeriesMachine& before, std::int64_t time_ms,
                       const Evidence* evidence) {
  auto& series = series_.at(place);
  if (is_told(step.event)) {
    if (step.event == Event::kFired && !may_fire(*series.rule)) {
      series.machine = before;  // it is tried again with the next result
    } else {
      try {
        tell(series, step, before, time_ms, evidence);
      } catch (const std::bad_alloc&) {
        // Nobody was told, so it has not happened: the next result or tick tries again.
        series.machine = before;
        refuse(*series.rule, Limit::kMemory);
        return;
      }
    }
  } else if (step.event == Event::kPendingEnded) {
    series_.drop_evidence(series);
  }
  // One that has recovered stays until its next result: a late one, older than the end, finds it and is ignored.
  const bool linger = step.event == Event::kResolved && step.resolution == Resolution::kRecovered;
  if (series.machine.idle() && !linger && !is_watch(series)) series_.drop(place);
}

/// Throws std::bad_alloc before anything has changed, or not at all: so the sink has to promise.
void Evaluator::tell(Series& series, Step step, const SeriesMachine& before, std::int64_t time_ms,
                     const Evidence* evidence) {
  auto& rule = *series.rule;
  Evidence told;
  if (evidence != nullptr)
    told = *evidence;
  else if (series.evidence)
    told = *series.evidence;
  told.no_data = series.machine.phase() == Phase::kNoData;
  if (step.event == Event::kFired) {
    const auto alert = alert_of(series, series.machine.since_ms());
    ++rule.alerts, ++alerts_, ++counted_.fired;
    // What the process says of itself is needed for the end of the alert, too.
    if (rule.feed != Feed::kCondition) series_.drop_evidence(series);
    sink_.fired(alert, rule.rule, told);
  } else if (step.event == Event::kResolved) {
    const auto alert = alert_of(series, before.since_ms(), step.resolution, time_ms);
    --rule.alerts, --alerts_, ++counted_.resolved;
    sink_.resolved(alert, rule.rule, told);
  } else {
    const auto alert = alert_of(series, series.machine.since_ms());
    ++counted_.changed;
    sink_.changed(alert, rule.rule, told);
  }
}

void Evaluator::end(std::uint32_t place, Resolution why, std::int64_t now_ms) {
  auto& series = series_.at(place);
  const auto before = series.machine;
  const auto step = series.machine.end(why);
  settle(place, step, before, now_ms, nullptr);
  // A watch is over, too; it begins again with the next result.
  const auto& after = series_.at(place);
  if (after.rule != nullptr && !after.machine.alerting()) series_.drop(place);
}

void Evaluator::end_monitor(MonitorId id, Resolution why, std::int64_t now_ms) {
  auto* tracked = series_.monitor(id);
  for (auto place = tracked == nullptr ? kNoSeries : tracked->first_series; place != kNoSeries;) {
    const auto next = series_.at(place).next;
    end(place, why, now_ms);
    place = next;
  }
}

void Evaluator::on_monitor_unreachable(MonitorId id, std::int64_t now_ms) {
  auto* tracked = series_.monitor(id);
  for (auto place = tracked == nullptr ? kNoSeries : tracked->first_series; place != kNoSeries;) {
    const auto next = series_.at(place).next;
    if (series_.at(place).rule->rule.when_unreachable == WhenUnreachable::kSuppress)
      end(place, Resolution::kUnreachable, now_ms);
    place = next;
  }
}

void Evaluator::on_monitor_edited(const MonitorView& monitor, std::int64_t now_ms) {
  if (auto* tracked = series_.monitor(monitor.monitor->id)) follow_edit(*tracked, monitor, now_ms);
}

/// May forget `tracked`.
void Evaluator::follow_edit(TrackedMonitor& tracked, const MonitorView& monitor, std::int64_t now_ms) {
  if (is_called_the_same(tracked, monitor)) {
    tracked.follow(*monitor.monitor);  // the same in another place: so that the old one may go
    return;
  }
  const auto id = tracked.id;
  for (auto place = tracked.first_series; place != kNoSeries;) {
    const auto& series = series_.at(place);
    const auto next = series.next;
    if (!series.rule->rule.selector.selects(*monitor.monitor, monitor.folder))
      end(place, Resolution::kVanished, now_ms);
    else if (series.machine.alerting())
      sink_.resolved(alert_of(series, series.machine.since_ms(), Resolution::kVanished, now_ms), series.rule->rule, {});
    place = next;
  }
  auto* rest = series_.monitor(id);
  if (rest == nullptr) return;
  series_.rename(*rest, *monitor.monitor, monitor.folder);
  for (auto place = rest->first_series; place != kNoSeries; place = series_.at(place).next) {
    const auto& series = series_.at(place);
    if (!series.machine.alerting()) continue;
    ++counted_.changed;
    Evidence evidence;
    evidence.no_data = series.machine.phase() == Phase::kNoData;
    sink_.fired(alert_of(series, series.machine.since_ms()), series.rule->rule, evidence);
  }
}

Status Evaluator::set_condition(std::string_view rule, const model::Labels& labels, bool holds,
                                const model::Labels& annotations, std::int64_t now_ms) {
  auto found = rules_.find(rule);
  if (found == rules_.end() || found->second->feed != Feed::kCondition)
    return Error(ErrorCode::kNotFound, fmt::format("no rule '{}' is told by conditions", excerpt(rule, 60)));
  if (labels.size() > kMostRowLabels)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot take {} labels: {} is the most", labels.size(), kMostRowLabels));
  auto& entry = *found->second;
  const auto text = to_row_labels(labels);
  const auto key = key_of(entry, {}, {}, text);
  auto place = series_.find(key);
  if (place == kNoSeries && !holds) return {};
  if (place == kNoSeries) place = add_series(key, entry, {}, 0);
  if (place == kNoSeries) return {};  // counted, and told
  observe_told(place, holds && entry.active_at(now_ms), Evidence{.values = annotations}, now_ms);
  return {};
}

Result<QueryOutcome> Evaluator::on_query(std::string_view rule, std::span<const QueryRow> rows, std::int64_t time_ms,
                                         const Monitors* monitors) {
  auto found = rules_.find(rule);
  if (found == rules_.end() || found->second->rule.kind != RuleKind::kPeriodic)
    return Error(ErrorCode::kNotFound, fmt::format("there is no periodic rule '{}'", excerpt(rule, 60)));
  auto& entry = *found->second;
  const bool active = entry.active_at(time_ms);
  QueryOutcome outcome;
  for (const auto& row : rows) observe_row(entry, row, active, time_ms, monitors, outcome);
  if (entry.series == 0) return outcome;
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    const auto& series = series_.at(place);
    if (series.rule == &entry && series.machine.newest_ms() < time_ms) observe_told(place, false, {}, time_ms);
  }
  return outcome;
}

void Evaluator::observe_row(RuleEntry& entry, const QueryRow& row, bool active, std::int64_t time_ms,
                            const Monitors* monitors, QueryOutcome& outcome) {
  std::optional<MonitorView> monitor;
  if (row.monitor != MonitorId{} && monitors != nullptr) {
    monitor = monitors->find(row.monitor);
    const bool hidden =
        row.state == model::State::kPaused ||
        (row.state == model::State::kUnreachable && entry.rule.when_unreachable == WhenUnreachable::kSuppress);
    if (!monitor || monitor->monitor->paused || hidden ||
        !entry.rule.selector.selects(*monitor->monitor, monitor->folder)) {
      ++outcome.left_out;
      return;
    }
  }
  const auto text = to_row_labels(row.labels);
  const auto key = key_of(entry, monitor ? row.monitor : MonitorId{}, {}, text);
  const auto interval = static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(entry.rule.interval).count());
  auto place = series_.find(key);
  if (place != kNoSeries && series_.at(place).machine.newest_ms() >= time_ms) {
    ++counted_.ignored, ++outcome.merged;
    return;
  }
  if (place == kNoSeries && active) place = add_series(key, entry, monitor.value_or(MonitorView{}), interval);
  if (place == kNoSeries) {
    outcome.refused += active ? 1 : 0;
    return;
  }
  series_.at(place).interval_s = interval;  // which an edit of the rule may have changed
  ++counted_.evaluations;
  ++outcome.held;
  Evidence evidence{.values = row.values};
  if (!row.value.empty()) {
    evidence.values.emplace_back("value", row.value);
    evidence.summary = "value=" + row.value;
  }
  const auto refused = counted_.refused;
  observe_told(place, active, evidence, time_ms);
  outcome.refused += counted_.refused - refused;
}

/// For verdicts that come from outside, with what is to be told of them.
void Evaluator::observe_told(std::uint32_t place, bool holds, const Evidence& evidence, std::int64_t time_ms) {
  auto& series = series_.at(place);
  // What fires has told its evidence; only what the process says of itself is needed for the end, too.
  const bool needed = holds && (series.rule->feed == Feed::kCondition || !series.machine.alerting());
  if (needed && (!series.evidence || *series.evidence != evidence)) series_.keep_evidence(series, evidence);
  const auto before = series.machine;
  const auto verdict = holds ? Verdict::kTrue : Verdict::kFalse;
  const auto step = series.machine.observe(series.rule->timing, verdict, true, time_ms);
  if (step.event == Event::kIgnored) ++counted_.ignored;
  settle(place, step, before, time_ms, nullptr);
}

void Evaluator::on_clock_set(std::int64_t by_ms) {
  for (std::uint32_t place = 0; place < series_.places(); ++place)
    if (series_.at(place).rule != nullptr) series_.at(place).machine.clock_set(by_ms);
  stretch_.clock_set(by_ms);
  listen_anew_ = true;  // answers that were on their way have a time of before
}

bool Evaluator::tick(std::int64_t now_ms, const Monitors* monitors, std::size_t most) {
  if (std::exchange(listen_anew_, false)) listening_ms_ = now_ms;
  if (!series_done_) {
    const auto end = static_cast<std::uint32_t>(std::min<std::size_t>(series_.places(), next_place_ + most));
    for (; next_place_ < end; ++next_place_)
      if (series_.at(next_place_).rule != nullptr) tick_series(next_place_, now_ms);
    series_done_ = next_place_ >= series_.places();
  }
  if (monitors == nullptr || stale_ == nullptr) {
    monitors_done_ = true;
  } else if (!monitors_done_) {
    next_monitor_ = monitors->each(next_monitor_, most, [&](const MonitorView& monitor, model::State state) {
      tick_stale(monitor, state, now_ms);
    });
    monitors_done_ = next_monitor_ == 0;
  }
  if (!series_done_ || !monitors_done_) return false;
  end_round();
  return true;
}

void Evaluator::end_round() {
  series_done_ = monitors_done_ = false;
  next_place_ = 0;
  next_monitor_ = 0;
  for (auto& [name, rule] : rules_)
    if (!std::exchange(rule->refused_lately, false)) rule->said = false;
  retry_bindings();
  series_.compact();
}

/// What is waited for since then for as long as `plain_ms`, or longer while memory is short.
std::int64_t Evaluator::patience_ms(const Series& series, std::int64_t since_ms, std::int64_t plain_ms) const {
  const bool stretches = !is_periodic(series) && series.monitor != nullptr && series.monitor->stretches;
  return stretches ? stretch_.patience(since_ms, plain_ms) : plain_ms;
}

/// Since then nothing has come for so long that the rule's choice for no data applies.
bool Evaluator::silent_since(const Series& series, std::int64_t since_ms, std::int64_t now_ms) const {
  const auto own = series.rule->rule.no_data_after.count();
  if (own > 0) return now_ms - since_ms >= own;
  const auto plain = std::int64_t{kChecksToNoData} * series.interval_s * 1000;
  if (now_ms - since_ms < patience_ms(series, since_ms, plain)) return false;
  const auto* cron = series.monitor == nullptr || is_periodic(series) ? nullptr : series.monitor->cron.get();
  if (cron == nullptr) return true;
  // Exact times need not lie evenly: by night nothing may be due for long.
  auto due = WallTime(milliseconds(since_ms));
  for (int check = 0; check < kChecksToNoData && due != WallTime::max(); ++check) due = cron->next(due);
  return due != WallTime::max() && epoch_ms(due) <= now_ms;
}

void Evaluator::tick_series(std::uint32_t place, std::int64_t now_ms) {
  auto& series = series_.at(place);
  const auto before = series.machine;
  if (waits_for_answer(series) && is_unanswered(series, now_ms) && !series.machine.idle()) return;
  const auto value_ms = series.machine.value_ms();
  const bool silent = series.interval_s > 0 && value_ms != SeriesMachine::kNever && !waits_for_answer(series) &&
                      silent_since(series, value_ms, now_ms);
  const bool overdue = silent && silent_since(series, listening_ms_, now_ms);
  const auto& timing = series.rule->timing;
  Step step;
  if (overdue)
    step = series.machine.no_data(timing, now_ms);
  else if (!silent)
    step = series.machine.tick(timing, now_ms);
  // A series that only lingers after its end is let go when its next result is due, and does not come.
  const auto newest_ms = series.machine.newest_ms();
  if (step.event == Event::kNone && series.machine.idle() && !overdue && series.interval_s > 0 &&
      now_ms - newest_ms < patience_ms(series, newest_ms, std::int64_t{series.interval_s} * 2000))
    return;
  settle(place, step, before, now_ms, nullptr);
}

void Evaluator::tick_stale(const MonitorView& monitor, model::State state, std::int64_t now_ms) {
  auto& rule = *stale_;
  const bool holds = state == model::State::kStale && rule.rule.selector.selects(*monitor.monitor, monitor.folder) &&
                     rule.active_at(now_ms);
  if (!holds && rule.series == 0) return;
  const auto key = key_of(rule, monitor.monitor->id, {}, {});
  auto place = series_.find(key);
  if (place == kNoSeries && holds) place = add_series(key, rule, monitor, 0);
  if (place == kNoSeries) return;
  auto& series = series_.at(place);
  const auto before = series.machine;
  const auto step = series.machine.observe(rule.timing, holds ? Verdict::kTrue : Verdict::kFalse, true, now_ms);
  settle(place, step, before, now_ms, nullptr);
}

bool Evaluator::resolve_by_hand(const model::Labels& labels, std::int64_t now_ms) {
  auto found = rules_.find(model::label_of(labels, "alertname"));
  if (found == rules_.end()) return false;
  const auto name = model::label_of(labels, "monitor");
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    auto& series = series_.at(place);
    if (series.rule != found->second.get() || !series.machine.alerting()) continue;
    if (series.monitor != nullptr && series.monitor->name != name) continue;
    if (alert_labels(series.rule->rule, series.monitor, series.set(), series.labels()) != labels) continue;
    const auto before = series.machine;
    const auto step = series.machine.resolve_by_hand();
    settle(place, step, before, now_ms, nullptr);
    return true;
  }
  return false;
}

void Evaluator::each_alert(const std::function<void(const model::Alert&, const Rule&)>& visit) const {
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    const auto& series = series_.at(place);
    if (series.rule != nullptr && series.machine.alerting())
      visit(alert_of(series, series.machine.since_ms()), series.rule->rule);
  }
}

void Evaluator::each_pending(const std::function<void(const Rule&, std::string_view monitor)>& visit) const {
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    const auto& series = series_.at(place);
    if (series.rule == nullptr || series.machine.phase() != Phase::kPending) continue;
    visit(series.rule->rule, series.monitor == nullptr ? std::string_view() : series.monitor->name);
  }
}

}  // namespace holter::alert
