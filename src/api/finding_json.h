#pragma once

#include <string_view>
#include <vector>

#include "api/json.h"
#include "api/problem.h"

namespace holter::api {

/// A member with a list of findings; line and column are null where one is about the whole.
void write_findings(JsonWriter& json, std::string_view name, const std::vector<define::Problem>& findings);
/// A member with a list of monitors, each with its reason.
void write_monitors(JsonWriter& json, std::string_view name, const std::vector<Problem::Monitor>& monitors);

}  // namespace holter::api
