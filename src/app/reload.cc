#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <fmt/format.h>

#include "app/engine.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/units.h"
#include "runtime/task_scope.h"

// Reading configuration, definitions and monitors again while everything runs.
namespace holter::app {
namespace {

namespace asio = boost::asio;
using define::Config;

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
  live(old.network != fresh.network, "network");
  live(old.collect.min_interval != fresh.collect.min_interval, "collect.min_interval");
  restart(a.psi != b.psi, "memory.psi");
  restart(old.data_dir != fresh.data_dir, "data_dir");
  restart(old.catalog != fresh.catalog, "catalog.postgresql");
  restart(old.server.listen != fresh.server.listen, "server.listen");
  restart(old.server.url != fresh.server.url, "server.url");
  restart(old.access.anonymous != fresh.access.anonymous, "access.anonymous");
  restart(old.access.oidc != fresh.access.oidc, "access.oidc");
  restart(old.alerts != fresh.alerts, "alerts");
  restart(old.server.tls != fresh.server.tls, "server.tls");
  restart(old.server.rate_limit != fresh.server.rate_limit, "server.rate_limit");
  restart(old.server.max_connections != fresh.server.max_connections, "server.max_connections");
  restart(old.collect.shards != fresh.collect.shards, "collect.shards");
  restart(old.collect.max_in_flight != fresh.collect.max_in_flight, "collect.max_in_flight");
  restart(old.collect.min_in_flight != fresh.collect.min_in_flight, "collect.min_in_flight");
  restart(old.collect.queue_capacity != fresh.collect.queue_capacity, "collect.queue_capacity");
  restart(old.collect.max_per_target != fresh.collect.max_per_target, "collect.max_per_target");
  restart(old.history.retention != fresh.history.retention, "history.retention");
  restart(old.history.memory_limit != fresh.history.memory_limit, "history.memory_limit");
  restart(old.ssh != fresh.ssh, "ssh");
  live(old.log_level != fresh.log_level, "log_level");
  live(old.log_format != fresh.log_format, "log_format");
}

/// What is in force after a reload: the new values, except where a restart is needed.
Config in_force(const Config& old, const Config& fresh) {
  Config config = old;
  config.log_level = fresh.log_level;
  config.log_format = fresh.log_format;
  config.monitors = fresh.monitors;
  config.definitions = fresh.definitions;
  auto psi = old.memory.psi;
  config.memory = fresh.memory;
  config.memory.psi = psi;
  config.network = fresh.network;
  config.collect.min_interval = fresh.collect.min_interval;
  return config;
}

using Kind = api::ReloadReport::Kind;

void note(api::ReloadReport& report, Kind kind, const std::string& name) {
  if (report.changes.size() < api::ReloadReport::kMostChanges) report.changes.push_back({kind, name});
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

asio::awaitable<Result<api::ReloadReport>> Engine::reload(api::ReloadOrder order) {
  return reload(Read::kAll, order, nullptr);
}

asio::awaitable<Result<api::ReloadReport>> Engine::reload(Read what, api::ReloadOrder order, const Over* over) {
  if (reloading_) co_return Error(ErrorCode::kUnavailable, "cannot reload: another reload is under way");
  if (over == nullptr && owned_definitions_->changing())
    co_return Error(ErrorCode::kUnavailable, "cannot reload: a definition is being changed");
  // By a destructor: a coroutine whose wait finds no memory is dropped where it stands.
  struct Reloading {
    bool* flag;
    explicit Reloading(bool* running) : flag(running) { *flag = true; }
    ~Reloading() { *flag = false; }
  } reloading(&reloading_);
  Result<api::ReloadReport> report = Error(ErrorCode::kResourceExhausted, "cannot reload: there is no memory for it");
  try {
    report = co_await reload_now(what, order, over);
  } catch (const std::bad_alloc&) {
    log::warning("app", "{}", report.error().message());
  }
  co_return report;
}

/// What the files say against what is there. Holds no monitor: the files are read once more to take the new ones in.
struct Engine::Difference {
  std::vector<bool> kept;         ///< by slot: it is in the files, and as it was
  std::vector<bool> changed;      ///< by slot: it is in the files, and other than it was
  std::uint64_t fresh_bytes = 0;  ///< of those that are new or other than before, for being known
  std::size_t moved = 0;          ///< kept, but with another folder or other parents
  api::ReloadReport report;
};

Engine::Difference Engine::compare_monitors(Loaded& loaded) {
  Difference difference{.kept = std::vector<bool>(fleet_->monitors().slots()),
                        .changed = std::vector<bool>(fleet_->monitors().slots())};
  auto& report = difference.report;
  if (!loaded.problems.ok()) return difference;
  fleet_->monitors().each([&](Fleet::Slot slot, const Watched& watched) {
    difference.kept[slot] = watched.file == 0;  // the catalog has them
    return true;
  });
  boost::unordered_flat_set<std::uint64_t> added;
  // Only what the catalog depends on can close a circle that the reader of files does not see.
  Circles circles(*fleet_);
  bool mixed = false;
  fleet_->monitors().each([&](Fleet::Slot, const Watched& watched) {
    mixed = watched.file == 0 && !fleet_->parents(watched.monitor.id).empty();
    return !mixed;
  });
  define::load_monitors(
      loaded.config.monitors, loaded.definitions, loaded.config.collect.min_interval, loaded.problems,
      [&](model::Monitor&& monitor) {
        if (mixed && !files_.place.depends_on.empty()) circles.plan(monitor.name, files_.place.depends_on);
        auto slot = fleet_->monitors().find(monitor.id);
        if (slot && fleet_->monitors().at(*slot).file == 0) {
          loaded.problems.add(
              clash(files_.names.at(files_.current - 1U), monitor, fleet_->monitors().at(*slot).monitor));
          return true;
        }
        if (!slot) added.insert(monitor.id.value);
        if (slot && same(fleet_->monitors().at(*slot).monitor, monitor)) {
          difference.kept[*slot] = true;
          ++(fleet_->relations().same(monitor.id, files_.place) ? report.unchanged : difference.moved);
          return true;
        }
        ++(slot ? report.changed : report.added);
        note(report, slot ? Kind::kChanged : Kind::kAdded, monitor.name);
        if (slot) difference.changed[*slot] = true;
        difference.fresh_bytes += known_bytes(monitor) + latest::Latest::expected_bytes(*monitor.definition) -
                                  latest::Latest::value_bytes(*monitor.definition);
        if (auto possible = fleet_->try_out(monitor); !possible)
          loaded.problems.add({define::Problem::Severity::kError, "", 0, 0, fmt::format("monitor '{}'", monitor.name),
                               possible.error().message()});
        return true;
      },
      &files_);
  fleet_->monitors().each([&](Fleet::Slot slot, const Watched& watched) {
    if (difference.kept[slot] || difference.changed[slot]) return true;
    ++report.removed;
    note(report, Kind::kRemoved, watched.monitor.name);
    return true;
  });
  circles.plan_is_all_of_files();
  if (mixed) find_new_circles(circles, loaded.problems);
  if (added.empty()) return difference;
  fleet_->monitors().each([&](Fleet::Slot, const Watched& watched) {
    const auto& monitor = watched.monitor;
    if (watched.file == 0 && added.contains(stable_hash(monitor.name)))
      loaded.problems.add(clash(loaded.config.monitors, monitor, monitor));
    return true;
  });
  return difference;
}

/// Circles through monitors of files and of the catalog. Those that are there already have been told.
void Engine::find_new_circles(const Circles& planned, define::Problems& problems) {
  fleet_->monitors().each([&](Fleet::Slot, const Watched& watched) {
    const auto& monitor = watched.monitor;
    if (watched.file != 0) return true;
    auto parents = fleet_->parents(monitor.id);
    if (parents.empty()) return true;
    Circles::Dependent self{monitor.id, monitor.name, std::move(parents), {}};
    auto way = planned.way_round(self);
    if (!way.empty() && Circles(*fleet_).way_round(self).empty())
      problems.add({define::Problem::Severity::kError, "", 0, 0, "depends_on",
                    fmt::format("cannot let '{}' depend on itself: {}", excerpt(monitor.name), way)});
    return true;
  });
}

/// Looks for changed files of definitions, and reads them once nobody writes them any more: when two looks are alike.
/// Running monitors move to the new definition; when a file is wrong, all stays as it is until one changes again.
void Engine::watch_definitions() {
  constexpr seconds kEach{2};
  auto now = clock_.mono();
  if (now - last_watch_ < kEach || !collecting_ || reloading_ || owned_definitions_->changing()) return;
  last_watch_ = now;
  auto found = define::fingerprint(loaded_.config.definitions);
  auto seen = std::exchange(definitions_seen_, found);
  if (definitions_tried_ == 0) definitions_tried_ = found;  // what the start has read
  bool changed = found == seen && found != definitions_tried_;
  if (!changed && !owned_definitions_->due_again()) return;
  definitions_tried_ = found;
  tasks_.spawn(take_changed_definitions());
}

asio::awaitable<void> Engine::take_changed_definitions() {
  auto report = co_await reload(Read::kDefinitions, {}, nullptr);
  if (report) co_return;  // told by the reload itself
  auto text = fmt::format("changed definitions are not used: {}", report.error().message());
  log::warning("app", "{}", text);
  events_->add("definitions", "warning", text);
}

/// What the catalog has; where it cannot be asked just now, what is known of it.
asio::awaitable<Engine::Over> Engine::over_files(define::Problems& problems) {
  if (auto read = co_await owned_definitions_->read(); !read)
    problems.add({define::Problem::Severity::kWarning, "catalog", 0, 0, "definitions", read.error().message()});
  co_return owned_definitions_->over();
}

/// Reads the definitions of files, with those of the catalog over them.
void Engine::complete(Loaded& loaded, const Over& over, std::vector<define::LeftOut>& left_out) {
  loaded.files = define::read_definitions(loaded.config.definitions, protocol_keys(), loaded.problems);
  (void)keep_unchanged(loaded_.files, loaded.files);
  loaded.definitions = define::lay_over(loaded.files, over, left_out, loaded.problems);
}

asio::awaitable<Result<api::ReloadReport>> Engine::reload_now(Read what, api::ReloadOrder order, const Over* over) {
  // Each change has a deadline.
  if (!co_await runtime::wait_until([this] { return !owned_->busy(); }))
    co_return Error(ErrorCode::kCancelled, "cannot reload: Holter ends");
  Loaded loaded;
  if (what == Read::kAll)
    loaded = load_settings(config_path_);
  else
    loaded.config = loaded_.config;
  Over of_catalog;
  if (over != nullptr)
    of_catalog = *over;
  else
    of_catalog = co_await over_files(loaded.problems);
  std::vector<define::LeftOut> left_out;
  if (loaded.problems.ok()) complete(loaded, of_catalog, left_out);
  bool definitions_changed = keep_unchanged(loaded_.definitions, loaded.definitions);
  // What was made to try monitors out stands under addresses of definitions that end with this call, unless they are
  // put in force.
  struct Tried {
    Fleet* fleet;
    collect::JobFactory fresh{};  // made before: the end may have no memory for one
    explicit Tried(Fleet* one) : fleet(one) {}
    ~Tried() {
      if (fleet != nullptr) fleet->forget_layouts(std::move(fresh));
    }
  } tried(definitions_changed ? fleet_.get() : nullptr);
  auto difference = compare_monitors(loaded);
  auto& report = difference.report;
  tell_problems(loaded.problems, report.problems);
  if (!loaded.problems.ok())
    co_return Error(ErrorCode::kInvalidArgument,
                    fmt::format("cannot reload: {} errors, nothing has changed; the first: {}", loaded.problems.errors,
                                report.problems.empty() ? std::string("?") : report.problems.front()));
  CO_TRY(auto budget, memory_budget(loaded.config.memory, limit_.current().bytes));
  std::uint64_t going = 0;
  std::size_t of_catalog_now = 0;
  fleet_->monitors().each([&](Fleet::Slot slot, const Watched& watched) {
    if (watched.file == 0) ++of_catalog_now;
    if (!difference.kept[slot]) going += watched.known_bytes + watched.job_bytes;
    return true;
  });
  auto room = governor_->bytes_until_high() + going;
  if (difference.fresh_bytes > room)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot reload: {} new and {} changed monitors need {} only to be known, and {} are "
                                "left of {} (memory.budget); nothing has changed",
                                report.added, report.changed, format_size(difference.fresh_bytes), format_size(room),
                                format_size(budget_)));

  // What the catalog has is checked against definitions and settings, too.
  bool anew = definitions_changed || loaded_.config.collect.min_interval != loaded.config.collect.min_interval;
  compare(loaded_.config, loaded.config, report);
  if (order.dry_run) co_return std::move(report);
  auto job = jobs_->begin(over != nullptr ? "definition" : "reload", order.started_by);
  auto touched = report.added + report.changed + report.removed + (anew ? of_catalog_now : 0);
  job.begin_phase(api::JobProgress::Phase::kApply, touched);
  loaded_.config = in_force(loaded_.config, loaded.config);
  open_log(loaded_.config);
  CO_TRY_OK(put_budget(budget));
  governor_->set_options(governor_options());
  put_targets();  // the machine may have got other addresses, too
  if (what == Read::kAll && !loaded_.config.server.tls.certificate.empty()) {
    auto taken = server_->reload_certificate();
    tell_certificate(taken ? Result<bool>(true) : Result<bool>(std::move(taken).error()));
  }
  define::Problems notes;
  owned_definitions_->tell_changed_below(loaded_.files, loaded.files, notes);
  loaded_.files = std::move(loaded.files);
  if (definitions_changed) {
    fleet_->forget_layouts(std::move(tried.fresh));
    tried.fleet = nullptr;
    loaded_.definitions = std::move(loaded.definitions);
  }
  owned_definitions_->note_left_out(left_out, notes);
  owned_definitions_->caught_up();
  tell_problems(notes, report.problems);
  co_await take_off(&difference, &job);
  report.changed += difference.moved;
  take_in(report, job);
  if (anew)
    if (auto followed = co_await owned_->catch_up([&job](std::size_t) { job.step(); }); !followed)
      report.problems.push_back(
          fmt::format("monitors of the catalog keep their definitions for now: {}", followed.error().message()));
  for (auto& text : find_parents()) report.problems.push_back(std::move(text));
  auto text = describe(report);
  log::info("app", "reloaded: {}", text);
  job.finish(touched);
  events_->add("reload", "info", text);
  co_return std::move(report);
}

/// Takes off what is gone or other than before. In pieces, so that the API goes on answering, and until the shards have
/// let all of it go: the new ones may need the bytes.
asio::awaitable<void> Engine::take_off(Difference* difference, Jobs::Job* job) {
  constexpr std::size_t kPiece = 500;
  const auto& kept = difference->kept;
  auto& report = difference->report;
  std::size_t removed = 0;
  for (Fleet::Slot slot = 0; slot < kept.size(); ++slot) {
    if (kept[slot] || !fleet_->monitors().listed(slot)) continue;
    const auto& monitor = fleet_->monitors().at(slot).monitor;
    load_ -= monitor.paused ? 0 : pings_per_second(*monitor.definition, monitor.interval);
    fleet_->remove(slot);
    if (!difference->changed[slot]) job->step();
    if (++removed % kPiece != 0) continue;
    fleet_->flush();
    co_await asio::post(control_, asio::use_awaitable);
  }
  fleet_->flush();
  report.removed = removed - std::min(removed, report.changed);
  constexpr int kMostWaits = 50;
  for (int i = 0; i < kMostWaits && fleet_->in_transit() > 0; ++i) {
    co_await runtime::sleep_for(milliseconds(20));
    fleet_->settle();
  }
}

/// Reads the files again, and takes in what is not there. What is found wrong only now has changed since the first
/// look.
void Engine::take_in(api::ReloadReport& report, Jobs::Job& job) {
  define::Problems problems;
  bool room = true;
  std::size_t taken = 0;
  auto put = [&](Fleet::Slot slot) {
    auto placed = fleet_->place(slot, files_.place, {});
    if (!placed) problems.add({define::Problem::Severity::kError, "", 0, 0, "memory.budget", placed.error().message()});
    return placed.has_value();
  };
  define::load_monitors(
      loaded_.config.monitors, loaded_.definitions, loaded_.config.collect.min_interval, problems,
      [&](model::Monitor&& monitor) {
        if (auto slot = fleet_->monitors().find(monitor.id)) {
          fleet_->note_file(*slot, files_.current);
          return put(*slot);
        }
        bool critical = monitor.criticality == model::Criticality::kCritical;
        auto rate = monitor.paused ? 0 : pings_per_second(*monitor.definition, monitor.interval);
        auto slot = fleet_->add(std::move(monitor), files_.current);
        if (!slot) {
          problems.add({define::Problem::Severity::kError, "", 0, 0, "memory.budget", slot.error().message()});
          return false;
        }
        load_ += rate;
        job.step();
        if (!put(*slot)) return false;
        if (taken++ % 64 == 0) room = governor_->bytes_left() > 0;
        if (!(critical || room) || !fleet_->load(*slot)) fleet_->leave_out(*slot);
        return true;
      },
      &files_);
  fleet_->flush();
  tell_problems(problems, report.problems);
}

}  // namespace holter::app
