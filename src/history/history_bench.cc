// What history costs: rows per second that the child keeps, and the resident memory of both ends. Prints one line per
// figure; run it alone. Arguments come from Google Benchmark.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "batch/builder.h"
#include "history/history.h"
#include "memory/arrow_pool.h"

namespace holter::history {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

struct Bench {
  Bench() {
    char path[] = "/tmp/holter-bench-XXXXXX";
    dir = ::mkdtemp(path);
    options.program = HOLTER_HISTORY_PROGRAM;
    options.gather = 0ms;  // each minute of data comes at once
    options.data_dir = dir;
  }
  ~Bench() {
    if (client) run(client->close(clock.mono() + 60s));
    client.reset();
    std::filesystem::remove_all(dir);
  }
  void run(asio::awaitable<void> work) {
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr) { context.stop(); });
    context.restart();
    context.run();
  }
  bool start() {
    client.emplace(options, context.get_executor(), clock, account, subscription);
    bool ok = false;
    asio::co_spawn(context, client->start(), [&](std::exception_ptr, Status status) {
      ok = status.has_value();
      if (!ok) std::fprintf(stderr, "%s\n", status.error().message().c_str());
      context.stop();
    });
    context.restart();
    context.run();
    return ok;
  }
  /// One sample and one round of each monitor.
  void publish(std::uint64_t monitors, std::int64_t time_ms, std::uint64_t first = 0) {
    for (std::uint64_t i = first; i < first + monitors; ++i) {
      auto id = mix(i);
      if (!known) builder.add_series({id}, {id}, "summary", "responseTime", "");
      builder.add_sample({id}, time_ms + static_cast<std::int64_t>(i % 1000), static_cast<double>(id % 1000) / 10);
      builder.add_round({id}, "summary", time_ms, static_cast<std::uint32_t>(id % 5000), model::ResultCode::kSuccess,
                        "");
    }
    pipeline.publish(builder.finish().value());
  }
  static std::uint64_t mix(std::uint64_t i) { return (i + 1) * 0x9e3779b97f4a7c15ULL; }
  /// Until at most `left` batches are queued.
  void drain(std::size_t left) {
    context.restart();
    auto busy = [&] {
      auto s = client->stats();
      auto queued = subscription.stats().queued_batches;
      return queued > left || (left == 0 && s.samples_sent != s.samples_kept + s.samples_lost);
    };
    while (busy()) context.run_one_for(10ms);
  }

  SystemClock clock;
  std::string dir;
  Options options;
  asio::io_context context{1};
  memory::Account account{"history", nullptr, 256 << 20};
  memory::ArrowPool pool{account, "bench"};
  batch::Builder builder{pool, 1'000'000};
  pipeline::Pipeline pipeline;
  pipeline::Subscription& subscription = pipeline.subscribe("history", context.get_executor(), 32 << 20);
  std::optional<Client> client;
  bool known = false;
};

double mib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

void report(benchmark::State& state, Bench& bench) {
  auto end = bench.clock.mono() + 1500ms;  // the child tells its figures once a second
  bench.context.restart();
  while (bench.clock.mono() < end) bench.context.run_one_for(10ms);
  auto stats = bench.client->stats();
  state.counters["child_peak_MiB"] = mib(stats.child_peak);
  state.counters["child_MiB"] = mib(stats.child_resident);
  state.counters["disk_MiB"] = mib(stats.file_bytes);
  state.counters["files"] = static_cast<double>(stats.files);
  state.counters["lost"] = static_cast<double>(stats.samples_lost + stats.rows_dropped);
  state.counters["restarts"] = static_cast<double>(stats.restarts);
  if (!stats.last_error.empty()) state.SetLabel(stats.last_error);
}

/// As fast as it goes: state.range(0) rounds of 16,384 samples and rounds each; files are closed meanwhile.
void ingest(benchmark::State& state) {
  for (auto _ : state) {
    Bench bench;
    bench.options.file_every = 5s;
    bench.options.file_after = 1s;
    if (!bench.start()) return state.SkipWithError("cannot start");
    auto began = bench.clock.mono();
    for (int i = 0; i < state.range(0); ++i) {
      bench.publish(16'384, epoch_ms(bench.clock.wall()), static_cast<std::uint64_t>(i % 6) * 16'384);
      bench.known = i >= 6;
      bench.drain(2);
    }
    bench.drain(0);
    std::chrono::duration<double> took = bench.clock.mono() - began;
    state.SetIterationTime(took.count());
    state.counters["samples_per_s"] = static_cast<double>(bench.client->stats().samples_kept) / took.count();
    report(state, bench);
  }
}
BENCHMARK(ingest)->Arg(300)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

/// Two hours of 9,000 monitors once a minute, the first hour closed into files; then questions.
void nine_thousand(benchmark::State& state) {
  for (auto _ : state) {
    Bench bench;
    bench.options.file_every = 5s;
    bench.options.file_after = 0s;
    if (!bench.start()) return state.SkipWithError("cannot start");
    auto hour = epoch_ms(bench.clock.wall()) / 3'600'000 * 3'600'000;
    for (int minute = 0; minute < 120; ++minute) {
      bench.publish(9'000, hour + (minute - 60) * 60'000);
      bench.known = true;
      bench.drain(0);
    }
    std::vector<SeriesId> series;
    for (std::uint64_t i = 0; i < 64; ++i) series.push_back({Bench::mix(i * 100)});
    auto began = bench.clock.mono();
    constexpr int kQueries = 50;
    int done = 0;
    for (int i = 0; i < kQueries; ++i) {
      asio::co_spawn(
          bench.context,
          bench.client->query({series, hour - 3'600'000, hour + 3'600'000, 60'000}, bench.clock.mono() + 20s),
          [&](std::exception_ptr, auto answer) {
            if (answer) done += answer->at(0).buckets.size() == 120 ? 1 : 0;
            bench.context.stop();
          });
      bench.context.restart();
      bench.context.run();
    }
    std::chrono::duration<double> took = bench.clock.mono() - began;
    state.SetIterationTime(took.count() / kQueries);
    state.counters["right"] = done;
    report(state, bench);
  }
}
BENCHMARK(nine_thousand)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holter::history
