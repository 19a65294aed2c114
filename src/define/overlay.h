#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "define/definitions.h"
#include "define/problem.h"

namespace holter::define {

/// A definition that does not count, though it was to.
struct LeftOut {
  std::string app;
  std::string reason;
};

/// Definitions in force: those of files with others over them, each of which takes the place of the file's of the same
/// app; those that extend others are completed (extends.h). `files` and `over` are as they were read, not completed.
/// Of `over` those are left out that cannot be completed, or with which another cannot: the file's counts then, if
/// there is one. What is wrong with files alone is in `problems`.
Registry lay_over(const Registry& files, std::span<const std::shared_ptr<const model::Definition>> over,
                  std::vector<LeftOut>& left_out, Problems& problems);

}  // namespace holter::define
