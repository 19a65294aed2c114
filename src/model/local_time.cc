#include "model/local_time.h"

#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

#include "model/time_zone.h"

namespace holter::model {
namespace {

using std::chrono::local_seconds;
using std::chrono::sys_seconds;

sys_seconds in_seconds(WallTime time) {
  return std::chrono::floor<seconds>(time);
}

}  // namespace

Result<LocalTime> LocalTime::in(std::string_view zone) {
  TRY(const auto* found, find_zone(zone));
  try {  // the first use of a zone reads its file
    (void)found->get_info(sys_seconds());
    return LocalTime(*found);
  } catch (const std::exception& failure) {
    return Error(ErrorCode::kNotFound, fmt::format("cannot read the time zone {}: {}", found->name(), failure.what()));
  }
}

local_seconds LocalTime::local(WallTime time) const {
  auto moment = in_seconds(time);
  return local_seconds(moment.time_since_epoch() + zone_->get_info(moment).offset);
}

WallTime LocalTime::moment(local_seconds time) const {
  auto info = zone_->get_info(date::local_seconds(time.time_since_epoch()));
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return sys_seconds(time.time_since_epoch() - info.first.offset);
}

std::string LocalTime::format(WallTime time) const {
  auto moment = in_seconds(time);
  auto offset = std::chrono::floor<std::chrono::minutes>(zone_->get_info(moment).offset).count();
  auto there = local(time);
  auto day = std::chrono::floor<std::chrono::days>(there);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(there - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), offset < 0 ? '-' : '+', std::abs(offset) / 60,
                     std::abs(offset) % 60);
}

std::string_view LocalTime::zone() const {
  return zone_->name();
}

}  // namespace holter::model
