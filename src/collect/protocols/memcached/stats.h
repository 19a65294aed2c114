#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::collect::memcached {

inline constexpr std::size_t kMostLines = 4096;

/// The pairs of answers to `stats`, `stats settings` and `stats sizes` that stand behind each other, each ending with
/// "END" (protocol.txt of memcached, "Statistics"). A line "STAT <size> <count>" of `stats sizes` becomes item_size and
/// item_count, of which the last line counts; of other equal keys the first does, since `stats settings` calls a switch
/// "evictions", too. Errors: kTooLarge, kProtocolViolation for a line that is none of these.
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
Result<Pairs> parse_stats(std::string_view text);

/// True when the line ends an answer: END, or an error.
bool ends_answer(std::string_view line);
/// True for what a server says when it does not do as told.
bool is_error(std::string_view line);

}  // namespace holter::collect::memcached
