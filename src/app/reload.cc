#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "app/engine.h"
#include "base/log.h"
#include "base/units.h"

// Reading configuration, definitions and monitors again while everything runs.
namespace holter::app {
namespace {

namespace asio = boost::asio;
using define::Config;

bool same(const model::Monitor& a, const model::Monitor& b) {
  return a.name == b.name && a.definition == b.definition && *a.labels == *b.labels && a.params == b.params &&
         a.interval == b.interval && a.criticality == b.criticality && a.paused == b.paused;
}

/// Definitions that have not changed stay the ones that monitors and jobs share; true when any has changed.
bool keep_unchanged(const define::Registry& old, define::Registry& fresh) {
  bool changed = old.size() != fresh.size();
  for (auto app : fresh.apps()) {
    auto before = old.find(app);
    if (before && *before == *fresh.find(app))
      fresh.add(before);
    else
      changed = true;
  }
  return changed;
}

/// Keys whose value differs, by whether they are put in force while running.
void compare(const Config& old, const Config& fresh, api::ReloadReport& report) {
  auto live = [&](bool differs, const char* key) {
    if (differs) report.settings.emplace_back(key);
  };
  auto restart = [&](bool differs, const char* key) {
    if (differs) report.needs_restart.emplace_back(key);
  };
  const auto& a = old.memory;
  const auto& b = fresh.memory;
  live(old.monitors != fresh.monitors, "monitors");
  live(old.definitions != fresh.definitions, "definitions");
  live(a.budget != b.budget || a.budget_share != b.budget_share, "memory.budget");
  live(a.shares != b.shares, "memory.shares");
  live(a.levels != b.levels, "memory.levels");
  live(a.hysteresis != b.hysteresis, "memory.hysteresis");
  live(a.dwell != b.dwell, "memory.dwell");
  live(a.stretch != b.stretch, "memory.stretch");
  live(a.actions != b.actions, "memory.actions");
  live(old.collect.min_interval != fresh.collect.min_interval, "collect.min_interval");
  restart(a.psi != b.psi, "memory.psi");
  restart(old.data_dir != fresh.data_dir, "data_dir");
  restart(old.server.listen != fresh.server.listen, "server.listen");
  restart(old.server.max_connections != fresh.server.max_connections, "server.max_connections");
  restart(old.collect.shards != fresh.collect.shards, "collect.shards");
  restart(old.collect.max_in_flight != fresh.collect.max_in_flight, "collect.max_in_flight");
  restart(old.collect.min_in_flight != fresh.collect.min_in_flight, "collect.min_in_flight");
  restart(old.collect.queue_capacity != fresh.collect.queue_capacity, "collect.queue_capacity");
  restart(old.collect.max_per_target != fresh.collect.max_per_target, "collect.max_per_target");
  restart(old.history.retention != fresh.history.retention, "history.retention");
  restart(old.history.memory_limit != fresh.history.memory_limit, "history.memory_limit");
  restart(old.log_level != fresh.log_level, "log_level");
}

/// What is in force after a reload: the new values, except where a restart is needed.
Config in_force(const Config& old, const Config& fresh) {
  Config config = old;
  config.monitors = fresh.monitors;
  config.definitions = fresh.definitions;
  auto psi = old.memory.psi;
  config.memory = fresh.memory;
  config.memory.psi = psi;
  config.collect.min_interval = fresh.collect.min_interval;
  return config;
}

void tell_problems(const define::Problems& problems, std::vector<std::string>& out) {
  for (const auto& problem : problems.list) out.push_back(define::to_string(problem));
}

std::string list(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string describe(const api::ReloadReport& report) {
  auto text = fmt::format("monitors: {} added, {} changed, {} removed, {} unchanged", report.added, report.changed,
                          report.removed, report.unchanged);
  if (!report.settings.empty()) text += "; in force: " + list(report.settings);
  if (!report.needs_restart.empty()) text += "; needs a restart: " + list(report.needs_restart);
  return text;
}

}  // namespace

asio::awaitable<Result<api::ReloadReport>> Engine::reload() {
  if (reloading_) co_return Error(ErrorCode::kUnavailable, "cannot reload: another reload is under way");
  if (governor_->active(Action::kRefuseWork))
    co_return Error(
        ErrorCode::kResourceExhausted,
        fmt::format("cannot reload at memory level {}: {} are left of {} (memory.budget); try again later",
                    to_string(governor_->level()), format_size(governor_->bytes_left()), format_size(budget_)));
  reloading_ = true;
  Result<api::ReloadReport> report = Error(ErrorCode::kResourceExhausted, "cannot reload: there is no memory for it");
  try {
    report = co_await reload_now();
  } catch (const std::bad_alloc&) {
    log::warning("app", "{}", report.error().message());
  }
  reloading_ = false;
  co_return report;
}

asio::awaitable<Result<api::ReloadReport>> Engine::reload_now() {
  auto loaded = load(config_path_, false);
  api::ReloadReport report;
  bool definitions_changed = keep_unchanged(loaded_.definitions, loaded.definitions);

  // Which of the monitors in the files are there already, and which are new or other than before? Both are held only
  // as far as they differ, and on the account.
  std::vector<model::Monitor> fresh;
  memory::Reservation held;
  std::vector<bool> kept(fleet_->monitors().slots());
  bool full = false;
  if (loaded.problems.ok()) {
    define::load_monitors(loaded.config.monitors, loaded.definitions, loaded.config.collect.min_interval,
                          loaded.problems, [&](model::Monitor&& monitor) {
                            auto slot = fleet_->monitors().find(monitor.id);
                            if (slot && same(fleet_->monitors().at(*slot).monitor, monitor)) {
                              kept[*slot] = true;
                              ++report.unchanged;
                              return true;
                            }
                            auto bytes = known_bytes(monitor);
                            if (held.bytes() == 0) {
                              auto first = ledger_.account("monitors").reserve(bytes);
                              full = !first;
                              if (first) held = std::move(*first);
                            } else {
                              full = !held.resize(held.bytes() + bytes);
                            }
                            if (full) return false;
                            ++(slot ? report.changed : report.added);
                            fresh.push_back(std::move(monitor));
                            return true;
                          });
  }
  for (const auto& monitor : fresh) {
    if (!loaded.problems.ok()) break;
    if (auto possible = fleet_->try_out(monitor); !possible)
      loaded.problems.add({define::Problem::Severity::kError, "", 0, 0, fmt::format("monitor '{}'", monitor.name),
                           possible.error().message()});
  }
  tell_problems(loaded.problems, report.problems);
  if (!loaded.problems.ok())
    co_return Error(ErrorCode::kInvalidArgument,
                    fmt::format("cannot reload: {} errors, nothing has changed; the first: {}", loaded.problems.errors,
                                report.problems.empty() ? std::string("?") : report.problems.front()));
  if (full)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot reload: {} new or changed monitors fill what is left of {} (memory.budget); "
                                "nothing has changed",
                                fresh.size(), format_size(budget_)));
  CO_TRY(auto budget, memory_budget(loaded.config.memory, limit_.current().bytes));

  compare(loaded_.config, loaded.config, report);
  loaded_.config = in_force(loaded_.config, loaded.config);
  CO_TRY_OK(put_budget(budget));
  governor_->set_options(governor_options());
  if (definitions_changed) {
    fleet_->forget_layouts();
    loaded_.definitions = std::move(loaded.definitions);
  }
  held.reset();  // they are charged again as they are taken in
  co_await exchange(std::move(fresh), kept, report);
  auto text = describe(report);
  log::info("app", "reloaded: {}", text);
  events_->add("reload", "info", text);
  co_return report;
}

/// Takes off what is gone or other than before, then takes in what is new. In pieces, so that the API goes on
/// answering.
asio::awaitable<void> Engine::exchange(std::vector<model::Monitor> fresh, const std::vector<bool>& kept,
                                       api::ReloadReport& report) {
  constexpr std::size_t kPiece = 500;
  auto yield = [this]() { return asio::post(control_, asio::use_awaitable); };
  std::size_t removed = 0;
  for (Fleet::Slot slot = 0; slot < kept.size(); ++slot) {
    if (kept[slot] || !fleet_->monitors().listed(slot)) continue;
    const auto& monitor = fleet_->monitors().at(slot).monitor;
    load_ -= monitor.paused ? 0 : pings_per_second(*monitor.definition, monitor.interval);
    fleet_->remove(slot);
    if (++removed % kPiece != 0) continue;
    fleet_->flush();
    co_await yield();
  }
  fleet_->flush();
  report.removed = removed - std::min(removed, report.changed);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    auto criticality = fresh[i].criticality;
    auto rate = fresh[i].paused ? 0 : pings_per_second(*fresh[i].definition, fresh[i].interval);
    auto name = fresh[i].name;
    auto slot = fleet_->add(std::move(fresh[i]));
    if (!slot) {
      report.problems.push_back(fmt::format("monitor '{}': {}", name, slot.error().message()));
      continue;
    }
    load_ += rate;
    bool room = criticality == model::Criticality::kCritical || governor_->bytes_left() > 0;
    auto loaded = room ? fleet_->load(*slot) : Error(ErrorCode::kResourceExhausted, "no room");
    if (!loaded) fleet_->explain(*slot, "not started: the memory budget leaves no room");
    if ((i + 1) % kPiece != 0) continue;
    fleet_->flush();
    co_await yield();
  }
  fleet_->flush();
}

}  // namespace holter::app
