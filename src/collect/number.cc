#include "collect/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace holter::collect {
namespace {

enum class Family { kData, kTime };
struct Unit {
  std::string_view name;
  Family family;
  double scale;
};
constexpr Unit kUnits[] = {
    {"B", Family::kData, 1},           {"KB", Family::kData, 1024},       {"K", Family::kData, 1024},
    {"KI", Family::kData, 1024},       {"MB", Family::kData, 1048576},    {"M", Family::kData, 1048576},
    {"MI", Family::kData, 1048576},    {"GB", Family::kData, 1073741824}, {"G", Family::kData, 1073741824},
    {"GI", Family::kData, 1073741824}, {"NS", Family::kTime, 1},          {"US", Family::kTime, 1e3},
    {"MS", Family::kTime, 1e6},        {"S", Family::kTime, 1e9},         {"MIN", Family::kTime, 6e10},
    {"H", Family::kTime, 3.6e12},      {"D", Family::kTime, 8.64e13},
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

/// The whole text as a decimal number; a sign, a fraction and an exponent are allowed.
std::optional<double> parse_decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
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

std::optional<double> unit_factor(std::string_view from, std::string_view to) {
  const Unit* a = find_unit(from);
  const Unit* b = find_unit(to);
  if (a == nullptr || b == nullptr || a->family != b->family) return std::nullopt;
  return a->scale / b->scale;
}

double round_field(double value) {
  constexpr double kExact = 9e15 / 1e4;  // beyond, a double has no four decimals to round
  if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
  if (std::fabs(value) > kExact) return value;
  // The nearest decimal of 4 places, halves up: what 0.00005 is as a decimal, not as the double a hair below it.
  double scaled = value * 1e4;
  double nudged = std::nextafter(scaled, std::copysign(std::numeric_limits<double>::infinity(), scaled));
  return std::round(nudged) / 1e4;
}

}  // namespace holter::collect
