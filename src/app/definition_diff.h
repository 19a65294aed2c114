#pragma once

#include <string>
#include <vector>

#include "define/problem.h"

namespace holter::app {

/// What two definition files say differently, a line each: "- metrics.health.fields.status.unit: %" and the like.
/// Elements of lists are compared by their name, not by their place; comments, quotes and order of keys do not count.
/// What cannot be read is an error in `problems`.
std::vector<std::string> definition_diff(const std::string& old_file, const std::string& new_file,
                                         define::Problems& problems);

}  // namespace holter::app
