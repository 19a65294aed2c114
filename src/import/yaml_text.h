#pragma once

#include <string>
#include <string_view>

namespace holter::imports {

/// A text in quotes that JSON and YAML both read.
std::string quoted(std::string_view text);
/// A text as a scalar of a YAML file: as it is where it can stand so, else in quotes.
std::string yaml_scalar(std::string_view text);

}  // namespace holter::imports
