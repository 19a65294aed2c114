#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/code.h"
#include "expr/regex_pool.h"

namespace holter::expr {

/// A value that the code so far leaves on the stack: its type as far as known, where its instructions begin, and the
/// part of the source that they compute.
struct Operand {
  Type type = Type::kUnknown;
  std::size_t begin = 0;
  Span span;
  bool bare_not = false;  ///< `!x` without parentheses around it
};

/// Puts instructions together: constants, folding of constant parts, jumps, limits. Grows with the source, which is
/// bounded; whether the result is within the limits is asked at the end.
class Emitter {
 public:
  Emitter(std::string_view source, bool fold, RegexPool* pool);

  Operand constant(const Value& value, Span span);
  Operand slot(std::uint16_t index, Type type, Span span);
  Operand now(Span span);
  /// Replaces both operands, whose code stands at the end in this order, by the result.
  Operand binary(Op op, const Operand& left, const Operand& right, Type type, Span span);
  /// `a`: index of a regex or path, where the instruction has one.
  Operand unary(Op op, const Operand& operand, Type type, Span span, std::uint16_t a = 0);
  /// Index of a new path of json:apply(); set_path() when its names are known.
  std::uint16_t add_path();
  std::vector<std::string>& path(std::uint16_t index) { return code_->path_names[index]; }
  /// Errors: kInvalidArgument, kTooLarge: why not, to be put behind the place in the source.
  Result<std::uint16_t> add_regex(std::string_view pattern);

  /// A jump whose target is not yet known. Those that take a value off the stack do so here, too.
  std::size_t jump(Op op, Span span);
  /// The next instruction is the target of the jump at `index`.
  void land(std::size_t index) { code_->instrs[index].a = static_cast<std::uint16_t>(code_->instrs.size()); }
  /// The value on top belongs to a branch that does not come here.
  void forget_branch() { --depth_; }
  void in_none(Span span) { add(Op::kInNone, 0, span, 0); }

  std::size_t next() const { return code_->instrs.size(); }
  /// The finished code. Errors: kTooLarge.
  Result<std::shared_ptr<const Code>> finish(Type type) &&;

 private:
  struct Constant {
    Value value;  ///< without its text
    std::string text;
  };
  void add(Op op, std::size_t a, Span span, int growth);
  Value constant_at(std::size_t instr) const;
  /// The one instruction of `operand` is a constant.
  bool is_constant(const Operand& operand, std::size_t end) const;
  Operand fold_into(std::size_t begin, const Value& value, Span span);
  void bind_constants();
  Status check_limits() const;
  Error too_large(std::string_view what, std::size_t count, std::size_t most) const;

  std::unique_ptr<Code> code_ = std::make_unique<Code>();
  std::vector<Constant> constants_;
  std::size_t depth_ = 0, deepest_ = 0;
  const bool fold_;
  RegexPool* const pool_;
};

}  // namespace holter::expr
