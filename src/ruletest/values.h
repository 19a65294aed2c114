#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::ruletest {

/// What a series says, interval by interval from the start on; std::nullopt: nothing came.
using Values = std::vector<std::optional<double>>;
/// Of one series: a week of minutes, and some.
inline constexpr std::size_t kMostValues = 20'000;

/// Reads the expanding notation of promtool ("Unit testing for rules"), parts with blanks between them: `a`; `a+bxn`, n
/// further values in steps of b; `a-bxn`; `axn`, n further ones that are the same; `_`, `_xn` and `stale`, for which
/// nothing came. Numbers are decimal and finite. Errors: kInvalidArgument, quoting the part; kTooLarge above
/// kMostValues.
Result<Values> expand_values(std::string_view text);

}  // namespace holter::ruletest
