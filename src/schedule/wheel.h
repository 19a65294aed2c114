#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "schedule/link.h"

namespace holter::schedule {

/// A link with the tick at which it is due.
struct Timer : Link {
  std::uint64_t tick = 0;
};

/// Hierarchical timing wheel (Varghese and Lauck, 1987): four levels of 256 slots, a tick is 2^20 ns (about 1 ms), so
/// it reaches 52 days; later times wait in the farthest slot and are sorted in when it comes round. Insertion and
/// removal cost the same whatever the number of timers; nothing is allocated. Timers never fire early; they fire late
/// by at most a tick plus the caller's own delay.
///
/// Threads: one. Lifetime: timers must be removed before they die.
class Wheel {
 public:
  static constexpr int kTickShift = 20;
  static constexpr nanoseconds kTick{1 << kTickShift};

  explicit Wheel(MonoTime now) : current_(tick_of(now)) {}

  /// Arms `timer` for `at`; a time that has passed fires at the next advance().
  void insert(Timer& timer, MonoTime at);
  static void remove(Timer& timer) { timer.unlink(); }

  /// Moves all timers due at or before `now` to `due`, in the order of their ticks.
  void advance(MonoTime now, List& due);

  /// When advance() should be called next: not after the earliest timer is due (possibly earlier, when a slot of a
  /// higher level must be sorted in). nullopt: no timers.
  std::optional<MonoTime> next() const;

 private:
  static constexpr int kLevels = 4;
  static constexpr int kBits = 8;
  static constexpr int kSlots = 1 << kBits;

  struct Level {
    std::array<List, kSlots> slots;
    std::array<std::uint64_t, kSlots / 64> filled{};  ///< may be set for a slot that was emptied by remove()
  };

  static std::uint64_t tick_of(MonoTime t) {
    return static_cast<std::uint64_t>(t.time_since_epoch().count()) >> kTickShift;
  }
  void place(Timer& timer);
  void cascade(int level);
  std::uint64_t next_tick() const;
  static int first_filled(const Level& level, int from);

  std::uint64_t current_;  ///< all timers of earlier ticks have been handed out
  std::array<Level, kLevels> levels_;
};

}  // namespace holter::schedule
