#pragma once

#include <chrono>
#include <cstdint>

namespace holter {

/// Time that never goes back: for intervals, deadlines and durations.
using MonoTime = std::chrono::steady_clock::time_point;
/// Time of day: for what people and files see. May jump.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// The only source of time. Nobody else reads a clock, so that a test can set it.
/// Threads: every method may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime mono() const = 0;
  virtual WallTime wall() const = 0;
  /// Time of day in full resolution, since 1970 UTC: to compare with the kernel's packet timestamps.
  virtual nanoseconds wall_ns() const { return wall().time_since_epoch(); }
};

/// CLOCK_MONOTONIC and CLOCK_REALTIME of this machine.
class SystemClock final : public Clock {
 public:
  MonoTime mono() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }
  nanoseconds wall_ns() const override { return std::chrono::system_clock::now().time_since_epoch(); }
};

/// Milliseconds since 1970-01-01 UTC, as stored in files and sent on the wire.
inline std::int64_t epoch_ms(WallTime t) {
  return t.time_since_epoch().count();
}

}  // namespace holter
