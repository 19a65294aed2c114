#include "app/loaded.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/units.h"
#include "collect/plugin.h"
#include "define/extends.h"

namespace holter::app {

std::vector<define::ProtocolKeys> protocol_keys() {
  std::vector<define::ProtocolKeys> all;
  for (auto factory : collect::all_plugins()) {
    const auto& info = factory();
    auto& keys = all.emplace_back(define::ProtocolKeys{info.name, info.block, {}, {}, {}, info.dynamic});
    for (const auto& key : info.keys) {
      keys.keys.push_back(key.name);
      keys.help.push_back(key.help);
      if (key.required) keys.required.push_back(key.name);
    }
  }
  return all;
}

Loaded load_settings(const std::string& config_path) {
  Loaded loaded;
  std::vector<std::string> environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    environment.emplace_back(*variable);
  auto path = config_path;
  if (path.empty() && std::filesystem::exists("holter.yml")) path = "holter.yml";
  loaded.config = define::load_config(path, environment, loaded.problems, &loaded.given);
  return loaded;
}

Loaded load(const std::string& config_path, bool with_monitors) {
  auto loaded = load_settings(config_path);
  if (!loaded.problems.ok()) return loaded;
  load_definitions(loaded);
  if (with_monitors && loaded.problems.ok())
    loaded.monitors = define::load_monitors(loaded.config.monitors, loaded.definitions,
                                            loaded.config.collect.min_interval, loaded.problems);
  return loaded;
}

void load_definitions(Loaded& loaded) {
  loaded.files = define::read_definitions(loaded.config.definitions, protocol_keys(), loaded.problems);
  loaded.definitions = loaded.files;
  define::resolve_extends(loaded.definitions, loaded.problems);
}

std::shared_ptr<const model::Definition> find_definition(const Loaded& loaded, const std::string& app) {
  auto definition = loaded.definitions.find(app);
  if (definition) return definition;
  auto apps = loaded.definitions.apps();
  auto near = nearest_in(app, apps);
  fmt::print(stderr, "holter: cannot find a definition of '{}' in {}{}; `holter definitions` lists all\n", app,
             fmt::join(loaded.config.definitions, ", "),
             near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near));
  return nullptr;
}

define::Problem clash(const std::string& file, const model::Monitor& of_file, const model::Monitor& stored) {
  auto why = of_file.name == stored.name
                 ? fmt::format("cannot use this name: the monitor {:016x}, which was made through the API, has it",
                               stored.id.value)
                 : fmt::format("cannot use this name: its id {:016x} is that of '{}', which was made through the API",
                               stored.id.value, excerpt(stored.name));
  return {define::Problem::Severity::kError, file, 0, 0, fmt::format("monitor '{}'", of_file.name),
          why + "; rename this one"};
}

bool print_problems(const define::Problems& problems) {
  for (auto severity : {define::Problem::Severity::kWarning, define::Problem::Severity::kError})
    for (const auto& problem : problems.list)
      if (problem.severity == severity) fmt::print(stderr, "{}\n", define::to_string(problem));
  auto hidden = problems.errors + problems.warnings - problems.list.size();
  if (hidden > 0) fmt::print(stderr, "... and {} more\n", hidden);
  return problems.ok();
}

}  // namespace holter::app
