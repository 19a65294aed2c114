#include "collect/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace holter::collect {
namespace {

enum class Family { kData, kTime };
struct Unit {
  std::string_view name;
  Family family;
  std::uint64_t scale;
};
constexpr std::uint64_t kKi = 1024;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr Unit kUnits[] = {
    {"B", Family::kData, 1},
    {"KB", Family::kData, kKi},
    {"K", Family::kData, kKi},
    {"KI", Family::kData, kKi},
    {"MB", Family::kData, kKi* kKi},
    {"M", Family::kData, kKi* kKi},
    {"MI", Family::kData, kKi* kKi},
    {"GB", Family::kData, kKi* kKi* kKi},
    {"G", Family::kData, kKi* kKi* kKi},
    {"GI", Family::kData, kKi* kKi* kKi},
    {"NS", Family::kTime, 1},
    {"US", Family::kTime, 1000},
    {"MS", Family::kTime, 1'000'000},
    {"S", Family::kTime, kSecond},
    {"MIN", Family::kTime, 60 * kSecond},
    {"H", Family::kTime, 3600 * kSecond},
    {"D", Family::kTime, 86'400 * kSecond},
};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

const Unit* find_unit(std::string_view name) {
  auto same = [name](const Unit& unit) {
    return std::ranges::equal(name, unit.name, [](char a, char b) { return upper(a) == b; });
  };
  const auto* found = std::ranges::find_if(kUnits, same);
  return found == std::end(kUnits) ? nullptr : found;
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The whole text as a decimal number; a sign, a fraction and an exponent are allowed. What is too small for a double
/// is 0.
std::optional<double> parse_decimal(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  constexpr std::size_t kLongest = 1024;  // of what is copied; a longer one of that kind is no number
  if (failure == std::errc::result_out_of_range && text.size() <= kLongest)  // too small or too large: it does not tell
    value = std::strtod(std::string(text).c_str(), nullptr);
  else if (failure != std::errc{})
    return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// As Java reads a double: hexadecimal floats, and a type suffix d, D, f or F, are numbers, too.
std::optional<double> parse_java_double(std::string_view text) {
  if (auto value = parse_decimal(text)) return value;
  bool negative = text.starts_with('-');
  auto rest = text.substr(negative || text.starts_with('+') ? 1 : 0);
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    double value = 0;
    auto digits = rest.substr(2);
    if (digits.find_first_of("pP") == std::string_view::npos) return std::nullopt;
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::hex);
    if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return negative ? -value : value;
  }
  if (text.size() > 1 && std::string_view("dDfF").contains(text.back()))
    return parse_decimal(text.substr(0, text.size() - 1));
  return std::nullopt;
}

/// Two digits, at most `most`; nullopt for anything else.
std::optional<int> two_digits(std::string_view text, int most) {
  if (text.size() != 2) return std::nullopt;
  int value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + 2, value);
  if (failure != std::errc{} || end != text.data() + 2 || value < 0 || value > most) return std::nullopt;
  return value;
}

// GCC and Clang have it; digits of a double times the largest scale fit.
__extension__ using Wide = unsigned __int128;

/// `a` times 10^`exponent`; false when that does not fit.
bool scale_by_ten(Wide& a, int exponent) {
  for (; exponent > 0; --exponent)
    if (__builtin_mul_overflow(a, Wide{10}, &a)) return false;
  return true;
}

/// A finite value above 0, in decimal: the shortest digits that read back as the double, as they stood in the text that
/// it came from.
double round_decimal(double value, Conversion conversion) {
  char buffer[64];
  auto written = std::to_chars(buffer, std::end(buffer), value, std::chars_format::scientific);
  Wide digits = 0;
  int exponent = 0;
  const char* at = buffer;
  bool fraction = false;
  for (; at != written.ptr && *at != 'e'; ++at) {
    if (*at == '.') {
      fraction = true;
      continue;
    }
    digits = digits * 10 + static_cast<unsigned>(*at - '0');
    if (fraction) --exponent;
  }
  int power = 0;
  if (at != written.ptr) {
    ++at;  // from_chars() takes no plus
    std::from_chars(*at == '+' ? at + 1 : at, written.ptr, power);
  }
  exponent += power + 4;  // in units of the fourth decimal
  Wide divisor = conversion.to;
  bool fits = !__builtin_mul_overflow(digits, Wide{conversion.from}, &digits);
  if (!fits || !scale_by_ten(digits, exponent)) return value * conversion.factor();  // too large to have decimals
  if (!scale_by_ten(divisor, -exponent)) return 0;                                   // far below the fourth decimal
  Wide rounded = digits / divisor;
  Wide rest = digits % divisor;
  if (rest >= divisor - rest) ++rounded;
  auto text = fmt::format_to_n(buffer, sizeof(buffer), "{}e-4", rounded);
  double out = 0;
  std::from_chars(buffer, text.out, out);
  return out;
}

}  // namespace

std::optional<NumberWithUnit> recognise_number(std::string_view text) {
  if (auto value = parse_java_double(trim(text))) return NumberWithUnit{*value, {}};
  if (text.empty() || text.find_first_not_of(".0123456789+%GgMmKkBbi") != std::string_view::npos) return std::nullopt;
  constexpr std::array<std::string_view, 12> kSymbols = {"%", "G", "g", "M", "m", "K", "k", "B", "b", "Ki", "Mi", "Gi"};
  for (auto symbol : kSymbols) {
    auto at = text.find(symbol);
    if (at == std::string_view::npos) continue;
    if (at == 0) return NumberWithUnit{0, text};
    auto value = parse_decimal(text.substr(0, at));
    if (!value) return std::nullopt;
    return NumberWithUnit{*value, text.substr(at)};
  }
  return std::nullopt;
}

std::optional<int> seconds_of_day(std::string_view text) {
  if (text.size() < 5 || text[2] != ':') return std::nullopt;
  auto hours = two_digits(text.substr(0, 2), 23);
  auto minutes = two_digits(text.substr(3, 2), 59);
  if (!hours || !minutes) return std::nullopt;
  int total = *hours * 3600 + *minutes * 60;
  if (text.size() == 5) return total;
  auto seconds = text[5] == ':' ? two_digits(text.substr(6, 2), 59) : std::nullopt;
  if (!seconds) return std::nullopt;
  constexpr std::size_t kMostDigits = 9;
  auto fraction = text.substr(8);
  bool good =
      fraction.empty() || (fraction.front() == '.' && fraction.size() >= 2 && fraction.size() <= 1 + kMostDigits &&
                           fraction.find_first_not_of("0123456789", 1) == std::string_view::npos);
  return good ? std::optional(total + *seconds) : std::nullopt;
}

std::optional<Conversion> conversion(std::string_view from, std::string_view to) {
  const Unit* a = find_unit(from);
  const Unit* b = find_unit(to);
  if (a == nullptr || b == nullptr || a->family != b->family) return std::nullopt;
  return Conversion{a->scale, b->scale};
}

double round_field(double value, Conversion conversion) {
  if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
  const double magnitude = std::fabs(value);
  const double scaled = magnitude * (conversion == Conversion{} ? 1e4 : conversion.factor() * 1e4);
  constexpr double kLarge = 1e15;  // below, a double has halves
  if (scaled < kLarge) [[likely]] {
    // Only near a half do the few units in the last place that the multiplications may be off change the result.
    const auto whole = static_cast<std::int64_t>(scaled);
    const double over = scaled - static_cast<double>(whole) - 0.5;
    if (std::fabs(over) > scaled * 1e-15) [[likely]]
      return std::copysign(static_cast<double>(whole + (over > 0 ? 1 : 0)) / 1e4, whole == 0 && over < 0 ? 1 : value);
  }
  double rounded = magnitude == 0 ? 0 : round_decimal(magnitude, conversion);
  if (!std::isfinite(rounded)) return std::numeric_limits<double>::quiet_NaN();
  return value < 0 && rounded > 0 ? -rounded : rounded;
}

}  // namespace holter::collect
