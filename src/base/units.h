#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter {

/// Parses a size: a whole number and one of B, KiB, MiB, GiB, TiB (binary) or kB, MB, GB, TB (decimal), e.g. "512MiB".
/// A blank may stand before the unit. Errors: kInvalidArgument for a missing unit, sign, fraction or overflow.
Result<std::uint64_t> parse_size(std::string_view text);

/// "63.5 MiB": three significant digits, binary units.
std::string format_size(std::uint64_t bytes);

/// Parses a duration: a sequence of number and unit (ms, s, m, h, d), e.g. "90s", "1h30m", "500ms". A number without a
/// unit is an error that names the unit to add. Errors: kInvalidArgument, also for a result over 3,650 days.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "1h30m", "90s" -> "1m30s", "250ms".
std::string format_duration(std::chrono::milliseconds d);

/// "2026-11-24T10:05:40.123Z" (RFC 3339, UTC).
std::string format_time(std::chrono::sys_time<std::chrono::milliseconds> t);

/// The candidate nearest to `word` (Levenshtein distance at most max(2, length/3)), or empty. For "did you mean".
std::string_view nearest(std::string_view word, std::initializer_list<std::string_view> candidates);
template <class Range>
std::string_view nearest_in(std::string_view word, const Range& candidates);

/// Foreign text made fit for a message: cut to `max` bytes with "...", control bytes as \xNN.
std::string excerpt(std::string_view text, std::size_t max = 80);

std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string_view nearest_in(std::string_view word, const Range& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (std::string_view c : candidates) {
    if (std::size_t d = edit_distance(word, c); d < best_distance) {
      best = c;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace holter
