// The evaluator's rules: how a new list of them takes the old one's place, and which are about which set.
#include <algorithm>
#include <new>
#include <utility>

#include "alert/alert_labels.h"
#include "alert/evaluator.h"
#include "base/hash.h"

namespace holter::alert {
namespace {

using Edit = RuleEntry::Edit;
using model::Resolution;

/// A rule's place in the list of a monitor that it names, and that monitor's share of the table.
constexpr std::size_t kBytesOfNamed = 96;

std::size_t bytes_of(const Rule& rule) {
  auto bytes = sizeof(Rule) + rule.name.size() + rule.expression.size() + rule.recovery.size() + rule.message.size() +
               rule.query.size() + rule.active_hours.size() + rule.selector.app.size() + rule.selector.set.size() +
               rule.selector.folder.size() + rule.selector.monitors.size() * sizeof(MonitorId);
  for (const auto* labels : {&rule.labels, &rule.annotations, &rule.selector.labels})
    for (const auto& [name, value] : *labels) bytes += sizeof(model::Labels::value_type) + name.size() + value.size();
  return bytes + held_bytes(rule.selector.matchers);
}

/// What becomes of the alerts of a rule whose meaning stays.
Edit edit_of(const Rule& before, const Rule& after) {
  if (before.severity != after.severity || before.labels != after.labels) return Edit::kRelabel;
  if (before.annotations != after.annotations || before.message != after.message) return Edit::kAnnotate;
  return Edit::kNone;
}

}  // namespace

Status Evaluator::check_rules(std::vector<Rule> rules) const {
  TRY(auto all, with_builtins(std::move(rules)));
  TRY(auto made, make_rules(std::move(all)));
  (void)made;  // only whether they can be made counts
  return {};
}

Status Evaluator::set_rules(std::vector<Rule> rules, std::int64_t now_ms) {
  TRY(auto all, with_builtins(std::move(rules)));
  TRY(auto next, make_rules(std::move(all)));
  auto bytes = regexes_.held_bytes();
  for (const auto& [name, entry] : next)
    bytes += sizeof(RuleEntry) + bytes_of(entry->rule) + (entry->compiled ? entry->compiled->held_bytes() : 0);
  TRY(auto reserved, account_.reserve(bytes));

  mark_edits(next);
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    const auto& series = series_.at(place);
    if (series.rule == nullptr) continue;
    if (series.rule->edit == Edit::kEnd)
      end(place, Resolution::kRuleGone, now_ms);
    else if (series.rule->edit == Edit::kRelabel && series.machine.alerting())
      sink_.resolved(alert_of(series, series.machine.since_ms(), Resolution::kRuleGone, now_ms), series.rule->rule, {});
  }
  drop_bindings();
  take_over(std::move(next));
  rule_bytes_ = std::move(reserved);
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    const auto& series = series_.at(place);
    if (series.rule == nullptr || !series.machine.alerting() || series.rule->edit == Edit::kNone) continue;
    ++counted_.changed;
    Evidence evidence;
    evidence.no_data = series.machine.phase() == Phase::kNoData;
    const auto alert = alert_of(series, series.machine.since_ms());
    if (series.rule->edit == Edit::kRelabel)
      sink_.fired(alert, series.rule->rule, evidence);
    else
      sink_.changed(alert, series.rule->rule, evidence);
  }
  return {};
}

Result<Evaluator::RuleMap> Evaluator::make_rules(std::vector<Rule> rules) const {
  RuleMap out;
  for (auto& rule : rules) {
    TRY(auto entry, make_rule(std::move(rule)));
    if (entry->rule.enabled) out.emplace(entry->rule.name, std::move(entry));
  }
  return out;
}

Result<std::unique_ptr<RuleEntry>> Evaluator::make_rule(Rule rule) const {
  TRY_OK(check(rule));
  auto entry = std::make_unique<RuleEntry>();
  entry->name_hash = stable_hash(rule.name);
  entry->meaning = meaning_of(rule);
  entry->timing = timing_of(rule);
  entry->feed = feed_of(rule);
  if (!rule.active_hours.empty()) {
    if (hours_ == nullptr)
      return Error(ErrorCode::kInvalidArgument,
                   "cannot take rule '" + rule.name + "': no active hours are possible here");
    auto parsed = hours_->parse(rule.active_hours);
    if (!parsed) return std::move(parsed).error().with_context("rule '" + rule.name + "', active_hours");
    entry->hours = std::move(*parsed);
  }
  const bool asks_results = rule.kind != RuleKind::kPeriodic && entry->feed == Feed::kResults;
  if (asks_results && rule.selector.set.empty()) {
    TRY(auto compiled, CompiledRule::compile_for(rule, nullptr, &regexes_));
    entry->compiled = std::make_shared<const CompiledRule>(std::move(compiled));
  }
  entry->rule = std::move(rule);
  return entry;
}

void Evaluator::mark_edits(const RuleMap& next) {
  for (auto& [name, entry] : rules_) {
    auto found = next.find(name);
    const bool stays = found != next.end() && found->second->meaning == entry->meaning;
    entry->edit = stays ? edit_of(entry->rule, found->second->rule) : Edit::kEnd;
  }
}

/// Entries that stay keep their address, which series know, and take the contents of the new ones.
void Evaluator::take_over(RuleMap next) {
  for (auto& [name, entry] : next) {
    auto found = rules_.find(name);
    if (found == rules_.end() || found->second->edit == Edit::kEnd) continue;
    auto& old = *found->second;
    old.rule = std::move(entry->rule);
    old.timing = entry->timing;
    old.hours = std::move(entry->hours);
    old.compiled = std::move(entry->compiled);
    old.error.clear();
    entry = std::move(found->second);
  }
  rules_ = std::move(next);
  stale_ = nullptr;
  for (auto& [name, entry] : rules_)
    if (entry->feed == Feed::kStale) stale_ = entry.get();
}

const Evaluator::Binding& Evaluator::binding_of(const RoundView& round) {
  auto found = bindings_.find(&round.set);
  if (found != bindings_.end()) [[likely]]
    return found->second;
  // Definitions that were replaced leave theirs behind; there are as many as sets in use, else.
  constexpr std::size_t kMostBindings = 16'384;
  if (bindings_.size() >= kMostBindings) drop_bindings();
  Binding binding;
  bind(binding, round);
  return bindings_.emplace(&round.set, std::move(binding)).first->second;
}

void Evaluator::bind(Binding& binding, const RoundView& round) {
  binding.definition = round.monitor.definition;
  for (auto& [name, entry] : rules_) {
    const auto& selector = entry->rule.selector;
    if (entry->rule.kind == RuleKind::kPeriodic || entry->feed == Feed::kStale || entry->feed == Feed::kCondition)
      continue;
    if (!selector.app.empty() && selector.app != round.monitor.definition->app) continue;
    if (!selector.set.empty() && selector.set != round.set.name) continue;
    if (entry->feed == Feed::kResults && selector.set.empty() && !round.decides) continue;
    if (!bind_rule(binding, *entry, round)) binding.complete = false;
  }
}

/// False when memory is refused; the rule has counted it.
bool Evaluator::bind_rule(Binding& binding, RuleEntry& entry, const RoundView& round) {
  auto compiled = entry.compiled;
  std::size_t bytes = sizeof(Bound) + entry.rule.selector.monitors.size() * kBytesOfNamed;
  if (compiled == nullptr) {
    Rule rule = entry.rule;
    if (entry.feed == Feed::kCertificate) {
      rule.expression = certificate_expression(round.set);
      if (rule.expression.empty()) return true;  // no certificate is told of here
    }
    const auto regexes = regexes_.held_bytes();
    auto made = CompiledRule::compile_for(rule, &round.set, &regexes_);
    if (!made) {
      entry.error = made.error().message();
      sink_.broken(entry.rule, made.error());
      return true;
    }
    bytes += made->held_bytes() + regexes_.held_bytes() - std::min(regexes, regexes_.held_bytes());
    compiled = std::make_shared<const CompiledRule>(std::move(*made));
  }
  if (binding_bytes_.bytes() == 0) {
    auto first = account_.reserve(bytes);
    if (!first) return refuse(entry, Limit::kMemory), false;
    binding_bytes_ = std::move(*first);
  } else if (!binding_bytes_.resize(binding_bytes_.bytes() + bytes)) {
    return refuse(entry, Limit::kMemory), false;
  }
  binding.reads_rows = binding.reads_rows || compiled->reads_rows();
  if (!entry.rule.selector.matchers.empty())
    binding.matched.push_back({&entry, std::move(compiled)});
  else if (entry.rule.selector.monitors.empty())
    binding.all.push_back({&entry, std::move(compiled)});
  else
    for (auto id : entry.rule.selector.monitors) binding.by_monitor[id].push_back({&entry, compiled});
  return true;
}

/// Which of `binding.matched` are about the monitor. Valid until the next result.
const Selections::Places& Evaluator::matched_of(const Binding& binding, const RoundView& round) {
  const MonitorView monitor{&round.monitor, round.folder};
  if (const auto* known = selections_.find(monitor, round.set)) return *known;
  Selections::Places places;
  for (std::uint32_t place = 0; place < binding.matched.size(); ++place)
    if (binding.matched[place].rule->rule.selector.selects(round.monitor, round.folder)) places.push_back(place);
  return selections_.keep(monitor, round.set, std::move(places));
}

void Evaluator::drop_bindings() {
  selections_.clear();
  bindings_.clear();
  binding_bytes_.reset();
}

/// What was refused memory is tried again.
void Evaluator::retry_bindings() {
  if (std::ranges::any_of(bindings_, [](const auto& binding) { return !binding.second.complete; })) drop_bindings();
}

std::vector<RuleStatus> Evaluator::rules() const {
  std::vector<RuleStatus> out;
  for (const auto& [name, entry] : rules_)
    out.push_back({&entry->rule, entry->alerts, entry->series, entry->refused, entry->no_value, entry->error});
  return out;
}

}  // namespace holter::alert
