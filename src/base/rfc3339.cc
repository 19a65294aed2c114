#include "base/rfc3339.h"

#include <charconv>
#include <chrono>
#include <cstdint>

namespace holter {
namespace {

/// A number of exactly `count` digits, taken off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  for (char c : text.substr(0, count))
    if (c < '0' || c > '9') return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text[0])) return false;
  text.remove_prefix(1);
  return true;
}

/// ".25" -> 250 ms; nothing there -> 0.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return milliseconds(0);
  int ms = 0, scale = 100;
  std::size_t n = 0;
  for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n, scale /= 10) ms += (text[n] - '0') * scale;
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return milliseconds(ms);
}

/// "Z" or "+08:00".
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return std::chrono::minutes(0);
  int sign = text.starts_with('-') ? -1 : 1;
  if (!take(text, "+- ")) return std::nullopt;
  auto hours = take_digits(text, 2);
  if (!hours || !take(text, ":")) return std::nullopt;
  auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  auto day = take_digits(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  auto second = take_digits(text, 2);
  auto fraction = take_fraction(text);
  if (!second || !fraction) return std::nullopt;
  auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  auto date = std::chrono::year(*year) / *month / *day;
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         seconds(*second) + *fraction - *offset;
}

}  // namespace holter
