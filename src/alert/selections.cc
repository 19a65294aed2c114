#include "alert/selections.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/hash.h"

namespace holter::alert {
namespace {

constexpr std::size_t kMonitorBytes = 128;  // an entry's share of the table just after that has grown
constexpr std::size_t kHeapBytes = 32;      // of the allocator, for the places of a set

}  // namespace

std::size_t Selections::bytes_of(const Places& places) {
  return 2 * sizeof(Choice) + kHeapBytes + places.size() * sizeof(Places::value_type);
}

void Selections::drop(Monitors::iterator place) {
  std::size_t bytes = kMonitorBytes;
  for (const auto& choice : place->second.sets) bytes += bytes_of(choice.places);
  monitors_.erase(place);
  (void)reserved_.resize(reserved_.bytes() - bytes);  // less is always granted
}

const Selections::Places* Selections::find(const MonitorView& monitor, const model::SetDef& set) {
  auto found = monitors_.find(monitor.monitor->id);
  if (found == monitors_.end()) return nullptr;
  const auto& chosen = found->second;
  if (chosen.labels != monitor.monitor->labels || chosen.folder != stable_hash(monitor.folder)) {
    drop(found);
    return nullptr;
  }
  auto choice = std::ranges::find(chosen.sets, &set, &Choice::set);
  return choice == chosen.sets.end() ? nullptr : &choice->places;
}

const Selections::Places& Selections::keep(const MonitorView& monitor, const model::SetDef& set, Places places) {
  last_ = std::move(places);
  const auto id = monitor.monitor->id;
  const auto bytes = bytes_of(last_) + (monitors_.contains(id) ? 0 : kMonitorBytes);
  if (!reserved_.resize(reserved_.bytes() + bytes)) {
    ++refused_;
    return last_;
  }
  try {
    auto& chosen = monitors_[id];
    chosen.labels = monitor.monitor->labels;
    chosen.folder = stable_hash(monitor.folder);
    return chosen.sets.emplace_back(&set, last_).places;
  } catch (const std::bad_alloc&) {
    if (auto found = monitors_.find(id); found != monitors_.end() && found->second.sets.empty()) monitors_.erase(found);
    (void)reserved_.resize(reserved_.bytes() - bytes);
    ++refused_;
    return last_;
  }
}

void Selections::forget(MonitorId id) {
  if (auto found = monitors_.find(id); found != monitors_.end()) drop(found);
}

void Selections::clear() {
  monitors_ = {};
  (void)reserved_.resize(0);
}

}  // namespace holter::alert
