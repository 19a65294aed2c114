#include "model/time_window.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <vector>

#include <date/tz.h>
#include <fmt/format.h>

#include "base/units.h"
#include "model/time_zone.h"

namespace holter::model {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr minutes kDay = hours(24);
constexpr WallTime kFirst{};                         // 1970
constexpr WallTime kLast{seconds(253'402'300'799)};  // the last second of 9999
// A window that is not always inside changes within two weeks, if one coming falls into a gap.
constexpr days kFarthest{60};
constexpr std::size_t kMostText = 256;

Error wrong(std::string_view text, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the time window '{}': {}", excerpt(text), why)};
}

bool has(std::uint8_t bits, unsigned day) {
  return (bits >> day & 1) != 0;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Exactly `digits` digits at `at`.
std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int out = 0;
  for (char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

Result<unsigned> parse_day(std::string_view name) {
  auto found = std::ranges::find(kDays, name);
  if (found == kDays.end())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no day; mon, tue, wed, thu, fri, sat, sun are, and daily", excerpt(name, 20)));
  return static_cast<unsigned>(found - kDays.begin());
}

Result<std::uint8_t> parse_days(std::string_view text) {
  if (text == "daily") return TimeWindow::kAllDays;
  unsigned bits = 0;
  for (auto part : split(text, ',')) {
    auto dash = part.find('-');
    TRY(auto first, parse_day(part.substr(0, dash)));
    auto last = first;
    if (dash != std::string_view::npos) {
      TRY(last, parse_day(part.substr(dash + 1)));
    }
    for (auto day = first;; day = (day + 1) % 7) {
      bits |= 1U << day;
      if (day == last) break;
    }
  }
  return static_cast<std::uint8_t>(bits);
}

Result<minutes> parse_time_of_day(std::string_view text) {
  auto hour = number(text, 0, 2), minute = number(text, 3, 2);
  if (text.size() != 5 || text[2] != ':' || !hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no time of day such as 06:30 or 24:00", excerpt(text, 20)));
  return hours(*hour) + minutes(*minute);
}

/// The part of an RFC 3339 time behind its minutes: "Z", ":15Z" or ":15.25Z".
std::optional<milliseconds> parse_seconds(std::string_view text) {
  if (!text.ends_with('Z')) return std::nullopt;
  text.remove_suffix(1);
  if (text.empty()) return milliseconds(0);
  auto whole = number(text, 1, 2);
  if (text[0] != ':' || !whole || *whole > 59) return std::nullopt;
  text.remove_prefix(3);
  if (text.empty()) return seconds(*whole);
  auto fraction = number(text, 1, text.size() - 1);
  if (text[0] != '.' || text.size() < 2 || text.size() > 4 || !fraction) return std::nullopt;
  constexpr std::array<int, 3> kScale{100, 10, 1};
  return seconds(*whole) + milliseconds(*fraction * kScale[text.size() - 2]);
}

Result<WallTime> parse_time(std::string_view text) {
  constexpr std::size_t kMinutes = std::string_view("2026-11-24T10:00").size();
  auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  auto hour = number(text, 11, 2), minute = number(text, 14, 2);
  if (year && month && day && hour && minute && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
      text[13] == ':' && *hour < 24 && *minute < 60) {
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    auto rest = parse_seconds(text.substr(kMinutes));
    if (date.ok() && rest) return WallTime(std::chrono::sys_days(date)) + hours(*hour) + minutes(*minute) + *rest;
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("'{}' is no time such as 2026-11-24T10:00Z", excerpt(text, 40)));
}

std::string days_text(std::uint8_t bits) {
  if (bits == TimeWindow::kAllDays) return "daily";
  std::string out;
  // From Monday on, since most weeks are written so. Two days in a row are a range, too.
  for (unsigned i = 1; i <= 7; ++i) {
    if (!has(bits, i % 7)) continue;
    auto first = i;
    while (i < 7 && has(bits, (i + 1) % 7)) ++i;
    if (!out.empty()) out += ',';
    out += kDays[first % 7];
    if (i != first) out.append("-").append(kDays[i % 7]);
  }
  return out;
}

local_seconds local(sys_seconds time, seconds offset) {
  return local_seconds(time.time_since_epoch() + offset);
}

}  // namespace

Result<TimeWindow> TimeWindow::weekly(std::uint8_t days, minutes from, minutes to, std::string_view zone) {
  auto no = [](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot make a weekly time window: {}", why));
  };
  if (days == 0 || days > kAllDays) return no("it has no days");
  if (from < minutes(0) || from >= kDay) return no("it must begin between 00:00 and 23:59");
  if (to < minutes(0) || to > kDay) return no("it must end between 00:00 and 24:00");
  TimeWindow window;
  TRY(window.zone_, find_zone(zone));
  window.zone_named_ = !zone.empty();
  window.days_ = days;
  window.from_ = from;
  window.to_ = to;
  try {  // the first use of a zone reads its file
    (void)window.zone_->get_info(sys_seconds());
  } catch (const std::exception& failure) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("cannot read the time zone {}: {}", window.zone_->name(), failure.what()));
  }
  return window;
}

Result<TimeWindow> TimeWindow::range(WallTime start, WallTime end) {
  if (start >= end) return Error(ErrorCode::kInvalidArgument, "cannot make a time window that ends before it begins");
  if (start < kFirst || end > kLast)
    return Error(ErrorCode::kInvalidArgument, "cannot make a time window outside of the years 1970 to 9999");
  TimeWindow window;
  window.start_ = start;
  window.end_ = end;
  return window;
}

Result<TimeWindow> TimeWindow::parse(std::string_view text) {
  if (text.size() > kMostText) return wrong(text, fmt::format("it is longer than {} bytes", kMostText));
  auto words = split(text, ' ');
  std::erase(words, std::string_view());
  if (words.empty()) return wrong(text, "it is empty");
  auto parsed = [&]() -> Result<TimeWindow> {
    if (words[0][0] >= '0' && words[0][0] <= '9') {
      auto ends = split(words[0], '/');
      if (words.size() != 1 || ends.size() != 2)
        return Error(ErrorCode::kInvalidArgument, "a range is written <start>/<end>");
      TRY(auto start, parse_time(ends[0]));
      TRY(auto end, parse_time(ends[1]));
      return range(start, end);
    }
    if (words.size() < 2 || words.size() > 3)
      return Error(ErrorCode::kInvalidArgument, "it is written <days> <from>-<to> [<zone>]");
    TRY(auto days, parse_days(words[0]));
    auto times = split(words[1], '-');
    if (times.size() != 2) return Error(ErrorCode::kInvalidArgument, "times are written as in 22:00-06:00");
    TRY(auto from, parse_time_of_day(times[0]));
    TRY(auto to, parse_time_of_day(times[1]));
    return weekly(days, from, to, words.size() == 3 ? words[2] : std::string_view());
  }();
  if (parsed) return parsed;
  return Error(parsed.error().code(), wrong(text, parsed.error().message()).message());
}

minutes TimeWindow::length() const {
  return to_ > from_ ? to_ - from_ : to_ - from_ + kDay;
}

bool TimeWindow::contains_local(local_seconds t) const {
  const auto day = std::chrono::floor<days>(t);
  const seconds at = t - day;
  const seconds end = from_ + length();
  const auto today = std::chrono::weekday(day).c_encoding();
  if (has(days_, today) && at >= from_ && at < end) return true;
  return has(days_, (today + 6) % 7) && at + kDay < end;
}

bool TimeWindow::contains(WallTime t) const {
  if (!is_weekly()) return t >= start_ && t < end_;
  const auto second = std::chrono::floor<seconds>(std::clamp(t, kFirst, kLast));
  return contains_local(local(second, zone_->get_info(second).offset));
}

local_seconds TimeWindow::next_edge(local_seconds t) const {
  auto next = local_seconds::max();
  const auto day = std::chrono::floor<days>(t);
  for (auto begins = day - days(2); begins <= day + days(1); begins += days(1))
    for (local_seconds edge : {begins + from_, begins + from_ + length()})
      if (edge > t) next = std::min(next, edge);
  return next;
}

WallTime TimeWindow::next_change(WallTime after) const {
  if (!is_weekly()) return after < start_ ? start_ : after < end_ ? end_ : WallTime::max();
  if (after >= kLast || (days_ == kAllDays && length() == kDay)) return WallTime::max();
  after = std::max(after, kFirst);
  const bool inside = contains(after);
  // Stretch by stretch of time in which the zone has one offset.
  auto from = std::chrono::floor<seconds>(after);
  const auto farthest = from + kFarthest;
  while (from < farthest) {
    auto info = zone_->get_info(from);
    auto edge = next_edge(local(from, info.offset));
    from = std::min(sys_seconds(edge.time_since_epoch() - info.offset), info.end);
    if (contains(from) != inside) return from;
  }
  return WallTime::max();
}

std::string to_string(const TimeWindow& window) {
  if (!window.is_weekly()) return fmt::format("{}/{}", format_time(window.start_), format_time(window.end_));
  auto time = [](minutes of_day) { return fmt::format("{:02}:{:02}", of_day.count() / 60, of_day.count() % 60); };
  auto text = fmt::format("{} {}-{}", days_text(window.days_), time(window.from_), time(window.to_));
  if (window.zone_named_) text.append(" ").append(window.zone_->name());
  return text;
}

bool any_contains(std::span<const TimeWindow> windows, WallTime t) {
  return std::ranges::any_of(windows, [&](const TimeWindow& window) { return window.contains(t); });
}

WallTime next_change(std::span<const TimeWindow> windows, WallTime after) {
  const bool inside = any_contains(windows, after);
  const auto farthest = std::min(after, WallTime::max() - kFarthest) + kFarthest;
  auto at = after;
  for (;;) {
    auto next = WallTime::max();
    for (const auto& window : windows) next = std::min(next, window.next_change(at));
    // What one of them does may change nothing for all: together they may be inside for ever.
    if (next >= farthest || any_contains(windows, next) != inside) return next;
    at = next;
  }
}

}  // namespace holter::model
