#include "expr/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "expr/machine.h"

namespace holter::expr {
namespace {

constexpr std::string_view kNone = "(none)";

std::string shown(const Value& value) {
  return excerpt(to_literal(value), Explanation::kMaxShown);
}

std::string_view in_words(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "";
    case Reason::kNullOperand:
      return "null operand";
    case Reason::kDivisionByZero:
      return "division by zero";
    case Reason::kNotNumber:
      return "a text that is no number";
    case Reason::kNotFinite:
      return "too large, or not a number";
    case Reason::kNotBoolean:
      return "neither true nor false";
    case Reason::kWrongType:
      return "wrong type";
    case Reason::kTooLong:
      return "too long";
    case Reason::kNotJson:
      return "no JSON object with these members";
  }
  return "";
}

bool is_step(Op op) {
  return op != Op::kConstant && op != Op::kSlot && op != Op::kToBoolean && op != Op::kJump && op != Op::kJumpIfFalse;
}

/// Writes down what the machine does.
class Writer {
 public:
  Writer(const Code& code, Explanation& out) : code_(code), out_(out) {}

  void value(std::uint16_t index, std::ptrdiff_t depth, const Value& value) {
    origin_[static_cast<std::size_t>(depth)] = index;
    const auto op = code_.instrs[index].op;
    auto part = excerpt(code_.part(code_.spans[index]), Explanation::kMaxShown);
    if (op == Op::kSlot) {
      if (std::ranges::find(out_.inputs, part, &Explanation::Step::expression) == out_.inputs.end())
        out_.inputs.push_back({std::move(part), shown(value)});
    } else if (is_step(op)) {
      out_.steps.push_back({std::move(part), shown(value)});
    }
  }

  void failed(std::uint16_t index, std::ptrdiff_t depth, std::span<const Value> operands) {
    std::string which;
    for (const auto& operand : operands) {
      const auto origin = origin_[static_cast<std::size_t>(depth++)];
      if (code_.instrs[origin].op == Op::kConstant && !operand.is_null()) continue;  // the source shows it
      auto part = excerpt(code_.part(code_.spans[origin]), Explanation::kMaxShown);
      fmt::format_to(std::back_inserter(which), "{}{} is {}", which.empty() ? "" : ", ", part, shown(operand));
    }
    operands_ = std::move(which);
    out_.steps.push_back({excerpt(code_.part(code_.spans[index]), Explanation::kMaxShown), std::string(kNone)});
  }

  const std::string& operands() const { return operands_; }

 private:
  const Code& code_;
  Explanation& out_;
  std::array<std::uint16_t, kMaxStack + 1> origin_{};  ///< depth -> instruction that made the value there
  std::string operands_;
};

}  // namespace

std::string Explanation::summary() const {
  std::string out;
  for (const auto& input : inputs) fmt::format_to(std::back_inserter(out), "{}={} ", input.expression, input.value);
  out += "-> " + result;
  if (!why.empty()) out += ": " + why;
  return out;
}

Explanation explain(const Program& program, std::span<const Value> slots, Scratch& scratch) {
  const auto& code = program.code();
  Explanation out;
  Writer writer(code, out);
  auto outcome = Machine::run(code, slots, scratch, writer);
  out.reason = outcome.reason;
  out.result = outcome.ok() ? shown(outcome.value) : std::string(kNone);
  if (!outcome.ok())
    out.why = fmt::format("cannot compute {}: {}{}{}",
                          excerpt(code.part(code.spans[outcome.at]), Explanation::kMaxShown), in_words(outcome.reason),
                          writer.operands().empty() ? "" : ", ", writer.operands());
  auto whole = excerpt(code.source, Explanation::kMaxShown);
  if (out.steps.empty() || out.steps.back().expression != whole) out.steps.push_back({whole, out.result});
  return out;
}

}  // namespace holter::expr
