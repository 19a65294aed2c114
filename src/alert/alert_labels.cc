#include "alert/alert_labels.h"

#include <algorithm>
#include <utility>

#include "alert/row_labels.h"
#include "alert/rule_entry.h"

namespace holter::alert {
namespace {

bool has(const model::Labels& sorted, std::string_view name) {
  return std::ranges::binary_search(sorted, name, {}, &model::Labels::value_type::first);
}

/// Puts it where it belongs; what is there already stays.
void add(model::Labels& sorted, std::string name, std::string_view value) {
  auto at = std::ranges::lower_bound(sorted, name, {}, &model::Labels::value_type::first);
  if (at == sorted.end() || at->first != name) sorted.emplace(at, std::move(name), value);
}

}  // namespace

model::Labels alert_labels(const Rule& rule, const TrackedMonitor* monitor, std::string_view set,
                           std::string_view row) {
  auto out = rule.labels;
  add(out, "alertname", rule.name);
  add(out, "severity", model::to_string(rule.severity));
  if (monitor != nullptr) {
    add(out, "monitor", monitor->name);
    add(out, "app", monitor->definition->app);
    // A row of a query may tell the set itself.
    if (rule.kind != RuleKind::kPeriodic) add(out, "set", set);
    add(out, "folder", monitor->folder);
  }
  model::Labels of_row;
  if (!parse_row_labels(row, of_row)) of_row = {{"row", std::string(row)}};
  // Looked up in what is there before the row: rows stay apart whatever their labels are called.
  const auto own = out;
  for (auto& [name, value] : of_row) {
    while (has(own, name)) name.insert(0, "exported_");
    add(out, std::move(name), value);
  }
  if (monitor != nullptr)
    for (const auto& [name, value] : *monitor->labels) add(out, name, value);
  std::erase_if(out, [](const auto& label) { return label.second.empty(); });
  return out;
}

model::Alert alert_of(const Series& series, std::int64_t starts_ms, model::Resolution why, std::int64_t ends_ms) {
  const auto& rule = series.rule->rule;
  model::Alert out;
  out.labels = alert_labels(rule, series.monitor, series.set(), series.labels());
  out.fingerprint = model::fingerprint_of(out.labels);
  // What the process says of itself comes with its own annotations, which say more than the rule's.
  out.annotations = rule.annotations;
  if (series.rule->feed == Feed::kCondition && series.evidence)
    for (const auto& [name, value] : series.evidence->values) {
      std::erase_if(out.annotations, [&](const auto& annotation) { return annotation.first == name; });
      add(out.annotations, name, value);
    }
  out.starts = WallTime(milliseconds(starts_ms));
  out.resolution = why;
  if (why != model::Resolution::kNone) out.ends = WallTime(milliseconds(std::max(ends_ms, starts_ms)));
  return out;
}

}  // namespace holter::alert
