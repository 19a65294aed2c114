#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "alert/round_view.h"
#include "define/definitions.h"
#include "define/problem.h"
#include "import/import.h"

namespace holter::ruletest {

struct Options {
  const define::Registry* definitions = nullptr;
  const alert::ActiveHoursParser* hours = nullptr;
};

struct Outcome {
  std::size_t passed = 0;
  std::vector<std::string> failures;  ///< a test each: where it stands, what was expected and what came, in lines
};

/// Runs the tests of one file (test_file.h) on the rules that it names. With errors in `problems` nothing has run: the
/// file, a file of rules or a series cannot be used.
Outcome run_tests(const imports::Input& file, const Options& options, define::Problems& problems);

}  // namespace holter::ruletest
