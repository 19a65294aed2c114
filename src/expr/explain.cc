#include "expr/explain.h"

#include <algorithm>
#include <array>

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

  void value(std::uint16_t index, std::span<const Value> stack) {
    origin_[stack.size() - 1] = index;
    const auto op = code_.instrs[index].op;
    if (op == Op::kSlot) {
      auto name = part(index);
      if (std::ranges::find(out_.inputs, name, &Explanation::Step::expression) == out_.inputs.end())
        out_.inputs.push_back({std::move(name), shown(stack.back())});
    } else if (is_step(op)) {
      out_.steps.push_back({part(index), shown(stack.back())});
    }
  }

  void failed(std::uint16_t index, std::span<const Value> stack, std::size_t operands) {
    for (auto at = stack.size() - operands; at < stack.size(); ++at) {
      const auto origin = origin_[at];
      if (code_.instrs[origin].op == Op::kConstant && !stack[at].is_null()) continue;  // the source shows it
      fmt::format_to(std::back_inserter(operands_), "{}{} is {}", operands_.empty() ? "" : ", ", part(origin),
                     shown(stack[at]));
    }
    out_.steps.push_back({part(index), std::string(kNone)});
  }

  const std::string& operands() const { return operands_; }

 private:
  std::string part(std::uint16_t index) const {
    return excerpt(code_.part(code_.spans[index]), Explanation::kMaxShown);
  }

  const Code& code_;
  Explanation& out_;
  std::array<std::uint16_t, kMaxStack> origin_{};  ///< place on the stack -> instruction that made the value there
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
    out.why =
        fmt::format("cannot compute {}: {}{}{}", excerpt(code.part(code.spans[outcome.at]), Explanation::kMaxShown),
                    in_words(outcome.reason), writer.operands().empty() ? "" : ", ", writer.operands());
  auto whole = excerpt(code.source, Explanation::kMaxShown);
  if (out.steps.empty() || out.steps.back().expression != whole) out.steps.push_back({whole, out.result});
  return out;
}

}  // namespace holter::expr
