#include "notify/http_outcome.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <strings.h>

#include "base/utf8.h"

namespace holter::notify {
namespace {

constexpr milliseconds kLongestRetryAfter = std::chrono::days(1);
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || code != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7).
std::optional<WallTime> http_date(std::string_view text) {
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  auto month = std::ranges::find(kMonths, text.substr(8, 3));
  auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                   std::chrono::month(static_cast<unsigned>(month - kMonths.begin() + 1)),
                                   std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
}

std::optional<milliseconds> retry_after(const HttpAnswer& answer, WallTime now) {
  auto value = header_of(answer, "Retry-After");
  if (auto in = number(value))
    return std::min<milliseconds>(seconds(std::min<std::int64_t>(*in, 86'400)), kLongestRetryAfter);
  if (auto at = http_date(value)) return std::clamp<milliseconds>(*at - now, milliseconds(0), kLongestRetryAfter);
  return std::nullopt;
}

}  // namespace

Outcome outcome_of(const HttpAnswer& answer, WallTime now) {
  auto text = one_line(answer.body);
  auto told = fmt::format("HTTP {}{}{}", answer.status, text.empty() ? "" : ": ", text);
  if (answer.status >= 200 && answer.status <= 299) return Outcome::delivered(std::move(told));
  bool later = answer.status == 408 || answer.status == 425 || answer.status == 429 || answer.status >= 500;
  return later ? Outcome::retry(std::move(told), retry_after(answer, now)) : Outcome::give_up(std::move(told));
}

Outcome outcome_of(const Error& error) {
  // TargetPolicy says kNotFound, too: to who asks there is no such host.
  bool forbidden = error.code() == ErrorCode::kNotFound && error.message().contains("(network.forbidden)");
  bool never = forbidden || error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kUnauthenticated;
  auto told = one_line(error.message(), 500);
  return never ? Outcome::give_up(std::move(told)) : Outcome::retry(std::move(told));
}

std::string_view header_of(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  return {};
}

std::string one_line(std::string_view text, std::size_t most) {
  std::string scratch, line;
  // What is cut off need not be looked at; a character has at most four bytes.
  auto rest = as_utf8(text.substr(0, most + 4), scratch);
  bool cut = text.size() > most;
  while (!rest.empty()) {
    auto size = utf8_sequence(rest);
    if (size == 0 || line.size() + size > most) break;
    auto byte = static_cast<unsigned char>(rest.front());
    if (size == 1 && (byte < 0x20 || byte == 0x7f))
      line += ' ';
    else
      line.append(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  auto begin = line.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  line = line.substr(begin, line.find_last_not_of(' ') - begin + 1);
  return cut ? line + "..." : line;
}

}  // namespace holter::notify
