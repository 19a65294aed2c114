#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

// Inside of this folder: times as foreign products write them.
namespace holter::intake {

/// A time of day, in one of these forms; nothing for an empty text, "null", 0 and Go's zero time (year 1).
/// - RFC 3339: "2026-11-30T20:00:00.5+01:00"; a blank for the T, slashes for the dashes, "+0100" are taken, too
/// - with the zone as products of the clouds write it: "2026/11/30 20:00:00 GMT+08:00", "... (UTC+08:00)"
/// - "11 30, 2026 20:00:00 GMT-03:00"
/// - seconds since 1970, whole or not, or milliseconds: numbers from 1e11 on (the year 5138 in seconds, 1973 in
///   milliseconds)
/// `offset` is that of the zone for a time that names none; without one that is an error. Years 1970 to 9999. Errors:
/// kInvalidArgument.
Result<std::optional<WallTime>> parse_time(std::string_view text, std::optional<std::chrono::minutes> offset = {});
/// Of a string or number. Errors: those above, and for values of other types.
Result<std::optional<WallTime>> parse_time(const boost::json::value& value,
                                           std::optional<std::chrono::minutes> offset = {});
/// Of a member; nothing when there is none.
Result<std::optional<WallTime>> time_of(const boost::json::value& object, std::string_view name,
                                        std::optional<std::chrono::minutes> offset = {});

}  // namespace holter::intake
