#include "expr/program.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "expr/code.h"
#include "expr/lexer.h"
#include "expr/parser.h"

namespace holter::expr {
namespace {

bool has(const Code& code, Op op) {
  return std::ranges::any_of(code.instrs, [op](Instr instr) { return instr.op == op; });
}

}  // namespace

std::string_view to_string(Op op) {
  constexpr std::string_view kNames[] = {"constant", "slot", "now",   "+",      "-",      "*",  "/",      "%",
                                         "==",       "!=",   "<",     "<=",     ">",      ">=", "equals", "contains",
                                         "negate",   "!",    "truth", "exists", "=~",     "!~", "json",   "jump",
                                         "unless",   "&&",   "||",    "in_one", "in_none"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Op::kInNone) + 1);
  return kNames[static_cast<std::size_t>(op)];
}

std::string_view Program::source() const {
  return code_->source;
}
std::span<const std::uint16_t> Program::slots() const {
  return code_->slots;
}
std::size_t Program::slot_count() const {
  return code_->slot_count;
}
Type Program::type() const {
  return code_->type;
}
bool Program::uses_now() const {
  return has(*code_, Op::kNow);
}
bool Program::uses_json() const {
  return has(*code_, Op::kJson);
}
std::size_t Program::instructions() const {
  return code_->instrs.size();
}

std::size_t Program::held_bytes() const {
  const auto& code = *code_;
  std::size_t bytes = sizeof(Code) + code.source.capacity() + code.texts_bytes;
  bytes += code.instrs.capacity() * sizeof(Instr) + code.spans.capacity() * sizeof(Span);
  bytes += code.constants.capacity() * sizeof(Value) + code.slots.capacity() * sizeof(std::uint16_t);
  for (const auto& regex : code.regexes)
    bytes += sizeof(Regex) + regex.pattern.capacity() + (code.shares_regexes ? 0 : kRegexBytes);
  for (const auto& names : code.path_names) {
    bytes += 2 * sizeof(names) + names.capacity() * (sizeof(std::string) + sizeof(std::string_view));
    for (const auto& name : names) bytes += name.capacity();
  }
  return bytes;
}

Result<Program> compile(std::string_view text, const Scope& scope) {
  if (text.size() > kMaxSource)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot compile expression \"{}\": it has {} bytes; {} are the most",
                                                   excerpt(text), text.size(), kMaxSource));
  if (scope.names.size() > Scope::kMaxNames)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot compile expression \"{}\": {} names are in scope; {} are the most", excerpt(text),
                             scope.names.size(), Scope::kMaxNames));
  TRY(auto tokens, tokenize(text));
  if (tokens.size() == 1)
    return Error(ErrorCode::kInvalidArgument, "cannot compile expression \"\", column 1: it is empty");
  TRY(auto code, Parser(text, scope, std::move(tokens)).run());
  return Program(std::move(code));
}

std::string to_text(const Program& program) {
  const auto& code = program.code();
  std::string out;
  auto put = [&out]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
  };
  for (std::size_t i = 0; i < code.instrs.size(); ++i) {
    const auto [op, a] = code.instrs[i];
    put("{:4} {:8}", i, to_string(op));
    if (op == Op::kConstant)
      put(" {}", excerpt(to_literal(code.constants[a]), 60));
    else if (op == Op::kSlot)
      put(" #{}", a);
    else if (op == Op::kMatches || op == Op::kNotMatches)
      put(" {}", excerpt(to_literal(Value::of(std::string_view(code.regexes[a].pattern))), 60));
    else if (op == Op::kJson)
      put(" {}", excerpt(fmt::format("{}", fmt::join(code.paths[a], ".")), 60));
    else if (op >= Op::kJump && op != Op::kInNone)
      put(" -> {}", a);
    put("    {}\n", excerpt(code.part(code.spans[i]), 60));
  }
  return out;
}

}  // namespace holter::expr
