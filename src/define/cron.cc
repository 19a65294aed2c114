#include "define/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::define {
namespace {

constexpr std::size_t kLongest = 200;

constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kWeekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct FieldInfo {
  std::string_view name;
  unsigned least, most;
  std::span<const std::string_view> names{};  ///< of least, least + 1...
};
enum Field : std::uint8_t { kSecond, kMinute, kHour, kDay, kMonth, kWeekday };
constexpr FieldInfo kFields[] = {{"second", 0, 59},       {"minute", 0, 59},         {"hour", 0, 23},
                                 {"day of month", 1, 31}, {"month", 1, 12, kMonths}, {"day of week", 0, 7, kWeekdays}};

constexpr std::pair<std::string_view, std::string_view> kMacros[] = {
    {"@yearly", "0 0 0 1 1 *"}, {"@annually", "0 0 0 1 1 *"}, {"@monthly", "0 0 0 1 * *"}, {"@weekly", "0 0 0 * * 0"},
    {"@daily", "0 0 0 * * *"},  {"@midnight", "0 0 0 * * *"}, {"@hourly", "0 0 * * * *"}};

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<model::CronFields> run() {
    if (text_.size() > kLongest)
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("cannot use a cron expression of {} bytes: at most {} are taken", text_.size(), kLongest));
    auto words = split(text_, " \t");
    if (words.size() == 1 && words[0].starts_with('@')) return macro(words[0]);
    if (words.size() != 5 && words.size() != 6)
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("cannot use the cron expression '{}': {} fields; six are needed (second, minute, hour, day "
                      "of month, month, day of week), or five without the second",
                      excerpt(text_), words.size()));
    model::CronFields fields;
    auto first = 6 - words.size();
    if (first == 1) {
      fields.seconds = 1;
      // Unix' cron, from which people know five fields, takes either day here, and Spring's both.
      if (!is_any(words[2]) && !is_any(words[4]))
        return at(words[2],
                  "five fields with both days of the month and of the week are ambiguous: write six, which "
                  "mean that both must match");
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
      auto field = static_cast<Field>(first + i);
      if (words[i] == "?" && field != kDay && field != kWeekday)
        return at(words[i], fmt::format("'?' is for days only, not for the {}", kFields[field].name));
      for (auto part : split(words[i], ",", true)) TRY_OK(add(field, part, fields));
    }
    return fields;
  }

 private:
  static bool is_any(std::string_view word) { return word == "*" || word == "?"; }

  static std::vector<std::string_view> split(std::string_view text, std::string_view marks, bool keep_empty = false) {
    std::vector<std::string_view> parts;
    while (true) {
      auto part = text.substr(0, text.find_first_of(marks));
      if (keep_empty || !part.empty()) parts.push_back(part);
      if (part.size() == text.size()) return parts;
      text.remove_prefix(part.size() + 1);
    }
  }

  /// The error of `part`, a piece of the text.
  Error at(std::string_view part, std::string_view what) const {
    return {ErrorCode::kInvalidArgument, fmt::format("cannot use the cron expression '{}': {} (column {})",
                                                     excerpt(text_), what, part.data() - text_.data() + 1)};
  }

  Result<model::CronFields> macro(std::string_view word) const {
    for (auto [name, meaning] : kMacros)
      if (same(name, word)) return Parser(meaning).run();
    return at(word, fmt::format("'{}' is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
                                excerpt(word, 40)));
  }

  /// A value of a field: a number within its limits, or a name.
  Result<unsigned> value(Field field, std::string_view part) const {
    const auto& info = kFields[field];
    for (std::size_t i = 0; i < info.names.size(); ++i)
      if (same(part, info.names[i])) return info.least + static_cast<unsigned>(i);
    unsigned number = 0;
    auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (failure == std::errc::invalid_argument || end != part.data() + part.size())
      return at(part, fmt::format("'{}' is no {}", excerpt(part, 40), info.name));
    if (failure != std::errc{} || number < info.least || number > info.most)
      return at(part, fmt::format("{} {} is not within {} to {}", info.name, excerpt(part, 40), info.least, info.most));
    return number;
  }

  Result<unsigned> weekday(std::string_view part) const {
    TRY(auto number, value(kWeekday, part));
    return number % 7;
  }

  Status add(Field field, std::string_view part, model::CronFields& fields) const {
    if (part.empty()) return at(part, fmt::format("a {} is missing", kFields[field].name));
    if (field == kDay && part.find_first_of("LWlw") != std::string_view::npos) return add_special_day(part, fields);
    if (field == kWeekday) {
      if (auto mark = part.find('#'); mark != std::string_view::npos) {
        TRY(auto day, weekday(part.substr(0, mark)));
        auto count = part.substr(mark + 1);
        if (count.size() != 1 || count[0] < '1' || count[0] > '5')
          return at(count, fmt::format("'{}' is no number of a day of week in a month, 1 to 5", excerpt(count, 40)));
        fields.nth[static_cast<std::size_t>(count[0] - '1')] |= static_cast<std::uint8_t>(1U << day);
        return {};
      }
      if (part.ends_with('L') || part.ends_with('l')) {
        if (part.size() == 1) return at(part, "'L' needs a day of week before it, as in FRIL");
        TRY(auto day, weekday(part.substr(0, part.size() - 1)));
        fields.last_weekdays |= static_cast<std::uint8_t>(1U << day);
        return {};
      }
    }
    TRY(auto bits, range(field, part));
    switch (field) {
      case kSecond:
        fields.seconds |= bits;
        break;
      case kMinute:
        fields.minutes |= bits;
        break;
      case kHour:
        fields.hours |= static_cast<std::uint32_t>(bits);
        break;
      case kDay:
        fields.days |= static_cast<std::uint32_t>(bits);
        break;
      case kMonth:
        fields.months |= static_cast<std::uint16_t>(bits);
        break;
      case kWeekday:
        fields.weekdays |= static_cast<std::uint8_t>((bits & 0x7F) | (bits >> 7 & 1));
        break;
    }
    return {};
  }

  /// L, L-n, nW, LW.
  Status add_special_day(std::string_view part, model::CronFields& fields) const {
    if (same(part, "L")) {
      fields.before_last |= 1;
    } else if (same(part, "LW")) {
      fields.last_weekday = true;
    } else if (same(part.substr(0, 2), "L-")) {
      TRY(auto before, value(kDay, part.substr(2)));
      if (before > 30) return at(part.substr(2), "at most 30 days lie before the last day of a month");
      fields.before_last |= 1U << before;
    } else if (part.ends_with('W') || part.ends_with('w')) {
      TRY(auto day, value(kDay, part.substr(0, part.size() - 1)));
      fields.nearest_weekday |= 1U << day;
    } else {
      return at(part, fmt::format("'{}' is no day of month: L, L-n, LW and nW are", excerpt(part, 40)));
    }
    return {};
  }

  /// `*`, a value, a range, each perhaps with a step; bits of the values.
  Result<std::uint64_t> range(Field field, std::string_view part) const {
    const auto& info = kFields[field];
    auto slash = part.find('/');
    auto values = part.substr(0, slash);
    unsigned step = 1;
    if (slash != std::string_view::npos) {
      auto text = part.substr(slash + 1);
      auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), step);
      if (failure != std::errc{} || end != text.data() + text.size() || step < 1 || step > 60)
        return at(text, fmt::format("'{}' is no step of a {}, 1 to 60", excerpt(text, 40), info.name));
    }
    unsigned first = info.least;
    unsigned last = field == kWeekday ? 6 : info.most;
    if (!is_any(values)) {
      auto dash = values.find('-');
      TRY(first, value(field, values.substr(0, dash)));
      if (dash != std::string_view::npos) {
        TRY(last, value(field, values.substr(dash + 1)));
        if (field == kWeekday && first == 7) first = 0;
        if (field == kWeekday && last == 0 && first > 0) last = 7;  // FRI-SUN
        if (last < first)
          return at(values,
                    fmt::format("the range '{}' of the {} ends before it begins", excerpt(values, 40), info.name));
      } else if (slash == std::string_view::npos) {
        last = first;
      } else {
        last = std::max(first, last);
      }
    }
    std::uint64_t bits = 0;
    for (auto at = first; at <= last; at += step) bits |= std::uint64_t{1} << at;
    return bits;
  }

  const std::string_view text_;
};

}  // namespace

Result<model::CronFields> parse_cron(std::string_view text) {
  return Parser(text).run();
}

}  // namespace holter::define
