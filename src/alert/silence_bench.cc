// What it costs to ask 1,000 silences for 10,000 alerts, beside a look at each silence (`ratio`: times faster).
#include <ctime>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "alert/silence.h"

namespace holter::alert {
namespace {

constexpr std::uint64_t kSilences = 1'000;
constexpr std::size_t kAlerts = 10'000;
const WallTime kNow{std::chrono::hours(24 * 20'000)};

/// As users make them: by instance most of them, some with more matchers, a few by regular expression alone.
void fill(Silences& silences, int with_regex) {
  for (std::uint64_t id = 1; id <= kSilences; ++id) {
    auto text = id % 100 < static_cast<std::uint64_t>(with_regex)
                    ? fmt::format(R"({{instance=~"web-{}.*"}})", id)
                    : fmt::format(R"({{alertname="Down", instance="web-{}"}})", id * 7);
    (void)silences.set({.id = id,
                        .matchers = parse_matchers(text).value(),
                        .start = kNow - seconds(1),
                        .end = kNow + seconds(1)});  // the account has room
  }
}

std::vector<model::Labels> alerts() {
  std::vector<model::Labels> out;
  for (std::size_t i = 0; i < kAlerts; ++i)
    out.push_back({{"alertname", i % 3 == 0 ? "Down" : "Slow"},
                   {"app", "website"},
                   {"folder", "/europe"},
                   {"instance", fmt::format("web-{}", i)},
                   {"severity", "critical"}});
  return out;
}

/// Of this thread, so that other work on the machine does not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double ns_by_a_look_at_each(const Silences& silences, const std::vector<model::Labels>& labels) {
  auto begin = cpu_ns();
  std::size_t found = 0, looked = 0;
  for (std::size_t i = 0; i < labels.size(); i += 10, ++looked)
    for (const auto& [id, silence] : silences.all())
      if (state_at(silence, kNow) == SilenceState::kActive && matches(silence.matchers, labels[i])) ++found;
  benchmark::DoNotOptimize(found);
  return (cpu_ns() - begin) / static_cast<double>(looked);
}

void ask_all(benchmark::State& state) {
  memory::Budget budget(1 << 30);
  Silences silences(budget.account("silences"));
  fill(silences, static_cast<int>(state.range(0)));
  auto labels = alerts();
  auto baseline = ns_by_a_look_at_each(silences, labels);
  std::size_t found = 0;
  auto begin = cpu_ns();
  for (auto unused : state) {
    (void)unused;
    for (const auto& one : labels) found += silences.silenced_by(one, kNow).size();
  }
  auto per_alert = (cpu_ns() - begin) / static_cast<double>(state.iterations() * kAlerts);
  state.counters["ns_per_alert"] = per_alert;
  state.counters["ratio"] = baseline / per_alert;
  state.counters["silenced"] = static_cast<double>(found) / static_cast<double>(state.iterations());
  state.counters["bytes_per_silence"] = static_cast<double>(budget.used()) / kSilences;
}
BENCHMARK(ask_all)->ArgName("percent_regex")->Arg(0)->Arg(5)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holter::alert
