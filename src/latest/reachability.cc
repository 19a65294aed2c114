#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "base/units.h"
#include "latest/latest.h"

// What monitors are shown as because of what they depend on: src/latest/README.md has the table.
namespace holter::latest {
namespace {

using model::State;

/// A check cannot be older when its result comes in; more is a clock that was set meanwhile.
constexpr milliseconds kOldest = std::chrono::hours(1);

/// When a check began, by the clock that nobody sets.
MonoTime began(const Clock& clock, std::int64_t time_ms) {
  auto age = milliseconds(epoch_ms(clock.wall()) - time_ms);
  return clock.mono() - std::clamp(age, milliseconds(0), kOldest);
}

}  // namespace

holter::Status Latest::set_parents(MonitorId id, std::span<const MonitorId> parents) {
  bool was_there = dependencies_.find(id) != nullptr;
  TRY_OK(dependencies_.set(id, parents));
  const auto* entry = find(id);
  auto* node = dependencies_.find(id);
  if (node != nullptr && entry != nullptr && !was_there) {
    node->shown = entry->state;
    node->since_ms = entry->since_ms;
    node->failed = entry->heard;
  }
  // Parents that nobody depended on until now.
  for (auto parent : parents) {
    const auto* above = find(parent);
    auto* known = dependencies_.find(parent);
    if (above == nullptr || known->since_ms != 0) continue;
    known->shown = above->state;
    known->since_ms = above->since_ms;
    known->failed = above->heard;
  }
  show(id, epoch_ms(clock_.wall()));
  return {};
}

void Latest::forget_parent(MonitorId parent) {
  std::vector<MonitorId> children;
  try {
    if (const auto* node = dependencies_.find(parent))
      dependencies_.each_child(*node, [&](MonitorId child) { children.push_back(child); });
  } catch (const std::bad_alloc&) {  // then they are told with their next results
    children.clear();
  }
  dependencies_.drop_children(parent);
  for (auto child : children) show(child, epoch_ms(clock_.wall()));
}

void Latest::each_parent(MonitorId id, const std::function<void(MonitorId)>& visit) const {
  const auto* node = dependencies_.find(id);
  if (node == nullptr) return;
  dependencies_.any_parent(*node, [&](MonitorId parent) {
    visit(parent);
    return false;
  });
}

State Latest::own_state(const MonitorEntry& entry) const {
  if (entry.paused != PauseReason::kNone || entry.monitor->paused) return State::kPaused;
  return is_old(entry) ? State::kStale : entry.state;
}

/// What keeps a failing monitor from being DOWN. A parent whose own checks fail is DOWN or UNREACHABLE, whatever is
/// above it, and one whose checks succeed is UP: so nobody looks further up than one step.
Latest::Blocker Latest::blocker(const DependencyNode& node) const {
  Blocker found;
  dependencies_.any_parent(node, [&](MonitorId id) {
    const auto* parent = find(id);
    if (parent == nullptr) return false;
    auto state = own_state(*parent);
    if (state == State::kDown) {
      found = {parent->monitor, false};
      return true;
    }
    if (state == State::kUp && found.monitor == nullptr && node.failed < dependencies_.find(id)->recovered)
      found = {parent->monitor, true};
    return false;
  });
  return found;
}

std::string Latest::unreachable_because(MonitorId id) const {
  const auto* entry = find(id);
  const auto* node = dependencies_.find(id);
  if (entry == nullptr || node == nullptr || own_state(*entry) != State::kDown) return {};
  auto found = blocker(*node);
  if (found.monitor == nullptr) return {};
  auto name = excerpt(found.monitor->name);
  if (found.recovered) return fmt::format("parent '{}' is up again; the next check decides", name);
  bool unreachable = blocker(*dependencies_.find(found.monitor->id)).monitor != nullptr;
  return fmt::format("parent '{}' is {}", name, unreachable ? "unreachable" : "down");
}

void Latest::follow(const MonitorEntry& entry, State before, const SetEntry& newest, bool was_old) {
  auto id = entry.monitor->id;
  auto* node = dependencies_.empty() ? nullptr : dependencies_.find(id);
  if (node == nullptr) {
    if (entry.state != before && entry.paused == PauseReason::kNone) tell(entry, before, entry.state);
    return;
  }
  auto time = began(clock_, newest.time_ms);
  if (newest.code != model::ResultCode::kSuccess) node->failed = std::max(node->failed, time);
  if (before == State::kDown && entry.state == State::kUp) node->recovered = time;
  show(id, newest.time_ms);
  if (entry.state != before || was_old) show_children(id, newest.time_ms);
}

void Latest::show(MonitorId id, std::int64_t time_ms) {
  const auto* entry = find(id);
  auto* node = dependencies_.find(id);
  if (entry == nullptr || node == nullptr) return;
  auto now = own_state(*entry);
  if (now == State::kPaused || now == State::kStale) return;
  if (now == State::kDown && blocker(*node).monitor != nullptr) now = State::kUnreachable;
  if (now == node->shown) return;
  auto before = node->shown;
  node->shown = now;
  node->since_ms = time_ms;
  tell(*entry, before, now);
}

void Latest::show_children(MonitorId parent, std::int64_t time_ms) {
  const auto* node = dependencies_.find(parent);
  if (node == nullptr) return;
  dependencies_.each_child(*node, [&](MonitorId child) { show(child, time_ms); });
}

void Latest::tell_anew(const MonitorEntry& entry, std::int64_t time_ms) {
  if (auto* node = dependencies_.find(entry.monitor->id)) {
    node->shown = State::kUnknown;
    show(entry.monitor->id, time_ms);
  } else if (entry.state != State::kUnknown) {
    tell(entry, State::kUnknown, entry.state);
  }
}

void Latest::tell(const MonitorEntry& entry, State before, State now) const {
  if (on_change_) on_change_({*entry.monitor, before, now});
}

}  // namespace holter::latest
