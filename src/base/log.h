#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace holter::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

/// Where lines go and from which level on. Call once before threads start; until then warnings go to standard error.
/// A line is "<RFC 3339 time> <level> <folder>: <message>". Lines are cut to 4 KiB.
void open(Level level);
bool enabled(Level level);
void write(Level level, std::string_view folder, std::string_view message);
/// Formats and writes; a line for which there is no memory is left out, and a fixed one says that lines are missing.
/// Whoever logs a failure must not fail by that.
void vwrite(Level level, std::string_view folder, fmt::string_view f, fmt::format_args args) noexcept;

template <class... Args>
void debug(std::string_view folder, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(Level::kDebug)) vwrite(Level::kDebug, folder, f, fmt::make_format_args(args...));
}
template <class... Args>
void info(std::string_view folder, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(Level::kInfo)) vwrite(Level::kInfo, folder, f, fmt::make_format_args(args...));
}
template <class... Args>
void warning(std::string_view folder, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(Level::kWarning)) vwrite(Level::kWarning, folder, f, fmt::make_format_args(args...));
}
template <class... Args>
void error(std::string_view folder, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(Level::kError)) vwrite(Level::kError, folder, f, fmt::make_format_args(args...));
}

/// Lets the 1st, 2nd, 4th, 8th... repeat of a message through, so that a fault that repeats a thousand times a second
/// costs ten lines. One object per place that logs; safe from any thread.
class Repeats {
 public:
  /// The number of this repeat if it should be logged, else 0.
  std::uint64_t count() {
    auto n = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    return std::has_single_bit(n) ? n : 0;
  }

 private:
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace holter::log
