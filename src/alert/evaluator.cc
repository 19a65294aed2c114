#include "alert/evaluator.h"

#include <algorithm>
#include <new>
#include <utility>

#include "alert/alert_labels.h"

namespace holter::alert {
namespace {

using expr::Value;
using model::Resolution;

/// Successful answers without a row, until its series is gone.
constexpr unsigned kMisses = 2;

std::uint32_t interval_of(const RoundView& round) {
  const auto own = round.set.interval;
  const auto all = own.count() > 0 ? own : std::chrono::duration_cast<seconds>(round.monitor.interval);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(all.count(), 1, 86'400 * 366));
}

Value builtin_value(const RoundView& round, Builtin builtin) {
  switch (builtin) {
    case Builtin::kState:
      return Value::of(model::to_string(round.state));
    case Builtin::kCode:
      return Value::of(model::to_string(round.code));
    case Builtin::kDurationMs:
      return Value::of(static_cast<double>(round.duration_us) / 1000);
    case Builtin::kRows:
      return Value::of(static_cast<double>(round.rows.size()));
    case Builtin::kApp:
      return Value::of(std::string_view(round.monitor.definition->app));
    case Builtin::kSet:
      return Value::of(std::string_view(round.set.name));
    case Builtin::kMonitor:
      return Value::of(std::string_view(round.monitor.name));
    case Builtin::kIntervalS:
      return Value::of(static_cast<double>(interval_of(round)));
  }
  return {};
}

Value label_value(const model::Labels& labels, std::string_view name) {
  auto found = std::ranges::lower_bound(labels, name, {}, &model::Labels::value_type::first);
  if (found == labels.end() || found->first != name) return {};
  return Value::of(std::string_view(found->second));
}

/// The set in a series' key: none where the rule is about the monitor as a whole.
std::string_view set_of(const RuleEntry& rule, const RoundView& round) {
  return rule.rule.selector.set.empty() && rule.feed == Feed::kResults ? std::string_view() : round.set.name;
}

}  // namespace

Evaluator::Evaluator(memory::Account& account, AlertSink& sink, const ActiveHoursParser* hours, Bounds bounds)
    : account_(account), sink_(sink), hours_(hours), bounds_(bounds), selections_(account), series_(account) {}

Evaluator::~Evaluator() = default;

void Evaluator::on_result(const RoundView& round) {
  // For want of our own memory nothing was asked, and of a paused monitor nothing is to be said.
  if (round.code == model::ResultCode::kUnavailable || round.state == model::State::kPaused) return;
  const auto& binding = binding_of(round);
  const std::vector<Bound>* named = nullptr;
  if (!binding.by_monitor.empty()) {
    auto found = binding.by_monitor.find(round.monitor.id);
    if (found != binding.by_monitor.end()) named = &found->second;
  }
  const Selections::Places* matched = binding.matched.empty() ? nullptr : &matched_of(binding, round);
  const auto id = round.monitor.id;
  if (binding.all.empty() && named == nullptr && (matched == nullptr || matched->empty())) {
    // What no rule matches any more may have been matched with other labels.
    if (matched == nullptr || series_.monitor(id) == nullptr) return;
  } else {
    ++counted_.results;
  }
  Pass pass{round, series_.monitor(id), round.state == model::State::kUnreachable};
  if (pass.tracked != nullptr) {
    follow_edit(*pass.tracked, {&round.monitor, round.folder}, round.time_ms);
    if (pass.unreachable) on_monitor_unreachable(id, round.time_ms);
    pass.tracked = series_.monitor(id);
  }
  scratch_.set_now(WallTime(milliseconds(round.time_ms)));
  auto is_about = [&round](const Bound& bound) {
    return bound.rule->rule.selector.selects(round.monitor, round.folder);
  };
  for (const auto& bound : binding.all)
    if (is_about(bound)) ask(pass, bound);
  if (named != nullptr)
    for (const auto& bound : *named)
      if (is_about(bound)) ask(pass, bound);
  if (matched != nullptr)
    for (auto place : *matched) ask(pass, binding.matched[place]);
  pass.tracked = series_.monitor(id);  // its last series may have gone meanwhile
  if (round.code == model::ResultCode::kSuccess) miss_rows(pass);
}

void Evaluator::ask(Pass& pass, const Bound& bound) {
  const auto& rule = bound.rule->rule;
  if (pass.unreachable && rule.when_unreachable == WhenUnreachable::kSuppress) return;
  if (!bound.compiled->per_row()) return ask_row(pass, bound, nullptr);
  // A collection that failed says nothing about its rows.
  if (pass.round.code != model::ResultCode::kSuccess) return;
  for (const auto& row : pass.round.rows) ask_row(pass, bound, &row);
  if (bound.rule->timing.no_data == NoData::kAlert) watch(pass, bound);
}

void Evaluator::ask_row(Pass& pass, const Bound& bound, const RowView* row) {
  auto& rule = *bound.rule;
  const auto& round = pass.round;
  ++counted_.evaluations;
  fill(round, *bound.compiled, row);
  const bool active = rule.active_at(round.time_ms);
  const auto verdict = active ? verdict_of(*bound.compiled) : Verdict::kFalse;
  if (verdict == Verdict::kNoValue) ++counted_.no_value, ++rule.no_value;
  const auto labels = row == nullptr ? std::string_view() : row->labels;
  const bool watched = rule.timing.no_data == NoData::kAlert && labels.empty();
  const bool add = verdict == Verdict::kTrue || watched;
  if (!add && (pass.tracked == nullptr || rule.series == 0)) return;
  const auto place = find_or_add(pass, key_of(rule, round.monitor.id, set_of(rule, round), labels), rule, add);
  if (place == kNoSeries) return;

  auto& series = series_.at(place);
  const auto before = series.machine;
  const auto* recovery = bound.compiled->recovery();
  const bool is_recovered = recovery == nullptr || !active || is_true(*recovery);
  const auto step = series.machine.observe(rule.timing, verdict, is_recovered, round.time_ms);
  if (step.event == Event::kIgnored) {
    ++counted_.ignored;
    return;
  }
  const bool pending = series.machine.phase() == Phase::kPending && verdict == Verdict::kTrue;
  if (step.event == Event::kNone && !pending) return settle(place, step, before, round.time_ms, nullptr);
  const bool by_recovery = step.event == Event::kResolved && recovery != nullptr;
  const auto evidence = explained(by_recovery ? *recovery : bound.compiled->condition());
  if (pending) series_.keep_evidence(series, evidence);
  settle(place, step, before, round.time_ms, &evidence);
}

std::uint32_t Evaluator::find_or_add(Pass& pass, const SeriesKey& key, RuleEntry& rule, bool add) {
  auto place = rule.series == 0 ? kNoSeries : series_.find(key);
  if (place != kNoSeries) {
    series_.at(place).interval_s = interval_of(pass.round);
    return place;
  }
  if (!add) return kNoSeries;
  place = add_series(key, rule, {&pass.round.monitor, pass.round.folder}, interval_of(pass.round));
  pass.tracked = series_.monitor(pass.round.monitor.id);
  return place;
}

/// Puts what the expressions read into the slots.
void Evaluator::fill(const RoundView& round, const CompiledRule& compiled, const RowView* row) {
  if (slots_.size() < compiled.slot_count()) slots_.resize(compiled.slot_count());
  for (auto slot : compiled.slots()) {
    const auto source = compiled.sources()[slot];
    switch (source.kind) {
      case SlotSource::Kind::kField:
        slots_[slot] = row != nullptr && source.index < row->fields.size() ? row->fields[source.index] : Value();
        break;
      case SlotSource::Kind::kBuiltin:
        slots_[slot] = builtin_value(round, static_cast<Builtin>(source.index));
        break;
      case SlotSource::Kind::kLabel:
        slots_[slot] = label_value(*round.monitor.labels, compiled.label_names()[source.index]);
        break;
    }
  }
}

Verdict Evaluator::verdict_of(const CompiledRule& compiled) {
  const auto outcome = expr::evaluate(compiled.condition(), slots_, scratch_);
  if (!outcome.ok() || !outcome.value.is_boolean()) return Verdict::kNoValue;
  return outcome.value.boolean() ? Verdict::kTrue : Verdict::kFalse;
}

bool Evaluator::is_true(const expr::Program& program) {
  const auto outcome = expr::evaluate(program, slots_, scratch_);
  return outcome.ok() && outcome.value.is_boolean() && outcome.value.boolean();
}

Evidence Evaluator::explained(const expr::Program& program) {
  try {
    auto told = expr::explain(program, slots_, scratch_);
    Evidence out;
    out.summary = told.summary();
    for (auto& input : told.inputs) out.values.emplace_back(std::move(input.expression), std::move(input.value));
    return out;
  } catch (const std::bad_alloc&) {
    return {};  // an alert without its evidence is better than none
  }
}

/// That an answer came is data, whatever its rows are: the series without labels stands for the monitor.
void Evaluator::watch(Pass& pass, const Bound& bound) {
  const auto key = key_of(*bound.rule, pass.round.monitor.id, set_of(*bound.rule, pass.round), {});
  const auto place = find_or_add(pass, key, *bound.rule, true);
  if (place == kNoSeries) return;
  auto& series = series_.at(place);
  if (series.machine.newest_ms() >= pass.round.time_ms) return;  // a row without labels has spoken for it
  const auto before = series.machine;
  const auto step = series.machine.observe(bound.rule->timing, Verdict::kFalse, true, pass.round.time_ms);
  settle(place, step, before, pass.round.time_ms, nullptr);
}

/// The rows that this answer did not have. A series has been asked of it, or is of a row that was missing: `newest`
/// tells.
void Evaluator::miss_rows(const Pass& pass) {
  if (pass.tracked == nullptr) return;
  for (auto place = pass.tracked->first_series; place != kNoSeries;) {
    auto& series = series_.at(place);
    const auto next = series.next;
    // Settling the last series of a monitor forgets the monitor, and this list with it: `next` is none then.
    if (series.set_size > 0 && series.set() == pass.round.set.name && series.machine.newest_ms() < pass.round.time_ms) {
      const auto before = series.machine;
      const auto step = series.machine.missed(std::max<unsigned>(kMisses, series.rule->timing.m));
      settle(place, step, before, pass.round.time_ms, nullptr);
    }
    place = next;
  }
}

EvaluatorStats Evaluator::stats() const {
  auto out = counted_;
  out.rules = rules_.size();
  out.alerts = alerts_;
  out.series = series_.size();
  out.bytes = series_.bytes() + rule_bytes_.bytes() + binding_bytes_.bytes() + selections_.bytes();
  return out;
}

}  // namespace holter::alert
