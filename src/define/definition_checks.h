#pragma once

#include "define/problem.h"
#include "define/yaml.h"
#include "model/definition.h"

namespace holter::define {

/// What only the whole of a definition shows. Errors: names that stand twice or that expressions cannot use, sets
/// without fields, no set of priority 0, filters that do not compile. Warnings, since definitions in use have them and
/// work: placeholders that no parameter declares, `calculates` or `units` for a field that does not exist, calculations
/// that do not compile, and fields that nothing feeds: those stay null. A text with a placeholder (`^_^x^_^` or
/// `^o^x^o^`) is compiled only once that has a value, so it is not checked here. `root` is what `definition` was
/// made from: one node for each parameter, set and field. Of one that extends another, what depends on both is checked
/// by resolve_extends().
void check_definition(const model::Definition& definition, const YamlNode& root, Problems& problems);

}  // namespace holter::define
