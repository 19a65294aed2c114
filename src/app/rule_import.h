#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule.h"
#include "base/result.h"
#include "import/import.h"
#include "import/prometheus_rules.h"

namespace holter::app {

/// Alerting rules of Prometheus as periodic rules of Holter, whose expression is asked of a PromQL store: names of
/// metrics mean nothing to the monitors here. Each name is given once, over all inputs.
class RuleImport {
 public:
  /// `interval`: of rules whose group has none; `report` takes what is not taken, or not as it was.
  RuleImport(std::chrono::milliseconds interval, std::function<void(const imports::Finding&)> report);

  /// Errors: those of imports::read_prometheus_rules().
  Status read(const imports::Input& input);

  const std::vector<alert::Rule>& rules() const { return rules_; }
  // items = rules + refused.
  std::size_t items() const { return items_; }
  std::size_t refused() const { return refused_; }
  /// Findings about a part of a rule or group.
  std::size_t settings() const { return settings_; }
  bool all_taken() const { return refused_ == 0 && settings_ == 0; }

 private:
  void take(const imports::ImportedRule& from, const std::string& file);
  void take_labels(const imports::ImportedRule& from, alert::Rule& rule);
  void take_annotations(const imports::ImportedRule& from, alert::Rule& rule);
  std::string unique(const std::string& name);
  void part(std::string setting, std::string reason, std::string advice);

  const std::chrono::milliseconds interval_;
  const std::function<void(const imports::Finding&)> report_;
  std::vector<alert::Rule> rules_;
  std::set<std::string, std::less<>> names_;  ///< those of built-in rules among them
  std::size_t items_ = 0, refused_ = 0, settings_ = 0;
  // Of the rule that is being taken: told only when it is.
  imports::Finding place_;
  std::vector<imports::Finding> parts_;
};

/// A list of documents as the API takes them, and `holter test rules` reads them.
std::string render(const std::vector<alert::Rule>& rules, imports::Format format);

/// One of them, as JSON. `enabled`: stands in it.
std::string to_document(const alert::Rule& rule, bool enabled);

}  // namespace holter::app
