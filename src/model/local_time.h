#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace date {
class time_zone;
}

namespace holter::model {

/// The clock on the wall of a time zone. A value; its zone lives as long as the process. Threads: any.
class LocalTime {
 public:
  /// `zone`: a name of the time zone database ("Asia/Shanghai"), or empty for that of the system (UTC where it has
  /// none). Errors: kNotFound for a zone that is not known.
  static Result<LocalTime> in(std::string_view zone);

  std::chrono::local_seconds local(WallTime time) const;
  /// The moment at which the clock shows `time`. One that comes twice is the first of them; one that is left out
  /// (daylight-saving) is the moment at which it would have come, the first behind the gap.
  WallTime moment(std::chrono::local_seconds time) const;
  /// "2026-11-24 18:05:40 +08:00".
  std::string format(WallTime time) const;
  std::string_view zone() const;

 private:
  explicit LocalTime(const date::time_zone& zone) : zone_(&zone) {}
  const date::time_zone* zone_;
};

}  // namespace holter::model
