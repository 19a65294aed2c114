#pragma once

#include <span>
#include <string>

#include "define/definitions.h"

namespace holter::define {

/// JSON Schema (draft 7, which editors' YAML servers understand) of a definition file, for completion and checks while
/// writing: keys with their meaning, types, and the keys of each protocol's block. It takes what load_definition()
/// takes; unknown keys, which are warnings there, are marked by it. Ends with a line end.
std::string definition_schema(std::span<const ProtocolKeys> protocols);

}  // namespace holter::define
