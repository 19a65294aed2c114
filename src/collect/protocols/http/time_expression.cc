#include "collect/protocols/http/time_expression.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect::http {
namespace {

constexpr std::string_view kOpening = "${@";
constexpr int kMostTerms = 16;
constexpr std::size_t kMostDigits = 10;
constexpr std::string_view kNames[] = {"now",   "date", "time", "timestamp", "timestamp10", "year",
                                       "month", "day",  "hour", "minute",    "second",      "millisecond"};

/// A moment, and how the process's zone writes it.
class Moment {
 public:
  explicit Moment(WallTime at) {
    auto whole = std::chrono::floor<std::chrono::seconds>(at);
    ms_ = static_cast<int>((at - whole).count());
    seconds_ = whole.time_since_epoch().count();
    good_ = split();
  }

  bool good() const { return good_; }

  bool move(std::int64_t amount, char unit) {
    switch (unit) {
      case 's':
        return move_seconds(amount);
      case 'm':
        return move_seconds(amount * 60);
      case 'H':
        return move_seconds(amount * 3600);
      case 'd':
        return move_days(amount);
      case 'w':
        return move_days(amount * 7);
      case 'M':
        return move_months(amount);
      case 'y':
        return move_months(amount * 12);
      default:
        return false;
    }
  }

  std::string text(std::string_view name) const {
    auto date = [this] { return fmt::format("{:04}-{:02}-{:02}", tm_.tm_year + 1900, tm_.tm_mon + 1, tm_.tm_mday); };
    auto time = [this] { return fmt::format("{:02}:{:02}:{:02}", tm_.tm_hour, tm_.tm_min, tm_.tm_sec); };
    if (name == "now") return date() + " " + time();
    if (name == "date") return date();
    if (name == "time") return time();
    if (name == "timestamp") return fmt::format("{}", seconds_ * 1000 + ms_);
    if (name == "timestamp10") return fmt::format("{}", seconds_);
    if (name == "year") return fmt::format("{:04}", tm_.tm_year + 1900);
    if (name == "month") return fmt::format("{:02}", tm_.tm_mon + 1);
    if (name == "day") return fmt::format("{:02}", tm_.tm_mday);
    if (name == "hour") return fmt::format("{:02}", tm_.tm_hour);
    if (name == "minute") return fmt::format("{:02}", tm_.tm_min);
    if (name == "second") return fmt::format("{:02}", tm_.tm_sec);
    return fmt::format("{:03}", ms_);
  }

 private:
  static constexpr std::int64_t kMostSeconds = 400'000'000'000;  // beyond the year 9999

  bool split() {
    std::time_t at = seconds_;
    return localtime_r(&at, &tm_) != nullptr && tm_.tm_year + 1900 >= 1 && tm_.tm_year + 1900 <= 9999;
  }
  bool move_seconds(std::int64_t amount) {
    if (amount > kMostSeconds || amount < -kMostSeconds) return false;
    seconds_ += amount;
    return split();
  }
  bool move_days(std::int64_t amount) {
    if (amount > kMostSeconds / 86400 || amount < -kMostSeconds / 86400) return false;
    auto day = std::chrono::sys_days(date()) + std::chrono::days(amount);
    return set_date(std::chrono::year_month_day(day));
  }
  bool move_months(std::int64_t amount) {
    if (amount > 12 * 10000 || amount < -12 * 10000) return false;
    auto moved = date() + std::chrono::months(amount);
    return set_date(moved.ok() ? moved : moved.year() / moved.month() / std::chrono::last);
  }
  std::chrono::year_month_day date() const {
    return {std::chrono::year(tm_.tm_year + 1900), std::chrono::month(static_cast<unsigned>(tm_.tm_mon + 1)),
            std::chrono::day(static_cast<unsigned>(tm_.tm_mday))};
  }
  /// The same time of day on another date, daylight saving time considered.
  bool set_date(std::chrono::year_month_day date) {
    if (!date.ok() || static_cast<int>(date.year()) < 1 || static_cast<int>(date.year()) > 9999) return false;
    tm_.tm_year = static_cast<int>(date.year()) - 1900;
    tm_.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
    tm_.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
    tm_.tm_isdst = -1;
    seconds_ = std::mktime(&tm_);
    return split();
  }

  std::int64_t seconds_ = 0;
  int ms_ = 0;
  std::tm tm_{};
  bool good_ = false;
};

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

/// The value of what stands between `${@` and `}`.
std::optional<std::string> value_of(std::string_view inside, WallTime now) {
  skip_blanks(inside);
  const auto* end =
      std::ranges::find_if(inside, [](char c) { return !(c >= 'a' && c <= 'z') && c != '1' && c != '0'; });
  auto name = inside.substr(0, static_cast<std::size_t>(end - inside.begin()));
  if (std::ranges::find(kNames, name) == std::end(kNames)) return std::nullopt;
  inside.remove_prefix(name.size());
  Moment moment(now);
  if (!moment.good()) return std::nullopt;
  for (int terms = 0;; ++terms) {
    skip_blanks(inside);
    if (inside.empty()) return moment.text(name);
    if (terms == kMostTerms || (inside.front() != '+' && inside.front() != '-')) return std::nullopt;
    bool back = inside.front() == '-';
    inside.remove_prefix(1);
    skip_blanks(inside);
    std::int64_t amount = 0;
    auto [after, failure] =
        std::from_chars(inside.data(), inside.data() + std::min(inside.size(), kMostDigits), amount);
    if (failure != std::errc{} || amount < 0) return std::nullopt;
    inside.remove_prefix(static_cast<std::size_t>(after - inside.data()));
    skip_blanks(inside);
    if (inside.empty() || !moment.move(back ? -amount : amount, inside.front())) return std::nullopt;
    inside.remove_prefix(1);
  }
}

/// Calls `plain` with each piece that stays, `expression` with what stands between `${@` and `}`.
template <class Plain, class Expression>
void split(std::string_view text, Plain plain, Expression expression) {
  while (true) {
    auto at = text.find(kOpening);
    auto end = at == std::string_view::npos ? at : text.find('}', at);
    if (end == std::string_view::npos) return plain(text);
    plain(text.substr(0, at));
    expression(text.substr(at, end + 1 - at), text.substr(at + kOpening.size(), end - at - kOpening.size()));
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool has_time_expression(std::string_view text) {
  auto at = text.find(kOpening);
  return at != std::string_view::npos && text.find('}', at) != std::string_view::npos;
}

std::string evaluate_time_expressions(std::string_view text, WallTime now) {
  std::string out;
  split(
      text, [&](std::string_view piece) { out += piece; },
      [&](std::string_view whole, std::string_view inside) {
        auto value = value_of(inside, now);
        out += value ? std::string_view(*value) : whole;
      });
  return out;
}

std::string fault_of_time_expressions(std::string_view text) {
  std::string fault;
  split(
      text, [](std::string_view) {},
      [&](std::string_view whole, std::string_view inside) {
        if (!fault.empty() || value_of(inside, WallTime{})) return;
        fault = fmt::format("cannot evaluate '{}': a name ({}) and terms such as +1d are needed", excerpt(whole),
                            fmt::join(kNames, ", "));
      });
  return fault;
}

}  // namespace holter::collect::http
