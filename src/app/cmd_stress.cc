#include <fmt/format.h>

#include "app/commands.h"
#include "stress/stress.h"

namespace holter::app {

int stress(const StressOptions& options) {
  if (options.list) {
    stress::list();
    return 0;
  }
  auto code = stress::run({.quick = options.quick,
                           .keep = options.keep,
                           .only = options.only,
                           .budget = options.budget,
                           .monitors = options.monitors,
                           .out = options.out});
  if (code) return *code;
  fmt::print(stderr, "holter: {}\n", code.error().message());
  return 2;
}

}  // namespace holter::app
