#pragma once

#include "expr/code.h"
#include "expr/evaluate.h"
#include "expr/text_arena.h"
#include "expr/value.h"

namespace holter::expr {

// What the operators mean. Each yields kNone and the result, or the reason why there is none. docs/expressions.md has
// the rules in words.

/// Integers, doubles and texts that are numbers; NaN is kNotFinite.
Reason to_number(const Value& value, Value& number);
/// Booleans; numbers (0 is false); texts `true` and `false` in any case.
Reason to_boolean(const Value& value, bool& truth);

/// `- * / %`, and `+` of numbers.
Reason arithmetic(Op op, const Value& left, const Value& right, Value& result);
/// `+`: numbers, or one text after the other when either is a text.
Reason add(const Value& left, const Value& right, TextArena& texts, Value& result);
Reason negate(const Value& value, Value& result);
/// `==`, with null equal to null only.
Reason equal(const Value& left, const Value& right, bool& truth);
/// `<`, `<=`, `>`, `>=` of two numbers or two texts (by bytes).
Reason compare(Op op, const Value& left, const Value& right, bool& truth);

/// Any of the binary operators above, and kEquals and kContains.
Reason binary(Op op, const Value& left, const Value& right, TextArena& texts, Value& result);

/// Longest text that contains() looks for.
inline constexpr std::size_t kMaxNeedle = 4096;
/// Does `text` contain `part`, with ASCII letters alike in both cases? Linear in both. `part` has at most kMaxNeedle
/// bytes.
bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace holter::expr
