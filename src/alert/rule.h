#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/matcher.h"
#include "alert/state_machine.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/alert.h"
#include "model/monitor.h"

namespace holter::alert {

enum class RuleKind : std::uint8_t {
  kRealtime,  ///< asked of each result as it comes in
  kPeriodic,  ///< asked of history, or of a foreign PromQL server, every so often
  kBuiltin,   ///< one of builtin.h; of it, a rule changes what BuiltinRules::apply() names
};
std::string_view to_string(RuleKind kind);
std::optional<RuleKind> parse_rule_kind(std::string_view word);

/// What becomes of a rule's alerts while something that the monitor depends on is down.
enum class WhenUnreachable : std::uint8_t {
  kSuppress,  ///< they are resolved, and none begin: the cause is told instead
  kEvaluate,
};
std::string_view to_string(WhenUnreachable choice);
std::optional<WhenUnreachable> parse_when_unreachable(std::string_view word);

enum class QuerySource : std::uint8_t { kHistorySql, kPromql };
std::string_view to_string(QuerySource source);
std::optional<QuerySource> parse_query_source(std::string_view word);

/// Which monitors and sets a rule is about. What is empty selects all.
struct Selector {
  std::string app;
  std::string set;                  ///< only with an app
  model::Labels labels;             ///< sorted; the monitor has all of these, with these values
  std::string folder;               ///< the monitor lies in it, or in one below: "a/b" has "a/b/c", but not "a/bc"
  std::vector<MonitorId> monitors;  ///< sorted
  /// All of them match. They see the monitor's labels, and `monitor` (its name), `app` and `folder`, which go before
  /// labels of these names.
  Matchers matchers;
  bool operator==(const Selector&) const = default;

  /// Whether it is about the monitor; `set` is not looked at.
  bool selects(const model::Monitor& monitor, std::string_view monitor_folder) const;
};

/// An alert rule as a user writes it. Plain data; check() says whether it can be one.
struct Rule {
  std::string name;  ///< unique; becomes the label `alertname`
  bool enabled = true;
  RuleKind kind = RuleKind::kRealtime;
  Selector selector;
  /// True or false (docs/expressions.md, Rules). Reads the fields of the set, the built-ins of compiled_rule.h, and
  /// labels of the monitor as `label.<name>`. Of kPeriodic: empty, for each row of the answer is an alert.
  std::string expression;
  /// Once it fires, the alert is resolved only when this is true. Empty: when the expression is false.
  std::string recovery;
  model::Severity severity = model::Severity::kWarning;
  model::Labels labels, annotations;  ///< sorted; texts of annotations and `message` are Mustache, rendered elsewhere
  std::string message;
  milliseconds hold_for{0};  ///< `for` of Prometheus
  milliseconds keep_firing_for{0};
  unsigned n = 1, m = 1;  ///< the condition holds when it did so in `n` of the last `m` results
  NoData no_data = NoData::kOk;
  milliseconds no_data_after{0};  ///< 0: three intervals of the set
  std::string active_hours;       ///< outside of them no condition holds; empty: always
  WhenUnreachable when_unreachable = WhenUnreachable::kSuppress;

  milliseconds interval{0};  ///< kPeriodic
  QuerySource source = QuerySource::kHistorySql;
  std::string query;
  bool operator==(const Rule&) const = default;

  static constexpr std::size_t kMostRules = 10'000;
  static constexpr std::size_t kMostName = 200;       ///< bytes
  static constexpr std::size_t kMostText = 4096;      ///< of an expression, a message, an annotation, a query
  static constexpr std::size_t kMostLabel = 1024;     ///< of a label's value, an app, a set, a folder
  static constexpr std::size_t kMostLabels = 32;      ///< and of annotations, and of labels and matchers selected by
  static constexpr std::size_t kMostMonitors = 1000;  ///< that are named one by one
  static constexpr std::chrono::hours kMostTime{24 * 366};
  static constexpr milliseconds kLeastInterval = seconds(10);
};

/// Whether a rule is sound in itself: names, lengths, counts, what belongs together. Errors: kInvalidArgument,
/// kTooLarge, naming the rule, the part and the limit. Expressions are CompiledRule's to check.
Status check(const Rule& rule);

/// What the state machine needs of it.
Timing timing_of(const Rule& rule);

/// A stable hash of all that decides what a series of the rule means: while it is the same, an edit keeps states.
std::uint64_t meaning_of(const Rule& rule);

}  // namespace holter::alert
