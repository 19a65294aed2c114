#pragma once

#include <string_view>

#include "base/result.h"
#include "model/cron.h"

namespace holter::define {

/// Reads a cron expression as Spring's CronExpression does: six fields (second, minute, hour, day of month, month, day
/// of week) of values, `*`, ranges `a-b`, steps `/n` and lists; `?` for any day; names JAN-DEC and MON-SUN in any case;
/// days of the month `L`, `L-n`, `nW`, `LW`; days of the week `dL`, `d#n` (0 and 7 are Sunday); macros @yearly,
/// @annually, @monthly, @weekly, @daily, @midnight and @hourly. Five fields have no seconds: second 0. Errors:
/// kInvalidArgument, naming the field, the value and its column (from 1).
Result<model::CronFields> parse_cron(std::string_view text);

}  // namespace holter::define
