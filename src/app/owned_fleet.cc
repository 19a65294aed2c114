#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/owned_monitors.h"
#include "base/log.h"
#include "base/units.h"
#include "runtime/task_scope.h"

// How the fleet follows the catalog.
namespace holter::app {
namespace {

namespace asio = boost::asio;

constexpr catalog::PageLimits kPage{.monitors = 250, .bytes = 256 * 1024};
/// Texts of a page, twice (as rows and as what runs), and what stands around them.
constexpr std::size_t kPageBytes = 1024 * 1024;
constexpr milliseconds kPagePatience{30'000};
constexpr milliseconds kRetry{5'000};
/// Changes that come in quick succession go to the shards together.
constexpr milliseconds kGather{10};
constexpr std::size_t kLongestFault = 300;

}  // namespace

asio::awaitable<Result<std::vector<catalog::Monitor>>> OwnedMonitors::page(MonitorId after) {
  using Page = std::vector<catalog::Monitor>;
  return parts_.catalog.read<Page>(
      [after](catalog::Database& database) { return catalog::read_monitors(database, after, kPage); },
      {"read the monitors", parts_.clock.mono() + kPagePatience, 0});
}

asio::awaitable<Status> OwnedMonitors::read_all(Take take) {
  CO_TRY(auto held, parts_.pages.reserve(kPageBytes));
  define::MonitorReader reader(parts_.definitions, parts_.config.collect.min_interval);
  for (MonitorId after{};;) {
    CO_TRY(auto monitors, co_await page(after));
    if (monitors.empty()) co_return Status();
    for (const auto& monitor : monitors)
      if (!take(ready(monitor, reader), monitor)) co_return Status();
    after = monitors.back().id;
  }
}

/// What runs of it, or its stand-in.
model::Monitor OwnedMonitors::ready(const catalog::Monitor& monitor, define::MonitorReader& reader) {
  auto opened = store_.open(monitor, reader);
  note_fault(monitor.id, opened ? "" : opened.error().message());
  return opened ? std::move(*opened) : store_.stand_in(monitor);
}

void OwnedMonitors::note_fault(MonitorId id, std::string reason) {
  auto there = faults_.find(id.value);
  if (there != faults_.end()) {
    auto bytes = there->second.size() + sizeof(*there);
    faults_.erase(there);
    parts_.faults.release(bytes);
    fault_bytes_ -= bytes;
  }
  if (reason.empty()) return;
  reason = excerpt(reason, kLongestFault);
  auto bytes = reason.size() + sizeof(*there);
  // Without memory for the reason it is PAUSED without one.
  if (!parts_.faults.try_reserve(bytes)) return;
  fault_bytes_ += bytes;
  faults_.emplace(id.value, std::move(reason));
}

const std::string* OwnedMonitors::fault(MonitorId id) const {
  auto found = faults_.find(id.value);
  return found == faults_.end() ? nullptr : &found->second;
}

void OwnedMonitors::take_off(Slot slot) {
  const auto& monitor = parts_.fleet.monitors().at(slot).monitor;
  parts_.load -= monitor.paused ? 0 : pings_per_second(*monitor.definition, monitor.interval);
  parts_.fleet.remove(slot);
}

void OwnedMonitors::put(model::Monitor&& monitor, const catalog::Monitor* stored, const std::string& fault) {
  note_fault(monitor.id, fault);
  try {
    put_in_fleet(std::move(monitor), stored);
  } catch (const std::bad_alloc&) {
    behind_ = true;
  }
}

/// In the place of what the fleet has under its id. What finds no room stays behind until there is some.
void OwnedMonitors::put_in_fleet(model::Monitor&& monitor, const catalog::Monitor* stored) {
  auto& fleet = parts_.fleet;
  auto placement = stored != nullptr ? define::Placement{stored->folder, {}} : fleet.relations().of(monitor.id);
  auto parents = stored != nullptr ? all_parents(*stored) : fleet.parents(monitor.id);
  if (auto slot = fleet.monitors().find(monitor.id)) {
    const auto& watched = fleet.monitors().at(*slot);
    const auto& before = watched.monitor;
    if (watched.file != 0) {
      parts_.events.add(
          "monitors", "critical",
          fmt::format("the monitor '{}' is not run: its id {:016x} is that of '{}' in {}; rename that one",
                      excerpt(monitor.name), monitor.id.value, excerpt(before.name),
                      parts_.files.names.at(watched.file - 1U)));
      return;
    }
    if (same(before, monitor)) {
      place(*slot, placement, parents);
      return;
    }
    take_off(*slot);
  }
  auto id = monitor.id;
  auto rate = monitor.paused ? 0 : pings_per_second(*monitor.definition, monitor.interval);
  bool critical = monitor.criticality == model::Criticality::kCritical;
  auto slot = fleet.add(std::move(monitor));
  if (!slot) {
    behind_ = true;
    flush_soon();
    return;
  }
  parts_.load += rate;
  place(*slot, placement, parents);
  if (!critical && parts_.governor.bytes_left() == 0) {
    fleet.leave_out(*slot);
  } else if (auto loaded = fleet.load(*slot); !loaded) {
    if (loaded.error().code() == ErrorCode::kResourceExhausted)
      fleet.leave_out(*slot);
    else
      replace_by_stand_in(id, loaded.error().message());
  }
  flush_soon();
}

void OwnedMonitors::place(Slot slot, const define::Placement& placement, std::span<const MonitorId> parents) {
  if (!parts_.fleet.place(slot, placement, parents)) behind_ = true;
}

void OwnedMonitors::replace_by_stand_in(MonitorId id, const std::string& reason) {
  auto slot = parts_.fleet.monitors().find(id);
  if (!slot) return;
  const auto& monitor = parts_.fleet.monitors().at(*slot).monitor;
  catalog::Monitor named;
  named.id = id;
  named.name = monitor.name;
  named.app = monitor.definition->app;
  named.interval = monitor.interval;
  named.criticality = monitor.criticality;
  named.labels = *monitor.labels;
  auto placement = parts_.fleet.relations().of(id);
  auto parents = parts_.fleet.parents(id);
  take_off(*slot);
  note_fault(id, reason);
  auto fresh = parts_.fleet.add(store_.stand_in(named));
  if (fresh) place(*fresh, placement, parents);
  if (!fresh || !parts_.fleet.load(*fresh)) behind_ = true;
  flush_soon();
}

void OwnedMonitors::flush_soon() {
  if (flushing_) return;
  flushing_ = tasks_.spawn(flush_later()) != nullptr;
}

asio::awaitable<void> OwnedMonitors::flush_later() {
  struct Done {
    bool* flag;
    ~Done() { *flag = false; }
  } done{&flushing_};
  co_await runtime::sleep_for(kGather);
  parts_.fleet.flush();
}

void OwnedMonitors::look() {
  auto now = parts_.clock.mono();
  if (!behind_ || catching_up_ || parts_.reloading() || now < next_try_) return;
  next_try_ = now + kRetry;
  tasks_.spawn(catch_up_later());
}

asio::awaitable<void> OwnedMonitors::catch_up_later() {
  auto done = co_await catch_up();
  if (!done) log::warning("app", "cannot compare the monitors with the catalog: {}", done.error().message());
}

asio::awaitable<Status> OwnedMonitors::catch_up(std::function<void(std::size_t)> progress) {
  if (catching_up_) co_return Error(ErrorCode::kUnavailable, "cannot compare twice at once");
  struct CatchingUp {
    bool* flag;
    explicit CatchingUp(bool* running) : flag(running) { *flag = true; }
    ~CatchingUp() { *flag = false; }
  } catching_up(&catching_up_);
  behind_ = true;  // should this end early
  // Each change has a deadline.
  if (!co_await runtime::wait_until([this] { return changing_ == 0; }))
    co_return Error(ErrorCode::kCancelled, "cannot compare the monitors with the catalog: Holter ends");
  bool missed = false;
  std::size_t compared = 0;
  std::vector<bool> seen(parts_.fleet.monitors().slots());
  CO_TRY_OK(co_await read_all([&](model::Monitor&& monitor, const catalog::Monitor& stored) {
    behind_ = false;
    if (progress) progress(++compared);
    const auto* known = fault(monitor.id);
    auto id = monitor.id;
    put(std::move(monitor), &stored, known != nullptr ? std::string(*known) : "");
    missed = missed || behind_;
    if (auto slot = parts_.fleet.monitors().find(id)) {
      if (*slot >= seen.size()) seen.resize(*slot + 1);
      seen[*slot] = true;
    }
    return true;
  }));
  behind_ = missed;
  for (Slot slot = 0; slot < seen.size(); ++slot) {
    const auto& monitors = parts_.fleet.monitors();
    if (seen[slot] || slot >= monitors.slots() || !monitors.listed(slot)) continue;
    if (monitors.at(slot).file != 0) continue;
    auto id = monitors.at(slot).monitor.id;
    note_fault(id, "");
    take_off(slot);
    parts_.fleet.forget_parent(id);
  }
  flush_soon();
  co_return Status();
}

asio::awaitable<void> OwnedMonitors::close() {
  co_await tasks_.close();
}

}  // namespace holter::app
