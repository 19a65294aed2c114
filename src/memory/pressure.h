#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace holter::memory {

/// How short memory is. What happens at each level: docs/memory.md.
enum class Level : std::uint8_t { kNormal, kElevated, kHigh, kCritical, kEmergency };
constexpr std::size_t kLevels = 5;
std::string_view to_string(Level level);

/// What the level is decided from, each as a share of what is allowed (1.0: all of it).
enum class Signal : std::uint8_t { kLedger, kResident, kStall };
std::string_view to_string(Signal signal);

struct Signals {
  double ledger = 0;    ///< bytes on accounts, of what the ledger may hold (Budget::fullness())
  double resident = 0;  ///< resident set of the process, of memory.budget
  double stall = 0;     ///< PSI: mapped so that a neighbour's pressure reads like our own (Stall::share())
  double largest() const;
  Signal cause() const;  ///< whose value is the largest
};

/// When a level begins and ends.
struct LevelOptions {
  std::array<double, kLevels> from = {0, 0.70, 0.80, 0.90, 0.95};  ///< ascending
  double hysteresis = 0.05;                                        ///< a level ends this far below its beginning
  nanoseconds dwell = seconds(10);                                 ///< and not before it has lasted so long below that
};

constexpr seconds kMostDwell = std::chrono::hours(1);

/// Errors: kInvalidArgument, naming the key, when levels do not ascend, are above 100 %, or could never end.
Status check(const LevelOptions& options);

/// One change of the level.
struct LevelChange {
  std::int64_t time_ms = 0;  ///< since 1970 UTC
  Level from{}, to{};
  Signals signals;
};

/// Decides the level: up at once, down one level at a time, with hysteresis and dwell time. Passive: a test drives it.
/// Threads: one.
class Pressure {
 public:
  static constexpr std::size_t kHistory = 256;  ///< changes kept, the oldest go first

  explicit Pressure(const LevelOptions& options = {}) : options_(options) {}

  /// Takes in a sample; returns the change, if there was one. A signal that is negative or not a number reads as 0.
  std::optional<LevelChange> update(const Signals& signals, MonoTime now, std::int64_t wall_ms);
  /// Takes effect with the next sample; time already spent below the end of a level counts. Pass check() first.
  void set_options(const LevelOptions& options) { options_ = options; }

  Level level() const { return level_; }
  const Signals& signals() const { return signals_; }
  /// When the level began, or the first sample was taken.
  std::int64_t since_ms() const { return since_ms_; }
  /// Time spent at each level so far, of the samples taken in.
  const std::array<nanoseconds, kLevels>& time_at() const { return time_at_; }
  /// Oldest first.
  const std::vector<LevelChange>& history() const { return history_; }

 private:
  double end_of(Level level) const;
  LevelChange change(Level to, std::int64_t wall_ms);

  LevelOptions options_;
  Level level_ = Level::kNormal;
  Signals signals_;
  std::int64_t since_ms_ = 0;
  std::optional<MonoTime> last_, below_since_;
  std::array<nanoseconds, kLevels> time_at_{};
  std::vector<LevelChange> history_;
};

}  // namespace holter::memory
