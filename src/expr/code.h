#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "expr/scope.h"
#include "expr/value.h"

namespace re2 {
class RE2;
}

namespace holter::expr {

// The inside of a Program: instructions of a stack machine. Only this folder includes it.

enum class Op : std::uint8_t {
  kConstant,  ///< push constants[a]
  kSlot,      ///< push slots[a]
  kNow,       ///< push the time
  // Two operands, the right one on top.
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEquals,    ///< equals()
  kContains,  ///< contains()
  // One operand.
  kNegate,
  kNot,
  kToBoolean,  ///< the right side of && and ||
  kExists,
  kMatches,     ///< regexes[a]
  kNotMatches,  ///< regexes[a]
  kJson,        ///< paths[a]
  // Jumps: forward only, to instruction a.
  kJump,
  kJumpIfFalse,  ///< takes the condition off
  kAnd,          ///< false: leave it and jump; else take it off
  kOr,           ///< true: leave it and jump; else take it off
  kInOne,        ///< takes the element off; if it equals the value below, that becomes true: jump
  kInNone,       ///< no element was equal: the value becomes false
};
std::string_view to_string(Op op);

struct Instr {
  Op op;
  std::uint16_t a = 0;
};
static_assert(sizeof(Instr) == 4);

/// The part of the source that an instruction computes: bytes [begin, end).
struct Span {
  std::uint16_t begin = 0, end = 0;
};

/// A regular expression and how it stands in the source.
struct Regex {
  std::string pattern;
  std::shared_ptr<const re2::RE2> compiled;
};

struct Code {
  Code() = default;
  Code(const Code&) = delete;  // constants point into `texts`
  Code& operator=(const Code&) = delete;

  std::string source;
  std::vector<Instr> instrs;
  std::vector<Span> spans;  ///< one per instruction
  std::vector<Value> constants;
  std::unique_ptr<char[]> texts;  ///< of constants
  std::size_t texts_bytes = 0;
  std::vector<Regex> regexes;
  bool shares_regexes = false;                       ///< a RegexPool counts them
  std::vector<std::vector<std::string>> path_names;  ///< of json:apply(x).a.b
  std::vector<std::vector<std::string_view>> paths;  ///< views of path_names, as JsonLookup wants them
  std::vector<std::uint16_t> slots;                  ///< in order of first use
  std::uint16_t slot_count = 0;
  Type type = Type::kUnknown;

  std::string_view part(Span span) const { return std::string_view(source).substr(span.begin, span.end - span.begin); }
};

}  // namespace holter::expr
