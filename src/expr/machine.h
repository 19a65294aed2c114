#pragma once

#include <cmath>
#include <span>

#include <re2/re2.h>

#include "expr/code.h"
#include "expr/evaluate.h"
#include "expr/operate.h"

namespace holter::expr {

/// The stack machine. `Trace` is told what happens, and is empty for evaluate().
class Machine {
 public:
  /// trace.value(instruction, depth, value): an instruction left `value` on the stack, as the `depth`th from below.
  /// trace.failed(instruction, depth, operands): it found no value for these, which begin at `depth`.
  template <class Trace>
  static Outcome run(const Code& code, std::span<const Value> slots, Scratch& scratch, Trace& trace);

 private:
  static Reason matches(const Code& code, Instr instr, const Value& subject, Value& result);
  static Reason json(const Code& code, Instr instr, const Value& document, Scratch& scratch, Value& result);
  /// kNegate to kJson: one operand, replaced by the result.
  static Reason unary(const Code& code, Instr instr, Value& operand, Scratch& scratch);
  /// The common case of two doubles; false: take the long way.
  static bool of_doubles(Op op, const Value& left, const Value& right, Value& result);
};

inline bool Machine::of_doubles(Op op, const Value& left, const Value& right, Value& result) {
  if (!left.is_double() || !right.is_double()) return false;
  const double l = left.number();
  const double r = right.number();
  double out = 0;
  switch (op) {
    case Op::kAdd:
      out = l + r;
      break;
    case Op::kSubtract:
      out = l - r;
      break;
    case Op::kMultiply:
      out = l * r;
      break;
    case Op::kDivide:
      out = l / r;  // by zero: not finite
      break;
    default:
      return false;
  }
  if (!std::isfinite(out)) return false;
  result = Value::of(out);
  return true;
}

template <class Trace>
Outcome Machine::run(const Code& code, std::span<const Value> slots, Scratch& scratch, Trace& trace) {
  CHECK(slots.size() >= code.slot_count);
  scratch.texts_.clear();
  Value* const bottom = scratch.stack_.data();
  Value* top = bottom;  // one past the newest; never beyond kMaxStack, as compile() saw to
  const Instr* const begin = code.instrs.data();
  const Instr* const end = begin + code.instrs.size();
  for (const Instr* at = begin; at != end; ++at) {
    const auto index = static_cast<std::uint16_t>(at - begin);
    Reason reason = Reason::kNone;
    switch (at->op) {
      case Op::kConstant:
        *top++ = code.constants[at->a];
        break;
      case Op::kSlot:
        *top++ = slots[at->a];
        break;
      case Op::kNow:
        *top++ = Value::of(scratch.now_ms_);
        break;
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kDivide:
      case Op::kRemainder:
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
      case Op::kEquals:
      case Op::kContains: {
        Value result;
        if (!of_doubles(at->op, top[-2], top[-1], result)) {
          reason = binary(at->op, top[-2], top[-1], scratch.texts_, result);
          if (reason != Reason::kNone) {
            trace.failed(index, top - bottom - 1, std::span<const Value>(top - 2, 2));
            return {{}, reason, index};
          }
        }
        --top;
        top[-1] = result;
        break;
      }
      case Op::kNegate:
      case Op::kNot:
      case Op::kToBoolean:
      case Op::kExists:
      case Op::kMatches:
      case Op::kNotMatches:
      case Op::kJson: {
        const Value operand = top[-1];
        reason = unary(code, *at, top[-1], scratch);
        if (reason != Reason::kNone) {
          trace.failed(index, top - bottom, std::span<const Value>(&operand, 1));
          return {{}, reason, index};
        }
        break;
      }
      case Op::kJump:
        at = begin + at->a - 1;
        continue;
      case Op::kJumpIfFalse:
      case Op::kAnd:
      case Op::kOr: {
        bool truth = false;
        reason = to_boolean(top[-1], truth);
        if (reason != Reason::kNone) {
          trace.failed(index, top - bottom, std::span<const Value>(top - 1, 1));
          return {{}, reason, index};
        }
        const bool jump = truth == (at->op == Op::kOr);
        if (jump && at->op != Op::kJumpIfFalse)
          top[-1] = Value::of(truth);
        else
          --top;
        if (!jump) continue;
        if (at->op != Op::kJumpIfFalse) trace.value(index, top - bottom, top[-1]);
        at = begin + at->a - 1;
        continue;
      }
      case Op::kInOne: {
        bool truth = false;
        reason = equal(top[-2], top[-1], truth);
        if (reason != Reason::kNone) {
          trace.failed(index, top - bottom - 1, std::span<const Value>(top - 2, 2));
          return {{}, reason, index};
        }
        --top;
        if (!truth) continue;
        top[-1] = Value::of(true);
        trace.value(index, top - bottom, top[-1]);
        at = begin + at->a - 1;
        continue;
      }
      case Op::kInNone:
        top[-1] = Value::of(false);
        break;
    }
    trace.value(index, top - bottom, top[-1]);
  }
  return {top[-1], Reason::kNone, 0};
}

}  // namespace holter::expr
