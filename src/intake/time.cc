#include "intake/time.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/units.h"
#include "intake/body.h"

namespace holter::intake {
namespace {

using std::chrono::minutes;

Error no_time(std::string_view text) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot read the time '{}'", excerpt(text, 40))};
}

/// Takes a time apart from its front; every step is false where it does not fit.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool skip(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void blanks() {
    while (skip(" ")) {
    }
  }
  bool word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool digits(std::size_t count, int& value) {
    value = 0;
    if (rest_.size() < count) return false;
    for (char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }
  /// ".123456", cut to milliseconds; none is 0.
  bool fraction(int& ms) {
    ms = 0;
    if (!skip(".,")) return true;
    int weight = 100, digit = 0;
    bool any = false;
    while (digits(1, digit)) {
      ms += digit * weight;
      weight /= 10;
      any = true;
    }
    return any;
  }

 private:
  std::string_view rest_;
};

struct Date {
  int year = 0, month = 0, day = 0;
};

/// "2026-11-30", "2026/11/30".
bool read_date(Scanner& scan, Date& date) {
  return scan.digits(4, date.year) && scan.skip("-/.") && scan.digits(2, date.month) && scan.skip("-/.") &&
         scan.digits(2, date.day) && scan.skip("Tt ");
}
/// "11 30, 2026 "
bool read_american_date(Scanner& scan, Date& date) {
  return scan.digits(2, date.month) && scan.skip(" ") && scan.digits(2, date.day) && scan.skip(",") && scan.skip(" ") &&
         scan.digits(4, date.year) && scan.skip(" ");
}

/// "Z", "+01:00", "+0100", " GMT+08:00", "(UTC+08:00)"; what was given where there is none.
bool read_zone(Scanner& scan, std::optional<minutes>& offset) {
  scan.blanks();
  if (scan.done()) return offset.has_value();
  if (scan.skip("Zz")) {
    offset = minutes(0);
    return scan.done();
  }
  bool bracket = scan.skip("(");
  bool named = scan.word("UTC") || scan.word("GMT");
  if (named && scan.done()) {
    offset = minutes(0);
    return !bracket;
  }
  bool minus = scan.skip("-");
  int hours = 0, rest = 0;
  if (!minus && !scan.skip("+")) return false;
  if (!scan.digits(2, hours)) return false;
  scan.skip(":");
  if (!scan.digits(2, rest) || hours > 23 || rest > 59) return false;
  offset = minutes((minus ? -1 : 1) * (hours * 60 + rest));
  return (!bracket || scan.skip(")")) && scan.done();
}

std::optional<WallTime> from_seconds(double value) {
  if (!(value >= 0)) return std::nullopt;
  constexpr double kMilliseconds = 1e11, kMost = 253402300800.0;  // the year 10000
  double seconds = value >= kMilliseconds ? value / 1000 : value;
  if (seconds >= kMost) return std::nullopt;
  return WallTime(milliseconds(std::llround(seconds * 1000)));
}

}  // namespace

Result<std::optional<WallTime>> parse_time(std::string_view text, std::optional<minutes> offset) {
  using namespace std::chrono;
  if (text.empty() || text == "null") return std::nullopt;
  double number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure == std::errc{} && end == text.data() + text.size()) {
    if (number == 0) return std::nullopt;
    auto time = from_seconds(number);
    return time ? Result<std::optional<WallTime>>(time) : no_time(text);
  }
  Date date;
  Scanner scan(text);
  if (!read_date(scan, date)) {
    scan = Scanner(text);
    if (!read_american_date(scan, date)) return no_time(text);
  }
  int hour = 0, minute = 0, second = 0, ms = 0;
  if (!scan.digits(2, hour) || !scan.skip(":") || !scan.digits(2, minute) || !scan.skip(":") ||
      !scan.digits(2, second) || !scan.fraction(ms) || !read_zone(scan, offset))
    return no_time(text);
  year_month_day day(year(date.year), month(static_cast<unsigned>(date.month)),
                     std::chrono::day(static_cast<unsigned>(date.day)));
  // A leap second (RFC 3339, 5.6) is the first moment of the next minute.
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return no_time(text);
  if (date.year <= 1) return std::nullopt;
  auto time = sys_days(day) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(ms) - *offset;
  if (date.year < 1970 || time.time_since_epoch().count() < 0) return no_time(text);
  return WallTime(duration_cast<milliseconds>(time.time_since_epoch()));
}

Result<std::optional<WallTime>> parse_time(const boost::json::value& value, std::optional<minutes> offset) {
  auto written = scalar(value);
  if (!written || value.is_bool())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read a time of {}", kind_of(value)));
  return parse_time(*written, offset);
}

Result<std::optional<WallTime>> time_of(const boost::json::value& object, std::string_view name,
                                        std::optional<minutes> offset) {
  const auto* found = member(object, name);
  if (found == nullptr) return std::nullopt;
  auto time = parse_time(*found, offset);
  if (!time) return std::move(time).error().with_context(name);
  return time;
}

}  // namespace holter::intake
