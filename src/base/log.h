#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace holter::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };
/// What a line looks like: log_line.h.
enum class Format : std::uint8_t { kText, kLogfmt, kJson };

/// From which level on lines go to standard error, and in which form. Any thread, also later; until then warnings go
/// there as text. Messages are cut to 4 KiB.
void open(Level level, Format format = Format::kText);
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
