#include <map>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/engine.h"
#include "app/loaded.h"
#include "base/units.h"

namespace holter::app {

int check(const std::string& config) {
  auto loaded = load(config, true);
  if (loaded.problems.ok()) make_jobs(loaded.monitors, loaded.problems);
  if (auto budget = memory_budget(loaded.config); !budget)
    loaded.problems.add({define::Problem::Severity::kError, "", 0, 0, "memory.budget", budget.error().message()});
  bool ok = print_problems(loaded.problems);
  std::map<std::string_view, std::size_t> per_app;
  for (const auto& monitor : loaded.monitors) ++per_app[monitor.definition->app];
  fmt::print("{} definitions, {} monitors", loaded.definitions.size(), loaded.monitors.size());
  for (const auto& [app, count] : per_app) fmt::print(", {} {}", count, app);
  fmt::print(": {} errors, {} warnings\n", loaded.problems.errors, loaded.problems.warnings);
  return ok ? 0 : 1;
}

}  // namespace holter::app
