#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "import/import.h"
#include "model/monitor.h"

namespace holter::imports {

/// An alerting rule of Prometheus ("Alerting rules", "Recording rules").
struct ImportedRule {
  std::string name;                             ///< `alert`
  std::string expr;                             ///< PromQL, as it stands there
  std::chrono::milliseconds for_duration{};     ///< `for`
  std::chrono::milliseconds keep_firing_for{};  ///< how long it fires on behind the last match
  /// In the order of the file, those of the group behind; of a name in both, the rule's. A template in a value is as it
  /// stands there, and a finding.
  model::Labels labels;
  model::Labels annotations;                          ///< templates as Mustache (translate_template())
  std::optional<std::chrono::milliseconds> interval;  ///< the group's; nothing: Prometheus's evaluation_interval
  std::string group;
  int line = 0;
};

/// items = taken + refused: items are the rules of all groups, taken the alerting rules in `rules`.
struct ImportedRules {
  std::vector<ImportedRule> rules;
  std::size_t items = 0, refused = 0;
  std::size_t settings = 0;  ///< findings about a part of a rule or group
  bool all_taken() const { return refused == 0 && settings == 0; }
};

/// Reads a rule file (`groups`), or a PrometheusRule of Kubernetes, which has one below `spec`. What is not taken, or
/// not as it was, goes to `report`: recording rules, rules that are wrong, settings without a counterpart, parts of
/// templates. Errors: kInvalidArgument with the line for what is no YAML within the bounds of read_yaml(), or has no
/// groups.
Result<ImportedRules> read_prometheus_rules(const Input& input, const std::function<void(const Finding&)>& report);

/// A duration as Prometheus writes it: "1h30m", "2w", "1y", "500ms", "0"; units from long to short, each once. Errors:
/// kInvalidArgument, also above 100 years.
Result<std::chrono::milliseconds> prometheus_duration(std::string_view text);

}  // namespace holter::imports
