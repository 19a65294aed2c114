#pragma once

#include <optional>
#include <string>

#include "expr/code.h"

namespace holter::expr {

// What the types known at compile time forbid. Rules are checked by these; a definition is not, since its values are
// what they are when they come. Each says what is wrong, or nullopt.

std::optional<std::string> cannot_compute(Op op, Type left, Type right);
std::optional<std::string> cannot_negate(Type type);
/// For `!`, `&&`, `||` and the condition of `?:`.
std::optional<std::string> cannot_decide(Type type);
/// For arguments of text functions and the left side of `=~`.
std::optional<std::string> cannot_read_text(Type type);

/// The type of `left op right`, if it has a value.
Type result_type(Op op, Type left, Type right);
/// The type of a value that is either.
Type either(Type a, Type b);

}  // namespace holter::expr
