// Bytes of a ping's result on its way: one sample and one round, in batches of different sizes. The counters are the
// figures of docs/memory.md; the times are what building and encoding cost.
#include <arrow/buffer.h>
#include <benchmark/benchmark.h>

#include "batch/builder.h"
#include "batch/ipc.h"
#include "memory/account.h"
#include "memory/arrow_pool.h"

namespace holter::batch {
namespace {

void ping_results(benchmark::State& state) {
  auto results = static_cast<std::uint64_t>(state.range(0));
  memory::Budget budget(256 << 20);
  auto& account = budget.account("batches");
  memory::ArrowPool pool(account, "batches");
  Builder builder(pool, 8192);
  double batch_bytes = 0, encoded_bytes = 0, peak = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < results; ++i) {
      builder.add_sample({i}, 1'700'000'000'000, static_cast<double>(i % 100) / 10);
      builder.add_round({i}, "summary", 1'700'000'000'000, 250, model::ResultCode::kSuccess, "");
    }
    auto batch = builder.finish().value();
    batch_bytes = static_cast<double>(batch->bytes());
    encoded_bytes = static_cast<double>(encode(*batch->samples_batch(), pool).value()->size() +
                                        encode(*batch->rounds_batch(), pool).value()->size());
    peak = static_cast<double>(account.peak());
  }
  auto each = static_cast<double>(results);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
  state.counters["batch_bytes_each"] = batch_bytes / each;
  state.counters["encoded_bytes_each"] = encoded_bytes / each;
  state.counters["pool_peak_bytes_each"] = peak / each;
}
BENCHMARK(ping_results)->Arg(1)->Arg(16)->Arg(150)->Arg(1000)->Arg(8000);

}  // namespace
}  // namespace holter::batch
