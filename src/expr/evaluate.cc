#include "expr/evaluate.h"

#include "expr/machine.h"

namespace holter::expr {
namespace {

struct NoTrace {
  void value(std::uint16_t, std::span<const Value>) {}
  void failed(std::uint16_t, std::span<const Value>, std::size_t) {}
};

}  // namespace

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kNullOperand:
      return "null_operand";
    case Reason::kDivisionByZero:
      return "division_by_zero";
    case Reason::kNotNumber:
      return "not_a_number";
    case Reason::kNotFinite:
      return "not_finite";
    case Reason::kNotBoolean:
      return "not_a_boolean";
    case Reason::kWrongType:
      return "wrong_type";
    case Reason::kTooLong:
      return "too_long";
    case Reason::kNotJson:
      return "not_json";
  }
  return "unknown";
}

Reason Machine::matches(const Code& code, Instr instr, const Value& subject, Value& result) {
  if (subject.is_null()) return Reason::kNullOperand;
  if (!subject.is_text()) return Reason::kWrongType;
  auto text = subject.text();
  bool found = re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *code.regexes[instr.a].compiled);
  result = Value::of(found == (instr.op == Op::kMatches));
  return Reason::kNone;
}

Reason Machine::json(const Code& code, Instr instr, const Value& document, Scratch& scratch, Value& result) {
  CHECK(scratch.json_ != nullptr);  // compile() refuses json:apply() unless the scope promised this
  const auto& path = code.paths[instr.a];
  if (document.is_null() && path.empty()) {
    result = {};
    return Reason::kNone;
  }
  if (document.is_null()) return Reason::kNullOperand;
  if (!document.is_text()) return Reason::kWrongType;
  Value value;
  switch (scratch.json_->lookup(document.text(), path, scratch.texts_, value)) {
    case JsonLookup::Found::kValue:
      result = value;
      return Reason::kNone;
    case JsonLookup::Found::kMissing:
      result = {};
      return Reason::kNone;
    case JsonLookup::Found::kTooLarge:
      return Reason::kTooLong;
    case JsonLookup::Found::kNoObject:
      break;
  }
  // What is no object is null; its members have no value.
  if (!path.empty()) return Reason::kNotJson;
  result = {};
  return Reason::kNone;
}

Reason Machine::one(const Code& code, Instr instr, const Value& operand, Scratch& scratch, Value& result) {
  bool truth = false;
  switch (instr.op) {
    case Op::kNegate:
      return negate(operand, result);
    case Op::kExists:
      result = Value::of(!operand.is_null());
      return Reason::kNone;
    case Op::kMatches:
    case Op::kNotMatches:
      return matches(code, instr, operand, result);
    case Op::kJson:
      return json(code, instr, operand, scratch, result);
    default:
      break;
  }
  if (auto reason = to_boolean(operand, truth); reason != Reason::kNone) return reason;
  result = Value::of(truth == (instr.op == Op::kToBoolean));
  return Reason::kNone;
}

Outcome evaluate(const Program& program, std::span<const Value> slots, Scratch& scratch) {
  NoTrace trace;
  return Machine::run(program.code(), slots, scratch, trace);
}

}  // namespace holter::expr
