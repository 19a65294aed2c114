#pragma once

#include <array>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace date {
class time_zone;
}

namespace holter::model {

/// When a cron expression is due, in local time: a bit for each value that a field allows. A day must be allowed by
/// both fields of days (as Spring's CronExpression has it, unlike Unix' cron).
struct CronFields {
  std::uint64_t seconds = 0, minutes = 0;  ///< bits 0..59
  std::uint32_t hours = 0;                 ///< bits 0..23
  std::uint32_t days = 0;                  ///< of the month: bits 1..31
  std::uint32_t before_last = 0;           ///< L, L-n: bit n for n days before the last one
  std::uint32_t nearest_weekday = 0;       ///< nW: bit n
  bool last_weekday = false;               ///< LW
  std::uint16_t months = 0;                ///< bits 1..12
  std::uint8_t weekdays = 0;               ///< bits 0 (Sunday)..6
  std::uint8_t last_weekdays = 0;          ///< dL: the last such day of the month
  std::array<std::uint8_t, 5> nth{};       ///< d#n: bits as weekdays, at n - 1
  bool operator==(const CronFields&) const = default;
};

/// A schedule of exact times in a time zone. Frozen, and shared by all monitors that have it.
///
/// When clocks go forward, what falls into the gap is due once, at the first instant behind it. When they go back, a
/// local time that comes twice is due the first time only; but an expression that allows every hour is due in both, so
/// that what runs every minute does not stop for an hour.
class Cron : public boost::intrusive_ref_counter<Cron, boost::thread_safe_counter> {
 public:
  /// `zone`: a name of the time zone database ("Europe/Berlin"), or empty for that of the system (UTC where it has
  /// none). Errors: kNotFound for a zone that is not known, with the nearest name; kInvalidArgument for fields that are
  /// never due.
  static Result<boost::intrusive_ptr<const Cron>> make(const CronFields& fields, std::string_view text,
                                                       std::string_view zone);

  /// The first due time after `after`, a whole second; WallTime::max() when there is none within 40 years.
  WallTime next(WallTime after) const;
  /// The expression as it was written.
  const std::string& text() const { return text_; }
  std::string_view zone() const;
  /// Equal texts and zones.
  bool operator==(const Cron& other) const { return text_ == other.text_ && zone_ == other.zone_; }

 private:
  Cron(const CronFields& fields, std::string_view text, const date::time_zone& zone)
      : fields_(fields), text_(text), zone_(&zone) {}

  const CronFields fields_;
  const std::string text_;
  const date::time_zone* const zone_;  // lives as long as the process
};

}  // namespace holter::model
