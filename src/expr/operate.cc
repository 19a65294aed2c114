#include "expr/operate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "expr/number_text.h"

namespace holter::expr {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

/// What does not fit 64 bits becomes a double.
Reason integer_arithmetic(Op op, std::int64_t left, std::int64_t right, Value& result) {
  const auto l = static_cast<double>(left);
  const auto r = static_cast<double>(right);
  std::int64_t out = 0;
  switch (op) {
    case Op::kAdd:
      result = __builtin_add_overflow(left, right, &out) ? Value::of(l + r) : Value::of(out);
      return Reason::kNone;
    case Op::kSubtract:
      result = __builtin_sub_overflow(left, right, &out) ? Value::of(l - r) : Value::of(out);
      return Reason::kNone;
    case Op::kMultiply:
      result = __builtin_mul_overflow(left, right, &out) ? Value::of(l * r) : Value::of(out);
      return Reason::kNone;
    default:
      break;
  }
  if (right == 0) return Reason::kDivisionByZero;
  // The smallest integer divided by -1 is no integer of 64 bits, and traps.
  if (right == -1)
    result = op == Op::kRemainder                               ? Value::of(std::int64_t{0})
             : left == std::numeric_limits<std::int64_t>::min() ? Value::of(-l)
                                                                : Value::of(-left);
  else
    result = Value::of(op == Op::kDivide ? left / right : left % right);
  return Reason::kNone;
}

Reason double_arithmetic(Op op, double left, double right, Value& result) {
  double out = 0;
  switch (op) {
    case Op::kAdd:
      out = left + right;
      break;
    case Op::kSubtract:
      out = left - right;
      break;
    case Op::kMultiply:
      out = left * right;
      break;
    default:
      if (right == 0) return Reason::kDivisionByZero;
      out = op == Op::kDivide ? left / right : std::fmod(left, right);
  }
  if (!std::isfinite(out)) return Reason::kNotFinite;
  result = Value::of(out);
  return Reason::kNone;
}

bool holds(Op op, std::partial_ordering order) {
  switch (op) {
    case Op::kLess:
      return order < 0;
    case Op::kLessEqual:
      return order <= 0;
    case Op::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

Reason text_function(Op op, const Value& left, const Value& right, bool& truth) {
  if (op == Op::kEquals && (left.is_null() || right.is_null())) {
    truth = left.is_null() && right.is_null();
    return Reason::kNone;
  }
  if (left.is_null() || right.is_null()) return Reason::kNullOperand;
  if (!left.is_text() || !right.is_text()) return Reason::kWrongType;
  if (op == Op::kContains && right.text().size() > kMaxNeedle) return Reason::kTooLong;
  truth = op == Op::kEquals ? left.text() == right.text() : contains_ignoring_case(left.text(), right.text());
  return Reason::kNone;
}

}  // namespace

Reason to_number(const Value& value, Value& number) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return Reason::kNullOperand;
    case Value::Kind::kBoolean:
      return Reason::kWrongType;
    case Value::Kind::kText: {
      auto parsed = parse_number(value.text());
      if (!parsed) return Reason::kNotNumber;
      number = *parsed;
      return Reason::kNone;
    }
    case Value::Kind::kDouble:
      if (std::isnan(value.number())) return Reason::kNotFinite;
      break;
    case Value::Kind::kInteger:
      break;
  }
  number = value;
  return Reason::kNone;
}

Reason to_boolean(const Value& value, bool& truth) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return Reason::kNullOperand;
    case Value::Kind::kDouble:
      if (std::isnan(value.number())) return Reason::kNotFinite;
      truth = value.number() != 0;
      return Reason::kNone;
    case Value::Kind::kText:
      truth = same_ignoring_case(value.text(), "true");
      return truth || same_ignoring_case(value.text(), "false") ? Reason::kNone : Reason::kNotBoolean;
    case Value::Kind::kInteger:
      truth = value.integer() != 0;
      return Reason::kNone;
    case Value::Kind::kBoolean:
      break;
  }
  truth = value.boolean();
  return Reason::kNone;
}

Reason arithmetic(Op op, const Value& left, const Value& right, Value& result) {
  Value l;
  Value r;
  if (auto reason = to_number(left, l); reason != Reason::kNone) return reason;
  if (auto reason = to_number(right, r); reason != Reason::kNone) return reason;
  if (l.is_integer() && r.is_integer()) return integer_arithmetic(op, l.integer(), r.integer(), result);
  return double_arithmetic(op, l.as_double(), r.as_double(), result);
}

Reason add(const Value& left, const Value& right, TextArena& texts, Value& result) {
  if (left.is_null() || right.is_null()) return Reason::kNullOperand;
  if (!left.is_text() && !right.is_text()) return arithmetic(Op::kAdd, left, right, result);
  char left_text[kMaxScalarText];
  char right_text[kMaxScalarText];
  auto joined = texts.join(to_text(left, left_text), to_text(right, right_text));
  if (!joined) return Reason::kTooLong;
  result = Value::of(*joined);
  return Reason::kNone;
}

Reason negate(const Value& value, Value& result) {
  Value number;
  if (auto reason = to_number(value, number); reason != Reason::kNone) return reason;
  if (number.is_integer() && number.integer() != std::numeric_limits<std::int64_t>::min())
    result = Value::of(-number.integer());
  else
    result = Value::of(-number.as_double());
  return Reason::kNone;
}

Reason equal(const Value& left, const Value& right, bool& truth) {
  if (left.is_null() || right.is_null()) {
    truth = left.is_null() && right.is_null();
    return Reason::kNone;
  }
  if (left.is_boolean() || right.is_boolean()) {
    bool l = false;
    bool r = false;
    if (auto reason = to_boolean(left, l); reason != Reason::kNone) return reason;
    if (auto reason = to_boolean(right, r); reason != Reason::kNone) return reason;
    truth = l == r;
    return Reason::kNone;
  }
  if (left.is_text() && right.is_text()) {
    truth = left.text() == right.text();
    return Reason::kNone;
  }
  Value l;
  Value r;
  if (auto reason = to_number(left, l); reason != Reason::kNone) return reason;
  if (auto reason = to_number(right, r); reason != Reason::kNone) return reason;
  truth = l.is_integer() && r.is_integer() ? l.integer() == r.integer() : l.as_double() == r.as_double();
  return Reason::kNone;
}

Reason compare(Op op, const Value& left, const Value& right, bool& truth) {
  if (left.is_null() || right.is_null()) return Reason::kNullOperand;
  if (left.is_text() && right.is_text()) {
    truth = holds(op, left.text() <=> right.text());
    return Reason::kNone;
  }
  Value l;
  Value r;
  if (auto reason = to_number(left, l); reason != Reason::kNone) return reason;
  if (auto reason = to_number(right, r); reason != Reason::kNone) return reason;
  truth = holds(op, l.is_integer() && r.is_integer() ? std::partial_ordering(l.integer() <=> r.integer())
                                                     : l.as_double() <=> r.as_double());
  return Reason::kNone;
}

Reason binary(Op op, const Value& left, const Value& right, TextArena& texts, Value& result) {
  bool truth = false;
  Reason reason = Reason::kNone;
  switch (op) {
    case Op::kAdd:
      return add(left, right, texts, result);
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kRemainder:
      return arithmetic(op, left, right, result);
    case Op::kEqual:
    case Op::kNotEqual:
      reason = equal(left, right, truth);
      truth = truth == (op == Op::kEqual);
      break;
    case Op::kEquals:
    case Op::kContains:
      reason = text_function(op, left, right, truth);
      break;
    default:
      reason = compare(op, left, right, truth);
  }
  if (reason == Reason::kNone) result = Value::of(truth);
  return reason;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  CHECK(part.size() <= kMaxNeedle);
  if (part.empty()) return true;
  // Knuth, Morris and Pratt: the plain search takes |text| * |part| steps for "aaaa..." in "aaaa...".
  std::array<std::uint16_t, kMaxNeedle> back;  // longest border of the first i + 1 bytes of part
  back[0] = 0;
  for (std::size_t i = 1, k = 0; i < part.size(); ++i) {
    while (k > 0 && lower(part[i]) != lower(part[k])) k = back[k - 1];
    if (lower(part[i]) == lower(part[k])) ++k;
    back[i] = static_cast<std::uint16_t>(k);
  }
  std::size_t k = 0;
  for (char c : text) {
    while (k > 0 && lower(c) != lower(part[k])) k = back[k - 1];
    if (lower(c) == lower(part[k])) ++k;
    if (k == part.size()) return true;
  }
  return false;
}

}  // namespace holter::expr
