#pragma once

#include <cstdint>
#include <string_view>

#include "api/owned_monitors.h"

namespace holter::api {

/// The greatest id that is a number in JSON: what JavaScript holds exactly.
constexpr std::uint64_t kMostDecimalId = 9'007'199'254'740'991;

/// An id of a path, 1 to kMostDecimalId, digits only. `what`: "a rule". Problems: 400.
Answered<std::uint64_t> decimal_id(std::string_view text, std::string_view what);

}  // namespace holter::api
