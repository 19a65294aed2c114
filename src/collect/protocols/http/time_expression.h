#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace holter::collect::http {

/// True when the text has something of the form `${@...}`.
bool has_time_expression(std::string_view text);

/// Replaces each `${@NAME +N UNIT -N UNIT...}` by the time of day `now` in the process's time zone, moved by the terms
/// in their order (format section 2.4). NAME: now date time timestamp timestamp10 year month day hour minute second
/// millisecond; UNIT: y M w d (calendar: the last day of a shorter month counts) H m s. The timestamps are since 1970
/// UTC. What is not of this form, leaves the years 1 to 9999, or has over 16 terms, stays as it is.
std::string evaluate_time_expressions(std::string_view text, WallTime now);

/// What is wrong with the first expression that would stay as it is, or empty.
std::string fault_of_time_expressions(std::string_view text);

}  // namespace holter::collect::http
