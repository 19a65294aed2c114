#pragma once

#include <atomic>

#include "base/clock.h"

namespace holter::testing {

/// A clock that stands still until told otherwise. Both times can be moved apart, as when somebody sets the clock.
class FakeClock final : public Clock {
 public:
  MonoTime mono() const override { return MonoTime(nanoseconds(mono_.load())); }
  WallTime wall() const override {
    return std::chrono::floor<milliseconds>(std::chrono::sys_time<nanoseconds>(nanoseconds(wall_.load())));
  }

  nanoseconds wall_ns() const override { return nanoseconds(wall_.load()); }

  void advance(nanoseconds d) {
    mono_ += d.count();
    wall_ += d.count();
  }
  void set_wall(WallTime t) { wall_ = nanoseconds(t.time_since_epoch()).count(); }

 private:
  std::atomic<std::int64_t> mono_{1'000'000'000'000};
  std::atomic<std::int64_t> wall_{1'700'000'000'000'000'000};
};

}  // namespace holter::testing
