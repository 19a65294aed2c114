#include "alert/rule.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"

namespace holter::alert {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"realtime", "periodic", "builtin"};
constexpr std::array<std::string_view, 2> kUnreachable{"suppress", "evaluate"};
constexpr std::array<std::string_view, 2> kSources{"sql", "promql"};

template <class Enum>
std::optional<Enum> parse(std::span<const std::string_view> words, std::string_view word) {
  auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

/// Checks parts of one rule; the first that is wrong stays.
class Checker {
 public:
  explicit Checker(const Rule& rule) : rule_(rule) {}

  void most(std::string_view part, std::size_t count, std::size_t limit, std::string_view unit = "bytes") {
    if (count > limit)
      fail(ErrorCode::kTooLarge, fmt::format("{} has {} {}, and {} is the most", part, count, unit, limit));
  }
  void require(bool holds, std::string_view why) {
    if (!holds) fail(ErrorCode::kInvalidArgument, std::string(why));
  }
  void time(std::string_view part, milliseconds value) {
    if (value < milliseconds(0) || value > Rule::kMostTime)
      fail(ErrorCode::kInvalidArgument,
           fmt::format("{} is {} ms, and 0 to 366 days are possible", part, value.count()));
  }
  void labels(std::string_view part, const model::Labels& labels, std::size_t most_value) {
    most(part, labels.size(), Rule::kMostLabels, "entries");
    require(std::ranges::is_sorted(labels, std::ranges::less_equal(), &model::Labels::value_type::first) ||
                std::ranges::adjacent_find(labels, std::ranges::greater_equal(), &model::Labels::value_type::first) ==
                    labels.end(),
            fmt::format("{} must be sorted, each name once", part));
    for (const auto& [name, value] : labels) {
      require(!name.empty(), fmt::format("{} has an entry without a name", part));
      most(fmt::format("name '{}' in {}", excerpt(name, 40), part), name.size(), Rule::kMostName);
      most(fmt::format("'{}' in {}", excerpt(name, 40), part), value.size(), most_value);
    }
  }
  Status result() && {
    if (!failed_) return {};
    return std::move(*failed_);
  }

 private:
  void fail(ErrorCode code, std::string why) {
    if (!failed_) failed_ = Error(code, fmt::format("cannot take rule '{}': {}", excerpt(rule_.name, 60), why));
  }
  const Rule& rule_;
  std::optional<Error> failed_;
};

/// What a matcher of a selector sees under that name.
std::string_view value_of(std::string_view name, const model::Monitor& monitor, std::string_view folder) {
  if (name == "monitor") return monitor.name;
  if (name == "app") return monitor.definition->app;
  if (name == "folder") return folder;
  return model::label_of(*monitor.labels, name);
}

void check_selector(Checker& checker, const Selector& selector) {
  checker.most("the app", selector.app.size(), Rule::kMostLabel);
  checker.most("the set", selector.set.size(), Rule::kMostLabel);
  checker.most("the folder", selector.folder.size(), Rule::kMostLabel);
  checker.require(selector.set.empty() || !selector.app.empty(), "a set needs the app that it is of");
  checker.labels("labels of the selector", selector.labels, Rule::kMostLabel);
  checker.most("the list of monitors", selector.monitors.size(), Rule::kMostMonitors, "entries");
  checker.require(std::ranges::is_sorted(selector.monitors), "its monitors must be sorted");
  checker.most("the selector", selector.matchers.size(), Rule::kMostLabels, "matchers");
}

void check_kind(Checker& checker, const Rule& rule) {
  const bool periodic = rule.kind == RuleKind::kPeriodic;
  if (rule.kind == RuleKind::kRealtime) checker.require(!rule.expression.empty(), "it has no expression");
  checker.require(periodic || rule.query.empty(), "only a periodic rule has a query");
  checker.require(periodic || rule.interval == milliseconds(0), "only a periodic rule has an interval");
  if (!periodic) return;
  checker.require(!rule.query.empty(), "it has no query");
  checker.require(rule.expression.empty() && rule.recovery.empty(),
                  "a periodic rule has its condition in the query: each row of the answer is an alert");
  checker.require(rule.interval >= Rule::kLeastInterval, "its interval is less than 10 s");
  checker.time("the interval", rule.interval);
}

}  // namespace

std::string_view to_string(RuleKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
std::optional<RuleKind> parse_rule_kind(std::string_view word) {
  return parse<RuleKind>(kKinds, word);
}
std::string_view to_string(WhenUnreachable choice) {
  return kUnreachable[static_cast<std::size_t>(choice)];
}
std::optional<WhenUnreachable> parse_when_unreachable(std::string_view word) {
  return parse<WhenUnreachable>(kUnreachable, word);
}
std::string_view to_string(QuerySource source) {
  return kSources[static_cast<std::size_t>(source)];
}
std::optional<QuerySource> parse_query_source(std::string_view word) {
  return parse<QuerySource>(kSources, word);
}

bool Selector::selects(const model::Monitor& monitor, std::string_view monitor_folder) const {
  if (!monitors.empty() && !std::ranges::binary_search(monitors, monitor.id)) return false;
  if (!app.empty() && monitor.definition->app != app) return false;
  if (!folder.empty() && monitor_folder != folder &&
      !(monitor_folder.starts_with(folder) && monitor_folder[folder.size()] == '/'))
    return false;
  const bool has_labels = std::ranges::all_of(labels, [&](const auto& wanted) {
    auto found = std::ranges::lower_bound(*monitor.labels, wanted.first, {}, &model::Labels::value_type::first);
    return found != monitor.labels->end() && *found == wanted;
  });
  return has_labels && std::ranges::all_of(matchers, [&](const Matcher& matcher) {
           return matcher.matches(value_of(matcher.name(), monitor, monitor_folder));
         });
}

Status check(const Rule& rule) {
  Checker checker(rule);
  checker.require(!rule.name.empty(), "it has no name");
  checker.most("the name", rule.name.size(), Rule::kMostName);
  check_selector(checker, rule.selector);
  check_kind(checker, rule);
  checker.most("the expression", rule.expression.size(), Rule::kMostText);
  checker.most("the recovery", rule.recovery.size(), Rule::kMostText);
  checker.most("the message", rule.message.size(), Rule::kMostText);
  checker.most("the query", rule.query.size(), Rule::kMostText);
  checker.most("active_hours", rule.active_hours.size(), Rule::kMostLabel);
  checker.labels("labels", rule.labels, Rule::kMostLabel);
  checker.labels("annotations", rule.annotations, Rule::kMostText);
  for (std::string_view reserved : {"alertname", "severity", "monitor", "app", "set"})
    checker.require(std::ranges::find(rule.labels, reserved, &model::Labels::value_type::first) == rule.labels.end(),
                    fmt::format("the label '{}' follows from what the alert is about, and no rule sets it", reserved));
  checker.time("for", rule.hold_for);
  checker.time("keep_firing_for", rule.keep_firing_for);
  checker.time("no_data_after", rule.no_data_after);
  checker.require(
      rule.n >= 1 && rule.n <= rule.m && rule.m <= Timing::kMostResults,
      fmt::format("{} of {} results is not possible: 1 <= n <= m <= {}", rule.n, rule.m, Timing::kMostResults));
  return std::move(checker).result();
}

Timing timing_of(const Rule& rule) {
  return {.for_ms = rule.hold_for.count(),
          .keep_firing_ms = rule.keep_firing_for.count(),
          .n = static_cast<std::uint8_t>(rule.n),
          .m = static_cast<std::uint8_t>(rule.m),
          .no_data = rule.no_data};
}

std::uint64_t meaning_of(const Rule& rule) {
  auto state = kHashSeed;
  auto add = [&](std::string_view text) { state = hash_step(state, text); };
  auto add_number = [&](std::uint64_t number) { add(fmt::format("{}", number)); };
  add(to_string(rule.kind));
  add(rule.selector.app);
  add(rule.selector.set);
  add_number(rule.selector.labels.size());
  for (const auto& [name, value] : rule.selector.labels) add(name), add(value);
  add(rule.selector.folder);
  add_number(rule.selector.monitors.size());
  for (auto id : rule.selector.monitors) add_number(id.value);
  // Without any, it is the hash that rules had before there were matchers: what is stored of them goes on.
  if (!rule.selector.matchers.empty()) add(to_string(rule.selector.matchers));
  add(rule.expression);
  add(rule.recovery);
  add_number(rule.n);
  add_number(rule.m);
  add(to_string(rule.no_data));
  add(to_string(rule.when_unreachable));
  add(to_string(rule.source));
  add(rule.query);
  return mix64(state);
}

}  // namespace holter::alert
