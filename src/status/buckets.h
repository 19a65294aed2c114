#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/local_time.h"

namespace holter::status {

/// A day of a time zone: 24 hours, or 23 or 25 where clocks are changed.
struct Day {
  std::int64_t from_ms = 0, to_ms = 0;  ///< `to_ms` is exclusive
  std::string date;                     ///< "2026-03-29", as the clock there has it
};
/// The last `count` days there up to that of `now`, oldest first. The last one is not over.
std::vector<Day> days_until(const model::LocalTime& zone, WallTime now, unsigned count);

/// Days of the same length that follow each other: what one query of history with one step can answer.
struct Run {
  std::size_t first = 0, count = 0;  ///< of the days
  std::int64_t step_ms = 0;
};
/// All days, each once, in order. At most `most` in a run, which is at least 1.
std::vector<Run> runs_of(std::span<const Day> days, std::size_t most);

/// Checks of one monitor within a bucket.
struct Checks {
  std::uint64_t total = 0, failed = 0;
  double avg_duration_ms = 0;
};
/// A bucket of a component.
struct Bucket {
  double available = 0;  ///< sum over its monitors of the share of checks that went well
  double duration_ms = 0;
  std::size_t monitors = 0;  ///< that were checked in it; 0: nobody knows
  bool any_failed = false;

  /// Each monitor counts alike, however often it is checked. One that was not checked does not count at all.
  void add(const Checks& checks);
  /// 0 to 1; nothing where nobody knows: time without checks is neither up nor down.
  std::optional<double> availability() const;
  std::optional<double> average_duration_ms() const;
};
/// Of all that is known: the mean of the buckets that have any.
std::optional<double> availability_of(std::span<const Bucket> buckets);
/// "99.95 %"; never "100 %" where anything failed, and never "0 %" where anything went well. "no data" for nothing.
std::string percent_text(std::optional<double> availability);

}  // namespace holter::status
