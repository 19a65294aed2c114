#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "expr/scope.h"

namespace holter::expr {

struct Code;

// What bounds an expression; beyond each, compile() refuses with a message that names the limit.
inline constexpr std::size_t kMaxSource = 4096;        ///< bytes of text
inline constexpr std::size_t kMaxDepth = 64;           ///< parentheses, arguments, branches and signs inside each other
inline constexpr std::size_t kMaxInstructions = 1024;  ///< and thereby steps: there are no loops
inline constexpr std::size_t kMaxConstants = 512;
inline constexpr std::size_t kMaxRegexes = 16;
inline constexpr std::size_t kMaxStack = 256;          ///< intermediate values that are held at a time
inline constexpr std::size_t kRegexBytes = 128 << 10;  ///< most memory of one regular expression, at all times

/// A compiled expression. Frozen: copies share the same code, and any number of threads may evaluate it at a time.
class Program {
 public:
  explicit Program(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

  std::string_view source() const;
  /// The slots that are read (indices into Scope::names), each once, in the order of first use. Others need not be
  /// filled in.
  std::span<const std::uint16_t> slots() const;
  /// How many slots evaluate() must be given: the largest index that is read, plus one.
  std::size_t slot_count() const;
  /// What the result is, if it is one, as far as the types in the scope tell.
  Type type() const;
  /// The result depends on the time of day.
  bool uses_now() const;
  bool uses_json() const;
  std::size_t instructions() const;
  /// For the account of whoever keeps it: all that the program holds, and kRegexBytes for each regular
  /// expression, unless a RegexPool has them.
  std::size_t held_bytes() const;

  const Code& code() const { return *code_; }

 private:
  std::shared_ptr<const Code> code_;
};

/// Compiles `text` for the names in `scope`. Errors begin `cannot compile expression "<text>", column N: `
/// (1-based, in characters), quote the offending token and say what was expected.
/// kNotFound: a name that is not in scope; the message lists those that are and the nearest one.
/// kInvalidArgument: anything else that is wrong with the text: syntax, types (rules only), a regular expression.
/// kTooLarge: one of the limits above.
Result<Program> compile(std::string_view text, const Scope& scope);

/// The program for people, one line per instruction: index, name, operand, the part of the source it comes from.
std::string to_text(const Program& program);

}  // namespace holter::expr
