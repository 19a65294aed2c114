#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace date {
class time_zone;
}

namespace holter::model {

/// Times that come back each week in a time zone, or one range of time. A small frozen value.
///
/// A weekly window has days on which it begins and the local times of its ends; it may cross midnight, and then belongs
/// to the day on which it began. Equal ends are 24 hours. What counts is the local time that a clock on the wall shows:
/// when clocks go forward over the beginning, it begins at the first instant behind the gap, and a window that lies
/// wholly in the gap does not come; when clocks go back, local times that come twice are inside both times.
class TimeWindow {
 public:
  static constexpr std::uint8_t kAllDays = 0x7f;

  /// `days`: bits 0 (Sunday) to 6, at least one. `from` below 24:00, `to` up to 24:00, whole minutes. `zone` as
  /// find_zone() has it. Errors: kInvalidArgument, kNotFound for the zone.
  static Result<TimeWindow> weekly(std::uint8_t days, std::chrono::minutes from, std::chrono::minutes to,
                                   std::string_view zone);
  /// [start, end). Errors: kInvalidArgument unless start lies before end, between the years 1970 and 9999.
  static Result<TimeWindow> range(WallTime start, WallTime end);
  /// "mon-fri,sun 22:00-06:00 Europe/Berlin" or "2026-11-24T10:00Z/2026-11-24T12:30:15.250Z" (RFC 3339 in UTC; seconds
  /// may be missing). Days: names of three letters and ranges of them, which may run over Sunday, or "daily". Without a
  /// zone that of the system. Errors: kInvalidArgument and kNotFound, naming what is wrong.
  static Result<TimeWindow> parse(std::string_view text);

  bool contains(WallTime t) const;
  /// The first time after `after` at which contains() changes; WallTime::max() when it never does any more.
  WallTime next_change(WallTime after) const;

  bool is_weekly() const { return zone_ != nullptr; }
  bool operator==(const TimeWindow&) const = default;

 private:
  friend std::string to_string(const TimeWindow& window);
  TimeWindow() = default;

  std::chrono::minutes length() const;
  bool contains_local(std::chrono::local_seconds t) const;
  /// The first beginning or end, of whatever day, after `t`.
  std::chrono::local_seconds next_edge(std::chrono::local_seconds t) const;

  const date::time_zone* zone_ = nullptr;  // null: a range
  bool zone_named_ = false;                // else it is the system's
  std::uint8_t days_ = 0;
  std::chrono::minutes from_{}, to_{};
  WallTime start_{}, end_{};
};

/// The form that TimeWindow::parse() reads.
std::string to_string(const TimeWindow& window);

/// Inside at least one of them.
bool any_contains(std::span<const TimeWindow> windows, WallTime t);
/// The first time after `after` at which any_contains() changes. Where that is farther than 60 days it may be a time at
/// which to ask again, since nothing changes before it; WallTime::max() when nothing does any more.
WallTime next_change(std::span<const TimeWindow> windows, WallTime after);

}  // namespace holter::model
