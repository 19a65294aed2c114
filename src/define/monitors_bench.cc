// Start-up cost of monitors: reading a file of 100,000 of them, and making each ready for its protocol.
#include <cstdio>
#include <cstdlib>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include "define/monitors.h"
#include "define/resolve.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

Registry definitions() {
  Problems problems;
  auto registry = testing::definitions(problems);
  if (registry.size() == 0) {
    std::fputs("cannot run: start from the root of the repository, where definitions/ is\n", stderr);
    std::exit(1);
  }
  return registry;
}

/// `count` pings, one in a line.
std::string pings(std::int64_t count) {
  std::string out = "monitors:\n";
  for (std::int64_t i = 0; i < count; ++i)
    out += fmt::format("  - {{name: p{}, app: ping, interval: 60s, params: {{host: 127.{}.{}.{}}}}}\n", i,
                       i >> 16 & 255, i >> 8 & 255, i & 255);
  return out;
}

void load(benchmark::State& state) {
  auto registry = definitions();
  testing::TempDir dir;
  auto path = dir.file("monitors.yml", pings(state.range(0)));
  for (auto _ : state) {
    Problems problems;
    auto before = mallinfo2().uordblks + mallinfo2().hblkhd;
    auto monitors = load_monitors(path, registry, std::chrono::seconds(1), problems);
    auto after = mallinfo2().uordblks + mallinfo2().hblkhd;
    if (monitors.size() != static_cast<std::size_t>(state.range(0))) state.SkipWithError("monitors are missing");
    state.counters["bytes/monitor"] = static_cast<double>(after - before) / static_cast<double>(monitors.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(load)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void resolve_set(benchmark::State& state, const char* app, std::vector<std::string> params) {
  auto registry = definitions();
  Problems problems;
  model::Monitor monitor{.definition = registry.find(app)};
  monitor.params = parse_params(*monitor.definition, params, problems);
  for (auto _ : state) benchmark::DoNotOptimize(resolve(monitor.definition->sets[0], monitor));
}
BENCHMARK_CAPTURE(resolve_set, ping, "ping", {"host=127.0.0.1"});
BENCHMARK_CAPTURE(resolve_set, website, "website", {"host=127.0.0.1", "port=80", "uri=/health"});

}  // namespace
}  // namespace holter::define
