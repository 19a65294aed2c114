#include "model/cron.h"

#include <bit>
#include <chrono>
#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

#include "base/units.h"
#include "model/time_zone.h"

namespace holter::model {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr days kFarthest{40 * 366};

bool has(std::uint64_t bits, unsigned value) {
  return (bits >> value & 1) != 0;
}

/// The lowest allowed value at or above `from`.
std::optional<unsigned> at_or_above(std::uint64_t bits, unsigned from) {
  auto left = from < 64 ? bits >> from << from : 0;
  return left == 0 ? std::nullopt : std::optional(static_cast<unsigned>(std::countr_zero(left)));
}

bool is_weekend(local_days day) {
  auto weekday = std::chrono::weekday(day);
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

unsigned last_day(const year_month_day& date) {
  return static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
}

/// The weekday nearest to day `wanted` of the month of `date`, without leaving the month. 0: the month has no such day.
unsigned nearest_weekday(const year_month_day& date, unsigned wanted) {
  auto last = last_day(date);
  if (wanted > last) return 0;
  auto weekday = std::chrono::weekday(local_days(date.year() / date.month() / std::chrono::day(wanted)));
  if (weekday == std::chrono::Saturday) return wanted == 1 ? 3 : wanted - 1;
  if (weekday == std::chrono::Sunday) return wanted == last ? wanted - 2 : wanted + 1;
  return wanted;
}

bool allows_day_of_month(const CronFields& fields, const year_month_day& date) {
  auto day = static_cast<unsigned>(date.day());
  if (has(fields.days, day)) return true;
  auto last = last_day(date);
  if (has(fields.before_last, last - day)) return true;
  if (fields.last_weekday) {
    auto found = last;
    while (is_weekend(local_days(date.year() / date.month() / std::chrono::day(found)))) --found;
    if (found == day) return true;
  }
  for (auto left = fields.nearest_weekday; left != 0; left &= left - 1)
    if (nearest_weekday(date, static_cast<unsigned>(std::countr_zero(left))) == day) return true;
  return false;
}

bool allows_weekday(const CronFields& fields, const year_month_day& date) {
  auto weekday = std::chrono::weekday(local_days(date)).c_encoding();
  auto day = static_cast<unsigned>(date.day());
  if (has(fields.weekdays, weekday)) return true;
  if (has(fields.last_weekdays, weekday) && day + 7 > last_day(date)) return true;
  return has(fields.nth[(day - 1) / 7], weekday);
}

/// The first allowed time of day at or after `from` (below a day).
std::optional<seconds> time_of_day(const CronFields& fields, seconds from) {
  std::chrono::hh_mm_ss split(from);
  auto hour = static_cast<unsigned>(split.hours().count());
  auto minute = static_cast<unsigned>(split.minutes().count());
  auto second = at_or_above(fields.seconds, static_cast<unsigned>(split.seconds().count()));
  const auto first_second = static_cast<unsigned>(std::countr_zero(fields.seconds));
  const auto first_minute = static_cast<unsigned>(std::countr_zero(fields.minutes));
  if (has(fields.hours, hour)) {
    if (has(fields.minutes, minute) && second) return hours(hour) + minutes(minute) + seconds(*second);
    if (auto later = at_or_above(fields.minutes, minute + 1))
      return hours(hour) + minutes(*later) + seconds(first_second);
  }
  auto later = at_or_above(fields.hours, hour + 1);
  if (!later) return std::nullopt;
  return hours(*later) + minutes(first_minute) + seconds(first_second);
}

/// The first allowed local time at or after `from` and before `end`.
std::optional<local_seconds> find(const CronFields& fields, local_seconds from, local_seconds end) {
  auto day = std::chrono::floor<days>(from);
  auto at = seconds(from - day);
  while (local_seconds(day) < end) {
    year_month_day date(day);
    if (!has(fields.months, static_cast<unsigned>(date.month()))) {
      day = local_days(date.year() / date.month() / 1) + days(last_day(date));
    } else {
      if (allows_day_of_month(fields, date) && allows_weekday(fields, date))
        if (auto time = time_of_day(fields, at)) return day + *time < end ? std::optional(day + *time) : std::nullopt;
      day += days(1);
    }
    at = seconds(0);
  }
  return std::nullopt;
}

local_seconds local(sys_seconds time, seconds offset) {
  return local_seconds(time.time_since_epoch() + offset);
}

}  // namespace

Result<boost::intrusive_ptr<const Cron>> Cron::make(const CronFields& fields, std::string_view text,
                                                    std::string_view zone) {
  TRY(const auto* found, find_zone(zone));
  boost::intrusive_ptr<const Cron> cron(new Cron(fields, text, *found));
  try {  // the first use of a zone reads its file
    if (fields.seconds != 0 && fields.minutes != 0 && fields.hours != 0 &&
        cron->next(WallTime(seconds(1'700'000'000))) != WallTime::max())
      return cron;
  } catch (const std::exception& failure) {
    return Error(ErrorCode::kNotFound, fmt::format("cannot read the time zone {}: {}", found->name(), failure.what()));
  }
  return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use '{}': it is never due", excerpt(text)));
}

std::string_view Cron::zone() const {
  return zone_->name();
}

WallTime Cron::next(WallTime after) const {
  // Stretch by stretch of time in which the zone has one offset.
  constexpr std::uint32_t kAllHours = (1U << 24) - 1;
  auto from = std::chrono::floor<seconds>(after) + seconds(1);  // the first candidate
  const auto farthest = from + kFarthest;
  bool crossed = false;
  auto before = seconds(0);  // offset of the stretch before, once crossed
  while (from < farthest) {
    auto info = zone_->get_info(from);
    if (!crossed) {
      before = info.begin > from - days(2) ? zone_->get_info(info.begin - seconds(1)).offset : info.offset;
    } else if (before < info.offset && find(fields_, local(from, before), local(from, info.offset))) {
      return from;  // it fell into the gap
    }
    auto start = local(from, info.offset);
    // Times that come twice have come already.
    if (before > info.offset && fields_.hours != kAllHours) start = std::max(start, local(info.begin, before));
    auto end = std::min(info.end, farthest);
    if (auto found = find(fields_, start, local(end, info.offset)))
      return sys_seconds(found->time_since_epoch() - info.offset);
    before = info.offset;
    crossed = true;
    from = end;
  }
  return WallTime::max();
}

}  // namespace holter::model
