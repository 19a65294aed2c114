// What asking rules costs, beside a loop that only reads the same rows (`ratio`: times that of the loop); and the bytes
// of an alert that fires.
#include <array>
#include <cstdint>
#include <ctime>
#include <deque>
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

constexpr std::size_t kMonitors = 1000, kRows = 100, kRules = 10'000;

class Ignoring final : public AlertSink {
 public:
  void fired(const model::Alert& alert, const Rule&, const Evidence&) override { benchmark::DoNotOptimize(&alert); }
  void resolved(const model::Alert& alert, const Rule&, const Evidence&) override { benchmark::DoNotOptimize(&alert); }
  void changed(const model::Alert& alert, const Rule&, const Evidence&) override { benchmark::DoNotOptimize(&alert); }
  void limited(const Rule&, Limit) override {}
  void broken(const Rule&, const Error& error) override { fmt::print(stderr, "{}\n", error.message()); }
};

/// 1,000 monitors with a row for each of 100 disks: 100,000 series.
struct World {
  std::shared_ptr<model::Definition> definition = std::make_shared<model::Definition>();
  std::deque<model::Monitor> monitors;
  std::vector<std::string> labels;
  std::vector<std::array<expr::Value, 2>> values;
  std::vector<RowView> rows;

  World() {
    definition->app = "linux";
    definition->sets.push_back({.name = "disk",
                                .priority = 1,
                                .fields = {{.field = "used", .type = model::FieldType::kNumber},
                                           {.field = "total", .type = model::FieldType::kNumber}}});
    for (std::size_t i = 0; i < kMonitors; ++i) {
      auto name = fmt::format("host-{}", i);
      monitors.push_back({.id = {stable_hash(name)},
                          .name = name,
                          .definition = definition,
                          .labels = std::make_shared<model::Labels>(model::Labels{{"team", "a"}})});
    }
    for (std::size_t i = 0; i < kRows; ++i) {
      labels.push_back(fmt::format("mount=\"/srv/data/{}\"", i));
      values.push_back({expr::Value::of(static_cast<double>(i)), expr::Value::of(100.0)});
    }
    for (std::size_t i = 0; i < kRows; ++i) rows.push_back({labels[i], values[i]});
  }
  RoundView round(std::size_t monitor, std::int64_t time_ms) const {
    return {.monitor = monitors[monitor],
            .folder = "prod",
            .set = definition->sets[0],
            .state = model::State::kUp,
            .time_ms = time_ms,
            .rows = rows};
  }
  /// Ten rules for each monitor, by its id.
  std::vector<Rule> rules(const char* expression) const {
    std::vector<Rule> out;
    for (std::size_t i = 0; i + 7 < kRules; ++i) {
      Rule rule;
      rule.name = fmt::format("rule-{}", i);
      rule.expression = expression;
      rule.selector = {.app = "linux", .set = "disk", .monitors = {monitors[i % kMonitors].id}};
      out.push_back(std::move(rule));
    }
    return out;
  }
};

/// Of this thread, so that other work on the machine does not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Reads what the expressions read, as often, and compares nothing.
double ns_per_row(const World& world) {
  constexpr int kTimes = 2000;
  const double begin = cpu_ns();
  for (int i = 0; i < kTimes; ++i)
    for (const auto& row : world.rows) {
      auto sum = row.fields[0].number() + row.fields[1].number();
      auto size = row.labels.size();
      benchmark::DoNotOptimize(sum);
      benchmark::DoNotOptimize(size);
    }
  return (cpu_ns() - begin) / kTimes / static_cast<double>(world.rows.size());
}

void results(benchmark::State& state, const char* expression) {
  World world;
  memory::Account account("bench", nullptr, std::size_t{1} << 30);
  Ignoring sink;
  Evaluator evaluator(account, sink);
  if (*expression != 0 && !evaluator.set_rules(world.rules(expression), 0)) return state.SkipWithError("rules");
  const double loop = ns_per_row(world);
  std::size_t monitor = 0;
  std::int64_t time_ms = 1'700'000'000'000;
  for (std::size_t i = 0; i < kMonitors; ++i) evaluator.on_result(world.round(i, ++time_ms));
  const auto before = evaluator.stats();
  const double begin = cpu_ns();
  for (auto _ : state) evaluator.on_result(world.round(monitor = (monitor + 1) % kMonitors, ++time_ms));
  const double spent = cpu_ns() - begin;
  const auto asked = evaluator.stats().evaluations - before.evaluations;
  const auto unit = asked > 0 ? static_cast<double>(asked) : static_cast<double>(state.iterations() * kRows);
  state.SetItemsProcessed(static_cast<std::int64_t>(asked));
  state.counters["ratio"] = spent / unit / loop;
  state.counters["ns_each"] = spent / unit;
  const auto alerts = evaluator.stats().alerts;
  if (alerts > 0)
    state.counters["bytes_per_alert"] =
        static_cast<double>(evaluator.stats().bytes) / static_cast<double>(alerts);  // the rules' among them
}
BENCHMARK_CAPTURE(results, no_rules, "");
BENCHMARK_CAPTURE(results, healthy, "used / total > 2");
BENCHMARK_CAPTURE(results, one_in_a_hundred_fires, "used / total > 0.98");

void alerts_that_fire(benchmark::State& state) {
  World world;
  memory::Account account("bench", nullptr, std::size_t{1} << 30);
  Ignoring sink;
  Rule rule;
  rule.name = "DiskFull";
  rule.expression = "used < 9.5";
  rule.selector = {.app = "linux", .set = "disk"};
  double bytes = 0, alerts = 1;
  for (auto _ : state) {
    Evaluator evaluator(account, sink);
    if (!evaluator.set_rules({rule}, 0)) return state.SkipWithError("rules");
    const auto before = evaluator.stats().bytes;
    for (std::size_t i = 0; i < kMonitors; ++i) evaluator.on_result(world.round(i, 1'700'000'000'000));
    alerts = static_cast<double>(evaluator.stats().alerts);
    bytes = static_cast<double>(evaluator.stats().bytes - before);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(alerts));
  state.counters["alerts"] = alerts;
  state.counters["bytes_per_alert"] = bytes / alerts;
}
BENCHMARK(alerts_that_fire);

}  // namespace
}  // namespace holter::alert
