#include <fmt/format.h>

#include "app/active_hours.h"
#include "app/commands.h"
#include "app/loaded.h"
#include "import/import.h"
#include "ruletest/run.h"

namespace holter::app {

int test_rules(const TestRulesOptions& options) {
  auto loaded = load(options.config, false);
  if (!loaded.problems.ok()) {
    print_problems(loaded.problems);
    return 1;
  }
  const ActiveHours hours;
  std::size_t passed = 0, failed = 0, unusable = 0;
  for (const auto& file : options.files) {
    auto input = imports::read_input(file);
    if (!input) {
      fmt::print(stderr, "holter: {}\n", input.error().message());
      ++unusable;
      continue;
    }
    define::Problems problems;
    auto outcome = ruletest::run_tests(*input, {&loaded.definitions, &hours}, problems);
    print_problems(problems);
    if (!problems.ok()) ++unusable;
    for (const auto& failure : outcome.failures) fmt::print("FAILED {}", failure);
    passed += outcome.passed;
    failed += outcome.failures.size();
  }
  fmt::print("{} passed, {} failed{}\n", passed, failed,
             unusable == 0 ? "" : fmt::format(", {} of {} files cannot be used", unusable, options.files.size()));
  return failed == 0 && unusable == 0 ? 0 : 1;
}

}  // namespace holter::app
