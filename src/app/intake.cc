#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/engine.h"
#include "app/local.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/units.h"
#include "memory/allocator.h"

// Making all monitors known, at the start, and joining them with what they depend on.
namespace holter::app {

namespace asio = boost::asio;

/// How far the start has come with taking monitors in.
struct Engine::Intake {
  std::size_t all = 0, fitted = 0;
  bool full = false;
};

/// True: go on, also where no more fit, so that the message can say what would.
bool Engine::take(Intake& intake, model::Monitor&& monitor, std::uint16_t file, const define::Placement& placement,
                  std::span<const MonitorId> parents) {
  ++intake.all;
  if (intake.full) return true;
  load_ += monitor.paused ? 0 : pings_per_second(*monitor.definition, monitor.interval);
  auto added = fleet_->add(std::move(monitor), file);
  intake.full =
      !added || !fleet_->place(*added, placement, parents) || (intake.all % 256 == 0 && !governor_->can_read_on());
  if (!intake.full) return true;
  intake.fitted = fleet_->monitors().size();
  fleet_->forget_all();  // none of them will run: their memory is better used to read on
  return true;
}

/// Names and ids are one space with those of files, which have been read before; within the catalog both are unique.
bool Engine::take_of_catalog(Intake& intake, model::Monitor&& monitor, const catalog::Monitor& stored) {
  auto of_name = fleet_->monitors().find({stable_hash(monitor.name)});
  auto of_id = fleet_->monitors().find(monitor.id);
  if (!of_name && !of_id) return take(intake, std::move(monitor), 0, {stored.folder, {}}, all_parents(stored));
  const auto& other = fleet_->monitors().at(of_name ? *of_name : *of_id);
  loaded_.problems.add(clash(files_.names.at(other.file - 1U), other.monitor, monitor));
  return true;
}

/// Makes all monitors known, within the budget. Files come first: where they are wrong nothing is made. A catalog that
/// is there already may have definitions for monitors of files.
asio::awaitable<Status> Engine::read_monitors() {
  Intake intake;
  if (has_catalog(loaded_.config)) CO_TRY_OK(co_await open_catalog());
  define::load_monitors(
      loaded_.config.monitors, loaded_.definitions, loaded_.config.collect.min_interval, loaded_.problems,
      [&](model::Monitor&& monitor) { return take(intake, std::move(monitor), files_.current, files_.place, {}); },
      &files_);
  if (loaded_.problems.ok()) {
    if (!catalog_) CO_TRY_OK(co_await open_catalog());
    make_owned();
    CO_TRY_OK(co_await owned_->read_all([&](model::Monitor&& monitor, const catalog::Monitor& stored) {
      return take_of_catalog(intake, std::move(monitor), stored);
    }));
  }
  if (!loaded_.problems.ok())
    co_return Error(ErrorCode::kInvalidArgument,
                    fmt::format("cannot start: {} errors in the configuration", loaded_.problems.errors));
  if (!intake.full && intake.all > 0 && !governor_->can_run()) {
    // Reading on took memory of its own, which is free now.
    memory::purge_allocator();
    intake.full = !governor_->can_run();
    intake.fitted = intake.all;
  }
  if (intake.full) co_return refuse_monitors(intake.fitted, intake.all);
  (void)find_parents();  // it tells what is missing
  co_return Status{};
}

/// Joins what files name as parents with the monitors of all files and of the catalog. Tells, and returns, which names
/// nobody has and what depends on itself, unless it did so before: those monitors run all the same.
std::vector<std::string> Engine::find_parents() {
  constexpr std::size_t kMostTold = 10, kMostTexts = 2 * Fleet::kMostMissing;
  std::vector<std::string> texts;
  std::uint64_t fingerprint = 0;
  for (const auto& missing : fleet_->find_parents()) {
    fingerprint = stable_hash(std::to_string(fingerprint), missing.child, missing.parent);
    texts.push_back(fmt::format("the monitor '{}' depends on '{}', and there is no such monitor",
                                excerpt(missing.child), excerpt(missing.parent)));
  }
  Circles circles(*fleet_);
  if (fleet_->relations().any_names())
    fleet_->monitors().each([&](Fleet::Slot, const Watched& watched) {
      const auto& monitor = watched.monitor;
      auto parents = watched.file == 0 ? fleet_->parents(monitor.id) : std::vector<MonitorId>();
      if (parents.empty()) return true;
      auto way = circles.way_round({monitor.id, monitor.name, std::move(parents), {}});
      if (way.empty()) return true;
      fingerprint = stable_hash(std::to_string(fingerprint), way);
      texts.push_back(fmt::format("the monitor '{}' depends on itself: {}", excerpt(monitor.name), way));
      return texts.size() < kMostTexts;
    });
  if (std::exchange(missing_parents_, fingerprint) == fingerprint) return texts;
  for (std::size_t i = 0; i < std::min(texts.size(), kMostTold); ++i) {
    log::warning("app", "{}", texts[i]);
    events_->add("monitors", "warning", texts[i]);
  }
  if (texts.size() > kMostTold)
    log::warning("app", "{} more parents of monitors are missing", texts.size() - kMostTold);
  return texts;
}

/// Running needs as much again as being known takes.
Status Engine::refuse_monitors(std::size_t known, std::size_t all) const {
  auto heap = ledger_.limit();
  auto wanted = budget_ - heap +
                static_cast<std::uint64_t>(static_cast<double>(heap) * static_cast<double>(all) /
                                           static_cast<double>(std::max<std::size_t>(known, 1)));
  return Error(ErrorCode::kResourceExhausted,
               fmt::format("cannot hold {} monitors in the memory of {} (memory.budget): {} fill it, before any of "
                           "them runs. Set memory.budget to {} or more, or watch less",
                           all, format_size(budget_), known, format_size(wanted)));
}

}  // namespace holter::app
