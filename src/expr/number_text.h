#pragma once

#include <optional>
#include <string_view>

#include "expr/value.h"

namespace holter::expr {

/// The whole of `text` as a number: digits with an optional sign are an integer (a double where 64 bits are too few);
/// with a point or an exponent they are a double. nullopt for anything else, white space and `NaN` included, and for
/// what is too large for a double.
std::optional<Value> parse_number(std::string_view text);

/// A double as Java writes it: `12.0`, `1.0E10`, `1.0E-4`, `NaN`, `-Infinity`; the shortest digits that read back the
/// same. Returns the part of `buffer` that was written.
std::string_view write_double(double value, char (&buffer)[kMaxScalarText]);

}  // namespace holter::expr
