#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/monitor.h"

namespace holter::ruletest {

/// What a series is called: `responseTime{monitor="web-1",app="website"}`.
struct SeriesName {
  std::string name;
  model::Labels labels;  ///< in the order of the text, each name once
};
inline constexpr std::size_t kMostSeriesLabels = 64;
inline constexpr std::size_t kMostSeriesText = 8192;  ///< bytes

/// Reads the usual notation: labels in braces, perhaps none; values in quotes (" or '), with \\, \n and the quote
/// escaped. Blanks may stand between the parts, and a comma behind the last. Errors: kInvalidArgument with the column;
/// kTooLarge.
Result<SeriesName> parse_series(std::string_view text);

}  // namespace holter::ruletest
