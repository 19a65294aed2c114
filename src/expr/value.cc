#include "expr/value.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "expr/number_text.h"

namespace holter::expr {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        else
          out += c;
    }
  }
  return out + '"';
}

}  // namespace

bool Value::same_as(const Value& other) const {
  if (kind_ != other.kind_) return false;
  switch (kind_) {
    case Kind::kNull:
      return true;
    case Kind::kText:
      return text() == other.text();
    case Kind::kDouble:
      return number_ == other.number_ || (std::isnan(number_) && std::isnan(other.number_));
    default:
      return integer_ == other.integer_;
  }
}

std::string_view to_text(const Value& value, char (&buffer)[kMaxScalarText]) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBoolean:
      return value.boolean() ? "true" : "false";
    case Value::Kind::kDouble:
      return write_double(value.number(), buffer);
    case Value::Kind::kText:
      return value.text();
    case Value::Kind::kInteger:
      break;
  }
  auto* end = std::to_chars(std::begin(buffer), std::end(buffer), value.integer()).ptr;
  return {buffer, static_cast<std::size_t>(end - buffer)};
}

std::string to_literal(const Value& value) {
  if (value.is_text()) return quoted(value.text());
  // The literal 9223372036854775808 is a double, and the sign comes after it.
  if (value.is_integer() && value.integer() == std::numeric_limits<std::int64_t>::min())
    return "(-9223372036854775807 - 1)";
  char buffer[kMaxScalarText];
  return std::string(to_text(value, buffer));
}

}  // namespace holter::expr
