#include "expr/types.h"

#include <fmt/format.h>

namespace holter::expr {
namespace {

bool is_arithmetic(Op op) {
  return op == Op::kAdd || op == Op::kSubtract || op == Op::kMultiply || op == Op::kDivide || op == Op::kRemainder;
}

std::string_view with_article(Type type) {
  switch (type) {
    case Type::kNumber:
      return "a number";
    case Type::kText:
      return "a text";
    case Type::kBoolean:
      return "a boolean";
    case Type::kNull:
      return "null";
    case Type::kUnknown:
      break;
  }
  return "of unknown type";
}

}  // namespace

std::string_view to_string(Type type) {
  switch (type) {
    case Type::kNumber:
      return "number";
    case Type::kText:
      return "text";
    case Type::kBoolean:
      return "boolean";
    case Type::kNull:
      return "null";
    case Type::kUnknown:
      break;
  }
  return "unknown";
}

std::optional<std::string> cannot_compute(Op op, Type left, Type right) {
  const bool test = op == Op::kEqual || op == Op::kNotEqual;
  if (!test && (left == Type::kNull || right == Type::kNull))
    return fmt::format("{} with null never has a value; exists(x) and x == null ask whether there is one",
                       to_string(op));
  if (left == Type::kUnknown || right == Type::kUnknown) {
    const bool boolean = left == Type::kBoolean || right == Type::kBoolean;
    if (test || !boolean) return std::nullopt;
    return fmt::format("{} does not work on a boolean", to_string(op));
  }
  if (test && (left == Type::kNull || right == Type::kNull || left == right)) return std::nullopt;
  if (op == Op::kAdd && left != Type::kBoolean && right != Type::kBoolean) return std::nullopt;
  if (is_arithmetic(op)) {
    if (left == Type::kNumber && right == Type::kNumber) return std::nullopt;
    return fmt::format("{} works on numbers{}, and this is {} and {}", to_string(op),
                       op == Op::kAdd ? " and texts" : "", with_article(left), with_article(right));
  }
  if (!test && left == right && left != Type::kBoolean) return std::nullopt;
  return fmt::format("{} compares values of one type{}, and this is {} and {}", to_string(op),
                     test ? "" : ", numbers or texts", with_article(left), with_article(right));
}

std::optional<std::string> cannot_negate(Type type) {
  if (type == Type::kNumber || type == Type::kUnknown) return std::nullopt;
  return fmt::format("- works on numbers, and this is {}", with_article(type));
}

std::optional<std::string> cannot_decide(Type type) {
  if (type == Type::kBoolean || type == Type::kUnknown) return std::nullopt;
  return fmt::format("a condition is true or false, and this is {}: compare it with something", with_article(type));
}

std::optional<std::string> cannot_read_text(Type type) {
  if (type == Type::kText || type == Type::kUnknown) return std::nullopt;
  return fmt::format("expected a text, and this is {}", with_article(type));
}

Type result_type(Op op, Type left, Type right) {
  if (op != Op::kAdd) return is_arithmetic(op) ? Type::kNumber : Type::kBoolean;
  if (left == Type::kText || right == Type::kText) return Type::kText;
  return left == Type::kNumber && right == Type::kNumber ? Type::kNumber : Type::kUnknown;
}

Type either(Type a, Type b) {
  if (a == b || b == Type::kNull) return a;
  return a == Type::kNull ? b : Type::kUnknown;
}

}  // namespace holter::expr
