#include "expr/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace holter::expr {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Digits in [digits.size() - 1 digits behind the point] times 10^exponent, without exponent in the text.
char* write_plain(std::string_view digits, int exponent, char* out) {
  auto put = [&out](std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    out += text.size();
  };
  if (exponent < 0) {
    put("0.");
    for (int i = -1; i > exponent; --i) *out++ = '0';
    put(digits);
    return out;
  }
  auto whole = static_cast<std::size_t>(exponent) + 1;
  put(digits.substr(0, whole));
  for (std::size_t i = digits.size(); i < whole; ++i) *out++ = '0';
  *out++ = '.';
  put(whole < digits.size() ? digits.substr(whole) : "0");
  return out;
}

}  // namespace

std::optional<Value> parse_number(std::string_view text) {
  auto digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  // from_chars() would take "inf" and "nan", too, and a second sign.
  if (digits.empty() || !(is_digit(digits[0]) || digits[0] == '.')) return std::nullopt;
  const char* begin = text.starts_with('+') ? digits.data() : text.data();
  const char* end = text.data() + text.size();
  if (std::ranges::all_of(digits, is_digit)) {
    std::int64_t integer = 0;
    if (std::from_chars(begin, end, integer).ec == std::errc{}) return Value::of(integer);
  }
  double number = 0;
  auto [stop, failure] = std::from_chars(begin, end, number);
  if (failure != std::errc{} || stop != end || !std::isfinite(number)) return std::nullopt;
  return Value::of(number);
}

std::string_view write_double(double value, char (&buffer)[kMaxScalarText]) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char* out = buffer;
  if (std::signbit(value)) *out++ = '-';
  char scientific[kMaxScalarText];  // "d.ddde+xx", at most 17 digits
  auto* end =
      std::to_chars(std::begin(scientific), std::end(scientific), std::fabs(value), std::chars_format::scientific).ptr;
  auto* e = std::find(scientific, end, 'e');
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  char digits[kMaxScalarText];
  auto* last = std::copy_if(scientific, e, digits, is_digit);
  std::string_view all(digits, static_cast<std::size_t>(last - digits));
  if (value == 0 || (exponent >= -3 && exponent < 7)) {
    out = write_plain(all, exponent, out);
  } else {
    out = write_plain(all, 0, out);
    *out++ = 'E';
    out = std::to_chars(out, std::end(buffer), exponent).ptr;
  }
  return {buffer, static_cast<std::size_t>(out - buffer)};
}

}  // namespace holter::expr
