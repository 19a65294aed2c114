#pragma once

#include <algorithm>
#include <cstddef>

#include "base/clock.h"

namespace holter::schedule {

/// How many rounds may be in flight: between a floor and a ceiling, moved once a second by what the second was like.
/// Up by a thirty-second of the ceiling when all places were in use, due work waited for them, and memory is not short;
/// down by three tenths when rounds could not be had for want of memory, or when the thread itself came late to its
/// work with no place free (more at once would make it later still). At once down to the share of the ceiling that
/// memory pressure leaves.
///
/// Passive, like the scheduler. Threads: one.
class InFlightLimit {
 public:
  static constexpr nanoseconds kWindow = seconds(1);
  static constexpr nanoseconds kLate = milliseconds(50);     ///< what waits longer for a place asks for more places
  static constexpr nanoseconds kBehind = milliseconds(100);  ///< mean delay of timers that shows a busy thread

  InFlightLimit(std::size_t least, std::size_t most, MonoTime now)
      : least_(std::min(least, most)), most_(most), limit_(most), window_began_(now) {}

  std::size_t limit() const { return limit_; }
  std::size_t most() const { return most_; }
  std::size_t least() const { return least_; }

  /// `share` (0..1) of the ceiling is allowed; 1: memory is not short.
  void set_share(double share) {
    share_ = std::clamp(share, 0.0, 1.0);
    limit_ = std::min(limit_, ceiling());
  }
  /// A round could not be had for want of memory.
  void note_refusal() { ++refusals_; }
  /// A due job found no place; it is late by so much.
  void note_full(nanoseconds lateness) {
    full_ = true;
    longest_wait_ = std::max(longest_wait_, lateness);
  }
  /// A timer fired late by so much.
  void note_delay(nanoseconds delay) {
    delays_ += delay;
    ++timers_;
  }
  /// Takes stock when a window has passed. True when the limit has changed.
  bool update(MonoTime now);

 private:
  std::size_t ceiling() const {
    return std::max(least_, static_cast<std::size_t>(static_cast<double>(most_) * share_));
  }

  const std::size_t least_, most_;
  std::size_t limit_;
  double share_ = 1;
  MonoTime window_began_;
  std::size_t refusals_ = 0;
  bool full_ = false;
  nanoseconds longest_wait_{};
  nanoseconds delays_{};
  std::int64_t timers_ = 0;
};

}  // namespace holter::schedule
