#pragma once

#include <string>

namespace holter::app {

/// What `holter doctor --json` prints.
std::string doctor_json(const std::string& config);

}  // namespace holter::app
