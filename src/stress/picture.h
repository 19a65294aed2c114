#pragma once

#include <string>

#include "stress/outcome.h"

namespace holter::stress {

/// The run as an SVG: resident set of both processes over time with the budget as a line, the level as a band below,
/// paused monitors as a line of its own scale. Readable on a light and on a dark ground. At most 800 points a line.
std::string draw(const Outcome& outcome);

}  // namespace holter::stress
