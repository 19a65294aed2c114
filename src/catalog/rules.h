#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

// What may be stored, for the sources of this folder.
namespace holter::catalog {

/// How long texts may be, in bytes.
constexpr std::size_t kMostName = 256;
constexpr std::size_t kMostPath = 512;
constexpr std::size_t kMostDescription = 4096;
constexpr std::size_t kMostValue = 32 * 1024;

/// Errors: kInvalidArgument when `text` is longer than `most`, is no UTF-8, or has a NUL (PostgreSQL stores none).
Status check_text(std::string_view what, std::string_view text, std::size_t most);
/// A text that people read in one line: check_text(), at least one byte, no control characters, no blank at an end.
Status check_name(std::string_view what, std::string_view text, std::size_t most = kMostName);
/// Lower-case hexadecimal; for sealed bytes, which are no text.
std::string to_hex(std::string_view bytes);
/// Errors: kCorruption.
Result<std::string> from_hex(std::string_view text);

/// Whether a number from outside can be an id of a row: not 0, and not above what the databases hold.
inline bool is_key(std::uint64_t id) {
  return id > 0 && id <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

inline WallTime from_epoch_ms(long long ms) {
  return WallTime(milliseconds(ms));
}

}  // namespace holter::catalog
