// 10,000 rules over 100,000 series: the CPU that one interval of results takes, and the bytes of an alert and of a
// pending series.
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "alert/evaluator.h"
#include "base/hash.h"
#include "memory/account.h"

namespace holter::alert {
namespace {

constexpr std::size_t kApps = 100, kTeams = 10, kSteps = 10;
constexpr std::size_t kMonitors = 100'000, kRules = kApps * kTeams * kSteps;
constexpr std::size_t kBad = kMonitors / 100;
constexpr std::int64_t kInterval = 15'000, kBegin = 1'700'000'000'000;
constexpr double kHealthy = 50, kAboveAll = 100;  // rules ask for more than 90, 91... 99

class Counting final : public AlertSink {
 public:
  void fired(const model::Alert& alert, const Rule&, const Evidence&) override { benchmark::DoNotOptimize(&alert); }
  void resolved(const model::Alert& alert, const Rule&, const Evidence&) override { benchmark::DoNotOptimize(&alert); }
  void changed(const model::Alert& alert, const Rule&, const Evidence&) override { benchmark::DoNotOptimize(&alert); }
  void limited(const Rule&, Limit) override { ++unwanted; }
  void broken(const Rule&, const Error&) override { ++unwanted; }

  std::size_t unwanted = 0;
};

/// 100 applications with a set of one number, 1,000 monitors of each: 100,000 monitors, each a series. A tenth of each
/// application's monitors belongs to each of ten teams, which have a label and a folder of their own.
class World final : public Monitors {
 public:
  World() {
    for (std::size_t app = 0; app < kApps; ++app) {
      auto definition = std::make_shared<model::Definition>();
      definition->app = fmt::format("app-{:02}", app);
      definition->sets.push_back(
          {.name = "load", .priority = 0, .fields = {{.field = "value", .type = model::FieldType::kNumber}}});
      definitions_.push_back(std::move(definition));
    }
    for (std::size_t team = 0; team < kTeams; ++team) folders_.push_back(fmt::format("team-{}/hosts", team));
    for (std::size_t i = 0; i < kMonitors; ++i) {
      auto name = fmt::format("host-{:05}.example.org", i);
      model::Labels labels{{"site", "lab"}, {"team", fmt::format("team-{}", team_of(i))}};
      monitors_.push_back({.id = {stable_hash(name)},
                           .name = name,
                           .definition = definitions_[i % kApps],
                           .labels = std::make_shared<const model::Labels>(std::move(labels)),
                           .interval = milliseconds(kInterval)});
    }
  }

  /// For each application and team ten conditions of rising severity, half of them `for` five minutes; teams with an
  /// even number are selected by their label, the others by their folder.
  static std::vector<Rule> rules() {
    std::vector<Rule> out;
    for (std::size_t i = 0; i < kRules; ++i) {
      const auto app = i % kApps, team = i / kApps % kTeams, step = i / kApps / kTeams;
      Rule rule;
      rule.name = fmt::format("app-{:02}/team-{}/above-{}", app, team, 90 + step);
      rule.expression = fmt::format("value > {}", 90 + step);
      rule.selector = {.app = fmt::format("app-{:02}", app), .set = "load"};
      if (team % 2 == 0)
        rule.selector.labels = {{"team", fmt::format("team-{}", team)}};
      else
        rule.selector.folder = fmt::format("team-{}", team);
      if (step % 2 == 1) rule.hold_for = std::chrono::minutes(5);
      rule.annotations = {{"summary", fmt::format("{{{{labels.monitor}}}} is above {}", 90 + step)}};
      out.push_back(std::move(rule));
    }
    return out;
  }
  /// One rule for all monitors of an application, for the first half of the applications.
  static std::vector<Rule> rules_of_half(milliseconds hold_for) {
    std::vector<Rule> out;
    for (std::size_t app = 0; app < kApps / 2; ++app) {
      Rule rule;
      rule.name = fmt::format("app-{:02}/above-90", app);
      rule.expression = "value > 90";
      rule.selector = {.app = fmt::format("app-{:02}", app), .set = "load"};
      rule.hold_for = hold_for;
      out.push_back(std::move(rule));
    }
    return out;
  }

  /// A result of each monitor, in an interval's time, with a look of the clock for each second. `bad(i)`: the value is
  /// above all that rules ask for.
  template <class Bad>
  void round(Evaluator& evaluator, std::int64_t number, Bad bad) const {
    constexpr std::size_t kLooks = kInterval / 1000;
    for (std::size_t i = 0; i < kMonitors; ++i) {
      const auto time_ms = kBegin + number * kInterval + static_cast<std::int64_t>(i * kInterval / kMonitors);
      const auto value = expr::Value::of(bad(i) ? kAboveAll : kHealthy);
      const RowView row{"", {&value, 1}};
      evaluator.on_result({.monitor = monitors_[i],
                           .folder = folders_[team_of(i)],
                           .set = monitors_[i].definition->sets[0],
                           .decides = true,
                           .state = model::State::kUp,
                           .time_ms = time_ms,
                           .rows = {&row, 1}});
      if ((i + 1) % (kMonitors / kLooks) == 0) (void)evaluator.tick(time_ms, this);  // the next look goes on
    }
  }

  std::optional<MonitorView> find(MonitorId) const override { return std::nullopt; }
  std::size_t each(std::size_t from, std::size_t most,
                   const std::function<void(const MonitorView&, model::State)>& visit) const override {
    const auto end = std::min(kMonitors, from + most);
    for (auto i = from; i < end; ++i) visit({&monitors_[i], folders_[team_of(i)]}, model::State::kUp);
    return end < kMonitors ? end : 0;
  }

 private:
  static std::size_t team_of(std::size_t monitor) { return monitor / kApps % kTeams; }

  std::vector<std::shared_ptr<const model::Definition>> definitions_;
  std::vector<std::string> folders_;
  std::deque<model::Monitor> monitors_;
};

/// Of this thread, so that other work on the machine does not count.
double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// One in a hundred monitors is bad, for four intervals; then it is another one.
void interval(benchmark::State& state) {
  const World world;
  memory::Account account("bench", nullptr, std::size_t{1} << 30);
  Counting sink;
  Evaluator evaluator(account, sink);
  if (!evaluator.set_rules(World::rules(), 0)) return state.SkipWithError("the rules are refused");
  std::int64_t number = 0;
  const auto next_round = [&] {
    const auto turn = static_cast<std::size_t>(number / 4);
    world.round(evaluator, number++, [turn](std::size_t i) { return (i / kBad + turn) % 100 == 0; });
  };
  next_round();  // binds rules to sets, once for each definition
  const auto before = evaluator.stats();
  const double begin = cpu_s();
  for (auto unused : state) {
    (void)unused;
    next_round();
  }
  const auto rounds = static_cast<double>(state.iterations());
  const double spent = (cpu_s() - begin) / rounds;
  const auto after = evaluator.stats();
  // Each monitor is asked the ten rules of its team and application, and MonitorDown.
  const auto asked = after.evaluations - before.evaluations;
  if (asked != (kSteps + 1) * kMonitors * static_cast<std::size_t>(state.iterations()))
    return state.SkipWithError("rules and series do not meet as they should");
  if (sink.unwanted > 0 || after.alerts != kBad * kSteps / 2)
    return state.SkipWithError("what should fire does not, or something is refused");
  state.counters["cpu_s_of_an_interval"] = spent;
  state.counters["evaluations_per_s"] = static_cast<double>(asked) / rounds / spent;
  state.counters["alerts"] = static_cast<double>(after.alerts);
  state.counters["account_bytes"] = static_cast<double>(account.used());
  state.counters["begun_and_ended"] =
      static_cast<double>(after.fired - before.fired + after.resolved - before.resolved) / rounds;
}
BENCHMARK(interval)->Iterations(8)->Unit(benchmark::kMillisecond);

/// 50,000 of them, each of a monitor of its own: what two of one monitor share is not divided.
void bytes_of_one(benchmark::State& state, milliseconds hold_for) {
  const World world;
  memory::Account account("bench", nullptr, std::size_t{1} << 30);
  Counting sink;
  Evaluator evaluator(account, sink);
  for (auto unused : state) {
    (void)unused;
    if (!evaluator.set_rules(World::rules_of_half(hold_for), 0)) return state.SkipWithError("the rules are refused");
    world.round(evaluator, 0, [](std::size_t) { return false; });
    const auto before = account.used();
    world.round(evaluator, 1, [](std::size_t) { return true; });
    const auto stats = evaluator.stats();
    const auto count = hold_for.count() == 0 ? stats.alerts : stats.series - stats.alerts;
    if (count != kMonitors / 2 || sink.unwanted > 0) return state.SkipWithError("half of the monitors should count");
    state.counters["bytes"] = static_cast<double>(account.used() - before) / static_cast<double>(count);
  }
}
BENCHMARK_CAPTURE(bytes_of_one, alert, milliseconds(0))->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bytes_of_one, pending, std::chrono::minutes(5))->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holter::alert
