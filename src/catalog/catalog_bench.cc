// How many single creates a second are acknowledged, each after a COMMIT that is synced, and how long it takes to read
// 100,000 monitors at the start. The first has its baseline in the same run: one caller, so one commit for each.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "catalog/catalog.h"
#include "catalog/monitors.h"
#include "runtime/deadline.h"

namespace holter::catalog {
namespace {

namespace asio = boost::asio;

Monitor sample(std::int64_t number) {
  Monitor monitor;
  monitor.name = fmt::format("monitor number {}", number);
  monitor.app = "mysql";
  monitor.labels = {{"env", "prod"}, {"team", "db"}};
  monitor.params = {{"host", "host", fmt::format("db{}.example", number), false},
                    {"password", "password", std::string(48, '\x8f'), true},
                    {"port", "number", "3306", false}};
  return monitor;
}

struct Rig {
  Rig() {
    std::string path = "/var/tmp/holter-bench-XXXXXX";  // a disk, not memory
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    options.database.data_dir = path;
    auto opened = Catalog::open(options, clock, budget.account("catalog"));
    if (!opened) std::abort();
    catalog = std::move(*opened);
  }
  ~Rig() {
    catalog.reset();
    std::filesystem::remove_all(options.database.data_dir);
  }
  SystemClock clock;
  memory::Budget budget{std::size_t{1} << 30};
  CatalogOptions options;
  std::unique_ptr<Catalog> catalog;
  asio::io_context context{1};
  std::int64_t next = 0, end = 0;
};

asio::awaitable<void> caller(Rig* rig) {
  while (rig->next < rig->end) {
    auto number = rig->next++;
    auto made = co_await rig->catalog->write<Monitor>(
        "bench", [number](Transaction& t) { return create_monitor(t, sample(number)); },
        {"create a monitor", runtime::deadline_in(std::chrono::seconds(60)), 500});
    if (!made) std::abort();
  }
}

/// range(0): callers that wait at the same time.
void create_single(benchmark::State& state) {
  Rig rig;
  for (auto _ : state) {
    rig.end += 2000;
    for (int i = 0; i < state.range(0); ++i) asio::co_spawn(rig.context, caller(&rig), asio::detached);
    rig.context.restart();
    rig.context.run();
  }
  state.SetItemsProcessed(rig.next);
  state.counters["creates_per_commit"] =
      static_cast<double>(rig.next) / static_cast<double>(rig.catalog->stats().commits);
}
BENCHMARK(create_single)->Arg(1)->Arg(16)->Arg(256)->Unit(benchmark::kMillisecond)->Iterations(2)->UseRealTime();

void create_and_read_100000(benchmark::State& state) {
  Rig rig;
  rig.catalog.reset();
  auto database = Database::open(rig.options.database, rig.clock, rig.budget.account("catalog")).value();
  std::vector<Monitor> monitors;
  for (int i = 0; i < 100'000; ++i) monitors.push_back(sample(i));
  auto begin = rig.clock.mono();
  auto made = database->write<std::vector<MonitorId>>(
      "bench", [&](Transaction& t) { return create_monitors(t, std::move(monitors)); });
  if (!made) std::abort();
  state.counters["create_s"] = std::chrono::duration<double>(rig.clock.mono() - begin).count();
  database.reset();
  begin = rig.clock.mono();
  database = Database::open(rig.options.database, rig.clock, rig.budget.account("catalog")).value();
  state.counters["open_s"] = std::chrono::duration<double>(rig.clock.mono() - begin).count();
  for (auto _ : state) {
    std::size_t read = 0;
    for (MonitorId after{0};;) {
      auto page = read_monitors(*database, after).value();
      if (page.empty()) break;
      read += page.size();
      after = page.back().id;
    }
    if (read != 100'000) std::abort();
  }
  begin = rig.clock.mono();
  MonitorEdit edit;
  edit.paused = true;
  if (!database->write<EditCount>("bench", [&](Transaction& t) { return edit_monitors(t, *made, edit, false); }))
    std::abort();
  state.counters["edit_s"] = std::chrono::duration<double>(rig.clock.mono() - begin).count();
}
BENCHMARK(create_and_read_100000)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace holter::catalog
