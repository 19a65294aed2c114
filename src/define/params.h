#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/definition.h"

namespace holter::define {

/// "text", "number"... of a definition.
std::optional<model::ParamType> param_type(std::string_view name);
std::string_view to_string(model::ParamType type);
/// All of them, for messages and schemas.
std::vector<std::string_view> param_type_names();
std::string unknown_type(std::string_view name);

/// Is `value` inside `range` ("[0,65535]", alternatives joined by "||", ends open with parentheses)? Errors:
/// kInvalidArgument (outside), kCorruption (the range itself cannot be read).
Status check_range(std::string_view range, double value);

/// Checks a trimmed value that a user gave against its definition (format section 1.3); an empty one passes. Errors:
/// kInvalidArgument, saying what is allowed.
Status check_param(const model::ParamDef& def, const std::string& value);

/// May the value not be left empty? True for a required parameter of a type that has no use for an empty text; a
/// required text or password may be empty, as some targets have such.
bool must_be_filled(const model::ParamDef& def);

/// The text without white space around it.
std::string trimmed(std::string_view text);

}  // namespace holter::define
