#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/job.h"
#include "define/config.h"
#include "define/definitions.h"
#include "define/monitors.h"
#include "define/problem.h"

namespace holter::app {

/// Everything that files and environment say, checked. Nothing starts half-configured: with errors in `problems` the
/// rest must not be used.
struct Loaded {
  define::Config config;
  define::GivenValues given;     ///< what of it was given, and where
  define::Registry files;        ///< of definitions, as they stand in them
  define::Registry definitions;  ///< in force: completed, with those of the catalog over them once there is one
  std::vector<model::Monitor> monitors;
  define::Problems problems;
};

/// What the protocols' blocks may hold, from the plug-ins.
std::vector<define::ProtocolKeys> protocol_keys();

/// Reads the configuration alone. `config_path` empty: ./holter.yml when it is there.
Loaded load_settings(const std::string& config_path);

/// Reads configuration, definitions and, if asked, monitors.
Loaded load(const std::string& config_path, bool with_monitors);

/// The definitions that `config` names, with their findings in `loaded`. None of the catalog lies over them.
void load_definitions(Loaded& loaded);

/// The definition of `app`, or nullptr after a message that names the nearest one.
std::shared_ptr<const model::Definition> find_definition(const Loaded& loaded, const std::string& app);

/// A monitor of a file, and one of the catalog that would have the same name or id.
define::Problem clash(const std::string& file, const model::Monitor& of_file, const model::Monitor& stored);

/// Prints problems to standard error, errors last; true when there are no errors.
bool print_problems(const define::Problems& problems);

}  // namespace holter::app
