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
  /// trace.value(instruction, stack): the instruction left a value on top of the stack.
  /// trace.failed(instruction, stack, n): it has no value for the upper n values of the stack.
  template <class Trace>
  static Outcome run(const Code& code, std::span<const Value> slots, Scratch& scratch, Trace& trace);

 private:
  /// Replaces the two values on top by what `op` makes of them; without a result they stay. Doubles, the common case,
  /// are done here.
  template <Op op>
  static Reason two(Value*& top, TextArena& texts);
  /// kNegate to kJson, of one operand.
  static Reason one(const Code& code, Instr instr, const Value& operand, Scratch& scratch, Value& result);
  static Reason matches(const Code& code, Instr instr, const Value& subject, Value& result);
  static Reason json(const Code& code, Instr instr, const Value& document, Scratch& scratch, Value& result);
  static bool takes_two(Op op) { return (op >= Op::kAdd && op <= Op::kContains) || op == Op::kInOne; }
};

template <Op op>
Reason Machine::two(Value*& top, TextArena& texts) {
  Value* const left = top - 2;
  if (left[0].is_number() && left[1].is_number() && (left[0].is_double() || left[1].is_double())) {
    const double l = left[0].as_double();
    const double r = left[1].as_double();
    if constexpr (op >= Op::kAdd && op <= Op::kDivide) {
      const double out = op == Op::kAdd ? l + r : op == Op::kSubtract ? l - r : op == Op::kMultiply ? l * r : l / r;
      if (std::isfinite(out)) [[likely]] {  // also: no division by zero, no NaN
        *left = Value::of(out);
        --top;
        return Reason::kNone;
      }
    } else if constexpr (op >= Op::kEqual && op <= Op::kGreaterEqual) {
      if (!std::isunordered(l, r)) [[likely]] {
        *left = Value::of(op == Op::kEqual       ? l == r
                          : op == Op::kNotEqual  ? l != r
                          : op == Op::kLess      ? l < r
                          : op == Op::kLessEqual ? l <= r
                          : op == Op::kGreater   ? l > r
                                                 : l >= r);
        --top;
        return Reason::kNone;
      }
    }
  }
  const Reason reason = binary(op, left[0], left[1], texts, left[0]);
  if (reason == Reason::kNone) --top;
  return reason;
}

template <class Trace>
Outcome Machine::run(const Code& code, std::span<const Value> slots, Scratch& scratch, Trace& trace) {
  CHECK(slots.size() >= code.slot_count);
  TextArena& texts = scratch.texts_;
  texts.clear();
  Value* const bottom = scratch.stack_.data();
  Value* top = bottom;  // one past the newest; never beyond kMaxStack, as compile() saw to
  const Instr* const begin = code.instrs.data();
  const Instr* const end = begin + code.instrs.size();
  for (const Instr* at = begin; at != end; ++at) {
    Reason reason = Reason::kNone;
    const Instr* next = nullptr;  // where a jump goes
    bool made = true;             // a value that is worth telling of
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
        reason = two<Op::kAdd>(top, texts);
        break;
      case Op::kSubtract:
        reason = two<Op::kSubtract>(top, texts);
        break;
      case Op::kMultiply:
        reason = two<Op::kMultiply>(top, texts);
        break;
      case Op::kDivide:
        reason = two<Op::kDivide>(top, texts);
        break;
      case Op::kRemainder:
        reason = two<Op::kRemainder>(top, texts);
        break;
      case Op::kEqual:
        reason = two<Op::kEqual>(top, texts);
        break;
      case Op::kNotEqual:
        reason = two<Op::kNotEqual>(top, texts);
        break;
      case Op::kLess:
        reason = two<Op::kLess>(top, texts);
        break;
      case Op::kLessEqual:
        reason = two<Op::kLessEqual>(top, texts);
        break;
      case Op::kGreater:
        reason = two<Op::kGreater>(top, texts);
        break;
      case Op::kGreaterEqual:
        reason = two<Op::kGreaterEqual>(top, texts);
        break;
      case Op::kEquals:
        reason = two<Op::kEquals>(top, texts);
        break;
      case Op::kContains:
        reason = two<Op::kContains>(top, texts);
        break;
      case Op::kNegate:
      case Op::kNot:
      case Op::kToBoolean:
      case Op::kExists:
      case Op::kMatches:
      case Op::kNotMatches:
      case Op::kJson:
        reason = one(code, *at, top[-1], scratch, top[-1]);
        break;
      case Op::kJump:
        next = begin + at->a;
        made = false;
        break;
      case Op::kJumpIfFalse:
      case Op::kAnd:
      case Op::kOr: {
        bool truth = false;
        reason = to_boolean(top[-1], truth);
        if (reason != Reason::kNone) break;
        if (truth == (at->op == Op::kOr)) next = begin + at->a;
        made = next != nullptr && at->op != Op::kJumpIfFalse;
        if (made)
          top[-1] = Value::of(truth);
        else
          --top;
        break;
      }
      case Op::kInOne:
        reason = equal(top[-2], top[-1], made);
        if (reason != Reason::kNone) break;
        --top;
        if (!made) break;
        top[-1] = Value::of(true);
        next = begin + at->a;
        break;
      case Op::kInNone:
        top[-1] = Value::of(false);
        break;
    }
    const auto index = static_cast<std::uint16_t>(at - begin);
    if (reason != Reason::kNone) [[unlikely]] {
      const std::size_t operands = takes_two(at->op) ? 2 : 1;
      trace.failed(index, std::span<const Value>(bottom, top), operands);
      return {{}, reason, index};
    }
    if (made) trace.value(index, std::span<const Value>(bottom, top));
    if (next != nullptr) at = next - 1;
  }
  return {top[-1], Reason::kNone, 0};
}

}  // namespace holter::expr
