#pragma once

#include "define/problem.h"
#include "define/yaml.h"
#include "model/definition.h"

namespace holter::define {

/// What only the whole of a definition shows. Errors: names that stand twice or that expressions cannot use, sets
/// without fields, no set of priority 0. Warnings, since definitions in use have them and work: placeholders that no
/// parameter declares, and `calculates` or `units` for a field that does not exist. `root` is what `definition` was
/// made from: one node for each parameter, set and field.
void check_definition(const model::Definition& definition, const YamlNode& root, Problems& problems);

}  // namespace holter::define
