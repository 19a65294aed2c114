#pragma once

#include <span>
#include <string>

#include "stress/outcome.h"

namespace holter::stress {

/// The report as JSON: docs/stress.md says what is in it.
std::string report_json(std::span<const Outcome> outcomes, bool quick);

/// A table of all scenarios for a terminal, with the problems and notes below.
std::string table(std::span<const Outcome> outcomes);

}  // namespace holter::stress
