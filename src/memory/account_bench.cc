#include <benchmark/benchmark.h>

#include "memory/account.h"

namespace holter::memory {
namespace {

void reserve_and_release(benchmark::State& state) {
  Budget budget(1 << 30);
  auto& account = budget.account("collect/rounds");
  for (auto _ : state) {
    benchmark::DoNotOptimize(account.try_reserve(512));
    account.release(512);
  }
}
BENCHMARK(reserve_and_release);

void reservation_object(benchmark::State& state) {
  Budget budget(1 << 30);
  auto& account = budget.account("collect/rounds");
  for (auto _ : state) benchmark::DoNotOptimize(account.reserve(512));
}
BENCHMARK(reservation_object);

/// Each step is larger than a chunk: the parent is asked each time.
void reserve_across_chunks(benchmark::State& state) {
  Budget budget(1 << 30);
  auto& account = budget.account("collect/rounds");
  for (auto _ : state) {
    benchmark::DoNotOptimize(account.try_reserve(4 * Account::kChunk));
    account.release(4 * Account::kChunk);
  }
}
BENCHMARK(reserve_across_chunks);

}  // namespace
}  // namespace holter::memory
