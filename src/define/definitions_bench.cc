// Start-up cost of definitions: reading and checking 150 files, and what they hold.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include "define/definitions.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

/// A directory of `count` definitions: those of this repository under other names, again and again.
std::size_t fill(const testing::TempDir& dir, int count) {
  Problems problems;
  std::vector<std::string> texts;
  auto protocols = testing::protocols();
  for (const auto& entry : std::filesystem::recursive_directory_iterator("definitions")) {
    if (entry.path().extension() != ".yml" || entry.path().string().find("testcases") != std::string::npos) continue;
    if (!load_definition(entry.path().string(), protocols, problems)) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts.push_back(text.str());
  }
  std::size_t bytes = 0;
  for (int i = 0; i < count && !texts.empty(); ++i) {
    auto text = texts[static_cast<std::size_t>(i) % texts.size()];
    auto at = text.find("\napp: ") + 1;
    text.replace(at, text.find('\n', at) - at, fmt::format("app: app{}", i));
    dir.file(fmt::format("{}.yml", i), text);
    bytes += text.size();
  }
  return bytes;
}

void load_files(benchmark::State& state) {
  testing::TempDir dir;
  auto files = static_cast<int>(state.range(0));
  auto bytes = fill(dir, files);
  auto protocols = testing::protocols();
  double held = 0;
  for (auto _ : state) {
    auto before = mallinfo2().uordblks;
    Problems problems;
    auto registry = load_definitions(dir.path(), protocols, problems);
    held = static_cast<double>(mallinfo2().uordblks - before);
    if (registry.size() != static_cast<std::size_t>(files))
      state.SkipWithError("cannot load all files: run at the root");
  }
  state.counters["held_MiB"] = held / (1 << 20);
  state.counters["MB/s"] =
      benchmark::Counter(static_cast<double>(bytes) * 1e-6, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(load_files)->Arg(150)->Unit(benchmark::kMillisecond)->MinTime(1);

}  // namespace
}  // namespace holter::define
