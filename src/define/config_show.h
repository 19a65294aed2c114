#pragma once

#include <string>

#include "define/config.h"

namespace holter::define {

/// The configuration in force as YAML, a line for each key, with where its value comes from behind it. What is read
/// back is the same configuration, but for secrets: they are not shown.
std::string show_config(const GivenValues& given);

/// All keys as a file to begin with: each with what it is for, commented out at its default. packaging/holter.yml.
std::string default_config();

/// A value as a scalar of YAML, quoted where it must be.
std::string yaml_scalar(std::string_view text);

}  // namespace holter::define
