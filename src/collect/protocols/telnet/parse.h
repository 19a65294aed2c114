#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::collect::telnet {

inline constexpr std::size_t kMaxLines = 20'000;

/// The values of an answer made of `key<separator>value` lines, one per alias, in alias order; they point into
/// `answer`. The separator is '=' when the first line has one, else a tab; a line is split at the first, and the first
/// of equal keys wins. For the app zookeeper a first line "Environment:" does not count (definition format,
/// section 5.11). Errors: kProtocolViolation for more than kMaxLines lines.
Result<std::vector<std::optional<std::string_view>>> find_values(std::string_view answer, std::string_view app,
                                                                 const std::vector<std::string>& aliases);

}  // namespace holter::collect::telnet
