#include <array>
#include <atomic>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "memory/account.h"
#include "memory/critical.h"
#include "memory/resident.h"
#include "memory/shares.h"
#include "memory/stall.h"

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

/// As above, with a floor that covers it: as the rounds of critical monitors have it.
void reserve_below_a_floor(benchmark::State& state) {
  Budget budget(1 << 30);
  auto& account = budget.account("critical");
  if (!account.set_floor(1 << 20)) state.SkipWithError("no floor");
  for (auto _ : state) {
    benchmark::DoNotOptimize(account.try_reserve(512));
    account.release(512);
  }
}
BENCHMARK(reserve_below_a_floor);

void reservation_object(benchmark::State& state) {
  Budget budget(1 << 30);
  auto& account = budget.account("collect/rounds");
  for (auto _ : state) benchmark::DoNotOptimize(account.reserve(512));
}
BENCHMARK(reservation_object);

void round_paid_from_the_reserve(benchmark::State& state) {
  Budget budget(1 << 20);
  (void)apply({}, budget, 1 << 20);
  auto hog = budget.account("collect").reserve((1 << 20) * 53 / 100);
  Reserve reserve(budget.account("collect/rounds"), budget.account("critical"));
  for (auto _ : state) benchmark::DoNotOptimize(reserve.reserve(512, true));
}
BENCHMARK(round_paid_from_the_reserve);

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

/// The simplest ledgers: one number for all, behind an atomic or a mutex.
struct OneAtomic {
  alignas(64) std::atomic<std::size_t> used{0};
  std::size_t limit = 1 << 30;
  bool try_reserve(std::size_t bytes) {
    if (used.fetch_add(bytes) + bytes <= limit) return true;
    used.fetch_sub(bytes);
    return false;
  }
  void release(std::size_t bytes) { used.fetch_sub(bytes); }
};
struct OneMutex {
  std::mutex mutex;
  std::size_t used = 0, limit = 1 << 30;
  bool try_reserve(std::size_t bytes) {
    std::scoped_lock lock(mutex);
    if (used + bytes > limit) return false;
    used += bytes;
    return true;
  }
  void release(std::size_t bytes) {
    std::scoped_lock lock(mutex);
    used -= bytes;
  }
};

/// Processor time per reservation and release, ns, with four threads at once; `ledger_of(t)` is what thread t uses.
/// What a thread waits for a cache line is in it, what other programs take is not.
double four_threads(const auto& ledger_of) {
  constexpr int kThreads = 4, kSteps = 1'000'000;
  std::atomic<int> ready{0};
  auto work = [&](auto& ledger) {
    ready.fetch_add(1);
    while (ready.load() < kThreads) std::this_thread::yield();
    for (int i = 0; i < kSteps; ++i) {
      benchmark::DoNotOptimize(ledger.try_reserve(512));
      ledger.release(512);
    }
  };
  auto cpu_ns = [] {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
  };
  auto began = cpu_ns();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back([&, t] { work(ledger_of(t)); });
  }
  return (cpu_ns() - began) / kSteps / kThreads;
}

/// Four threads on accounts below one parent, against four threads on one number, in the same run. A ratio below 1: the
/// ledger is cheaper.
void four_threads_against_one_number(benchmark::State& state) {
  double ledger = 0, atomic = 0, mutex = 0;
  for (auto _ : state) {
    Budget budget(1 << 30);
    std::array<Account*, 4> accounts{};
    for (std::size_t t = 0; t < accounts.size(); ++t) accounts[t] = &budget.account("shard" + std::to_string(t));
    OneAtomic one;
    OneMutex locked;
    ledger += four_threads([&](int t) -> Account& { return *accounts[static_cast<std::size_t>(t)]; });
    atomic += four_threads([&](int) -> OneAtomic& { return one; });
    mutex += four_threads([&](int) -> OneMutex& { return locked; });
  }
  auto times = static_cast<double>(state.iterations());
  state.counters["ledger_ns"] = ledger / times;
  state.counters["atomic_ns"] = atomic / times;
  state.counters["mutex_ns"] = mutex / times;
  state.counters["ratio_to_atomic"] = ledger / atomic;
  state.counters["ratio_to_mutex"] = ledger / mutex;
}
BENCHMARK(four_threads_against_one_number)->Iterations(5)->UseRealTime()->Unit(benchmark::kMillisecond);

/// What a sample of the governor costs, five times a second.
void fullness(benchmark::State& state) {
  Budget budget(0);
  (void)apply({}, budget, 1 << 30);
  for (auto share : kShareNames)
    for (int i = 0; i < 8; ++i) (void)budget.account(share).child("part" + std::to_string(i));
  for (auto _ : state) benchmark::DoNotOptimize(budget.fullness());
}
BENCHMARK(fullness);

void resident_by_opening(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(resident_set());
}
BENCHMARK(resident_by_opening);

void resident_by_reader(benchmark::State& state) {
  ResidentReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(reader.read());
}
BENCHMARK(resident_by_reader);

void stall_share_of_this_machine(benchmark::State& state) {
  auto stall = Stall::open();
  for (auto _ : state) benchmark::DoNotOptimize(stall.share(MonoTime{}));
}
BENCHMARK(stall_share_of_this_machine);

}  // namespace
}  // namespace holter::memory
