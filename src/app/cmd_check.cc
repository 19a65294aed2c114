#include <filesystem>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/commands.h"
#include "app/loaded.h"
#include "app/monitor_set.h"
#include "app/settings.h"
#include "base/units.h"
#include "catalog/database.h"
#include "collect/job.h"
#include "define/resolve.h"
#include "memory/limit.h"
#include "secrets/keyring.h"

namespace holter::app {
namespace {

/// What all monitors of the configuration want, by the same figures with which `holter serve` takes them in.
struct Wanted {
  std::map<std::string, std::size_t> per_app;
  std::size_t monitors = 0;
  std::uint64_t known = 0, all = 0, critical = 0;
  double pings = 0, checks = 0;
};

void add(const model::Monitor& monitor, collect::JobFactory& factory, define::Problems& problems, Wanted& wanted) {
  std::vector<model::ResolvedSet> sets;
  for (const auto& set : monitor.definition->sets) sets.push_back(define::resolve(set, monitor));
  auto job = factory.make(monitor, sets);
  if (!job) {
    problems.add({define::Problem::Severity::kError, "", 0, 0, fmt::format("monitor '{}'", monitor.name),
                  job.error().message()});
    return;
  }
  auto cost = cost_of(monitor, (*job)->bytes());
  ++wanted.monitors;
  ++wanted.per_app[monitor.definition->app];
  wanted.known += cost.known + cost.latest;
  wanted.all += cost.total();
  if (monitor.criticality == model::Criticality::kCritical) wanted.critical += cost.total();
  if (monitor.paused) return;
  wanted.pings += pings_per_second(*monitor.definition, monitor.interval);
  wanted.checks += 1000.0 / static_cast<double>(monitor.interval.count());
}

/// Whether a catalog may hold parents that no file has. It is not opened here: a check changes nothing.
bool may_have_catalog(const define::Config& config) {
  std::error_code ignored;  // what cannot be looked at is not there
  return !config.catalog.postgresql.empty() || std::filesystem::exists(config.data_dir + "/catalog.db", ignored);
}

/// Parents that stand in no file: errors where nothing else can have them, else warnings.
void tell_missing(const define::Config& config, const define::MonitorFiles& files, define::Problems& problems) {
  bool elsewhere = may_have_catalog(config);
  for (auto problem : files.missing) {
    if (elsewhere) {
      problem.at.severity = define::Problem::Severity::kWarning;
      problem.at.message += " in the files; unless it was made through the API, nothing is above it";
    }
    problems.add(std::move(problem.at));
  }
}

/// One sentence: do they fit? A warning when some would be paused, an error when the start would be refused.
void tell_fit(const define::Config& config, const Wanted& wanted, define::Problems& problems) {
  using Severity = define::Problem::Severity;
  auto budget = memory_budget(config.memory, memory::container_limit().bytes);
  if (!budget) {
    problems.add({Severity::kError, "", 0, 0, "memory.budget", budget.error().message()});
    return;
  }
  auto left = room_in(*budget, level_options(config.memory));
  auto figures = fmt::format("{} wanted, {} left for monitors in {}; {:.1f} checks/s wanted, about {:.0f} possible",
                             format_size(wanted.all), format_size(left), format_size(*budget), wanted.checks,
                             wanted.pings > 0 ? wanted.checks / wanted.pings * most_pings() : most_pings());
  if (wanted.known > left || wanted.critical > left)
    problems.add({Severity::kError, "", 0, 0, "memory.budget", "cannot hold the monitors: " + figures});
  else if (wanted.all > left)
    problems.add(
        {Severity::kWarning, "", 0, 0, "memory.budget",
         fmt::format("does not fit: some monitors will be PAUSED (memory), low before normal ones; {}", figures)});
  else if (wanted.pings > most_pings())
    problems.add({Severity::kWarning, "", 0, 0, "collect",
                  fmt::format("does not fit: checks will be late; longer intervals by a factor of {:.2g} would fit; {}",
                              wanted.pings / most_pings(), figures)});
  else
    fmt::print("fits: {}\n", figures);
}

/// What only other parts understand of the settings. Nothing is connected to, and nothing is made.
void check_settings(const define::Config& config, const secrets::KeyringOptions& given, define::Problems& problems) {
  auto error = [&](const std::string& key, const Error& why) {
    problems.add({define::Problem::Severity::kError, "", 0, 0, key, why.message()});
  };
  if (const auto& connection = config.catalog.postgresql; !connection.empty())
    if (auto password = catalog::postgresql_password(connection); !password)
      error("catalog.postgresql", password.error());
  auto keyring = secrets::Keyring::load(given);
  // Not there yet, or not for whoever asks to read: that says nothing of the one who serves.
  bool unknown = keyring || keyring.error().code() == ErrorCode::kNotFound || keyring.error().code() == ErrorCode::kIo;
  if (!unknown) error("keys", keyring.error());
}

}  // namespace

int check(const std::string& config) {
  secrets::KeyringOptions keys{.has_sealed = true};  // so that none are made
  secrets::take_environment(keys);
  auto loaded = load(config, false);
  keys.data_dir = loaded.config.data_dir;
  if (loaded.problems.ok()) check_settings(loaded.config, keys, loaded.problems);
  Wanted wanted;
  if (loaded.problems.ok()) {
    collect::JobFactory factory;
    define::MonitorFiles files;
    define::load_monitors(
        loaded.config.monitors, loaded.definitions, loaded.config.collect.min_interval, loaded.problems,
        [&](model::Monitor&& monitor) {
          add(monitor, factory, loaded.problems, wanted);
          return true;
        },
        &files);
    tell_missing(loaded.config, files, loaded.problems);
    tell_fit(loaded.config, wanted, loaded.problems);
  }
  bool ok = print_problems(loaded.problems);
  fmt::print("{} definitions, {} monitors", loaded.definitions.size(), wanted.monitors);
  for (const auto& [app, count] : wanted.per_app) fmt::print(", {} {}", count, app);
  fmt::print(": {} errors, {} warnings\n", loaded.problems.errors, loaded.problems.warnings);
  return ok ? 0 : 1;
}

}  // namespace holter::app
