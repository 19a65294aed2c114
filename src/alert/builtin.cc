#include "alert/builtin.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::alert {
namespace {

Rule builtin(std::string_view name, model::Severity severity, milliseconds hold_for, std::string_view summary,
             std::string_view expression = {}) {
  Rule rule;
  rule.name = name;
  rule.kind = RuleKind::kBuiltin;
  rule.severity = severity;
  rule.hold_for = hold_for;
  rule.expression = expression;
  // What is not checked any more has not recovered; that it is not checked is MonitorStale's to tell.
  rule.no_data = NoData::kKeep;
  rule.annotations = {{"summary", std::string(summary)}};
  return rule;
}

bool has_number(const model::SetDef& set, std::string_view name) {
  auto found = std::ranges::find(set.fields, name, &model::FieldDef::field);
  return found != set.fields.end() && model::is_number(found->type);
}

/// What a user has changed of a built-in rule, put into it.
Status change(Rule& rule, const Rule& by) {
  Rule rest;
  rest.name = by.name;
  rest.kind = RuleKind::kBuiltin;
  rest.enabled = rule.enabled = by.enabled;
  rest.severity = rule.severity = by.severity;
  rest.hold_for = rule.hold_for = by.hold_for;
  rest.keep_firing_for = rule.keep_firing_for = by.keep_firing_for;
  rest.labels = rule.labels = by.labels;
  rest.annotations = by.annotations;
  if (!by.annotations.empty()) rule.annotations = by.annotations;
  rest.message = rule.message = by.message;
  rest.active_hours = rule.active_hours = by.active_hours;
  rest.selector.folder = rule.selector.folder = by.selector.folder;
  rest.selector.labels = rule.selector.labels = by.selector.labels;
  rest.selector.monitors = rule.selector.monitors = by.selector.monitors;
  rest.selector.matchers = rule.selector.matchers = by.selector.matchers;
  if (rest != by)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot change rule '{}' like this: it is a built-in one, whose condition is its own",
                             excerpt(by.name, 60)));
  return {};
}

}  // namespace

Feed feed_of(const Rule& rule) {
  if (rule.kind != RuleKind::kBuiltin || rule.name == kMonitorDown) return Feed::kResults;
  if (rule.name == kCertificateExpires) return Feed::kCertificate;
  return rule.name == kMonitorStale ? Feed::kStale : Feed::kCondition;
}

std::vector<Rule> builtin_rules() {
  using enum model::Severity;
  std::vector<Rule> out;
  out.push_back(builtin(kMonitorDown, kCritical, seconds(0), "{{labels.monitor}} is down", "state == 'DOWN'"));
  out.push_back(builtin(kMonitorStale, kWarning, seconds(60), "{{labels.monitor}} has not been checked in time"));
  out.push_back(
      builtin(kCertificateExpires, kWarning, seconds(0),
              fmt::format("a certificate of {{{{labels.monitor}}}} expires in less than {} days", kCertificateDays)));
  out.push_back(builtin(kHistoryDown, kCritical, seconds(30), "history is not written"));
  out.push_back(builtin(kMemoryLevel, kWarning, seconds(60), "memory is short, and work is given up"));
  out.push_back(builtin(kDiskLow, kCritical, seconds(60), "the disk with the data is nearly full"));
  out.push_back(builtin(kCollectorDown, kCritical, seconds(30), "a collector does not answer"));
  return out;
}

Result<std::vector<Rule>> with_builtins(std::vector<Rule> rules) {
  if (rules.size() > Rule::kMostRules)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot take {} rules: {} is the most", rules.size(), Rule::kMostRules));
  std::ranges::sort(rules, {}, &Rule::name);
  if (auto twice = std::ranges::adjacent_find(rules, {}, &Rule::name); twice != rules.end())
    return Error(ErrorCode::kConflict, fmt::format("cannot take two rules named '{}'", excerpt(twice->name, 60)));
  auto builtins = builtin_rules();
  for (const auto& rule : rules) {
    auto own = std::ranges::find(builtins, rule.name, &Rule::name);
    const bool is_builtin = rule.kind == RuleKind::kBuiltin;
    if (is_builtin && own == builtins.end())
      return Error(ErrorCode::kInvalidArgument, fmt::format("there is no built-in rule '{}'", excerpt(rule.name, 60)));
    if (!is_builtin && own != builtins.end())
      return Error(ErrorCode::kConflict,
                   fmt::format("cannot name a rule '{}': a built-in one has this name", excerpt(rule.name, 60)));
    if (is_builtin) TRY_OK(change(*own, rule));
  }
  std::erase_if(rules, [](const Rule& rule) { return rule.kind == RuleKind::kBuiltin; });
  rules.insert(rules.end(), builtins.begin(), builtins.end());
  std::ranges::sort(rules, {}, &Rule::name);
  return rules;
}

std::string certificate_expression(const model::SetDef& set) {
  if (has_number(set, "days_left")) return fmt::format("days_left < {}", kCertificateDays);
  if (has_number(set, "end_timestamp") && set.name.starts_with("cert"))
    return fmt::format("end_timestamp - now() < {}", std::int64_t{kCertificateDays} * 86'400'000);
  return {};
}

}  // namespace holter::alert
