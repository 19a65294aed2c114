#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace holter::schedule {

/// Counts durations in fixed buckets. One thread records, any thread reads.
class Histogram {
 public:
  /// Upper bounds, inclusive, in ms; one more bucket takes what is above the last.
  static constexpr std::array<double, 14> kBoundsMs = {1,   2,   5,    10,   20,   50,     100,
                                                       200, 500, 1000, 2000, 5000, 10'000, 60'000};

  void record(nanoseconds value) {
    auto ms = static_cast<double>(std::max<std::int64_t>(value.count(), 0)) / 1e6;
    auto bucket = std::lower_bound(kBoundsMs.begin(), kBoundsMs.end(), ms) - kBoundsMs.begin();
    bump(counts_[static_cast<std::size_t>(bucket)], 1);
    bump(sum_us_, static_cast<std::uint64_t>(ms * 1000));
  }
  /// Number of values in bucket i (not cumulative), i up to kBoundsMs.size() inclusive.
  std::uint64_t count(std::size_t i) const { return counts_[i].load(std::memory_order_relaxed); }
  double sum_ms() const { return static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1000; }

 private:
  // One writer: a plain load and store is exact and costs less than a locked addition.
  static void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  std::array<std::atomic<std::uint64_t>, kBoundsMs.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

}  // namespace holter::schedule
