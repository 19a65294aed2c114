#include "app/monitor_set.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace holter::app {

std::size_t known_bytes(const model::Monitor& monitor) {
  constexpr std::size_t kIndices = 24 + 2 * sizeof(MonitorSet::Slot);
  auto text = [](const std::string& s) { return s.capacity() > 15 ? s.capacity() + 1 : 0; };
  auto total = sizeof(Watched) + kIndices + text(monitor.name);
  total += monitor.params.capacity() * sizeof(monitor.params[0]);
  for (const auto& [index, value] : monitor.params) total += text(value);
  return total;
}

MonitorSet::~MonitorSet() {
  account_.release(bytes_);
}

/// Room for one entry per slot, so that hiding, freeing and sorting never allocate.
void MonitorSet::make_room() {
  slots_.emplace_back();
  auto wanted = std::max<std::size_t>(64, slots_.size());
  if (free_.capacity() < wanted) free_.reserve(wanted * 2);
  if (by_name_.capacity() < wanted) by_name_.reserve(wanted * 2);
  free_.push_back(static_cast<Slot>(slots_.size() - 1));
}

Result<MonitorSet::Slot> MonitorSet::add(model::Monitor&& monitor) {
  CHECK(!by_id_.contains(monitor.id.value));
  auto bytes = known_bytes(monitor);
  TRY(auto held, account_.reserve(bytes));
  if (free_.empty()) make_room();
  auto slot = free_.back();
  by_id_.emplace(monitor.id.value, slot);
  // Nothing below can fail.
  free_.pop_back();
  slots_[slot].monitor = std::move(monitor);
  slots_[slot].load = Watched::Load::kPaused;
  slots_[slot].known_bytes = static_cast<std::uint32_t>(bytes);
  bytes_ += bytes;
  held.keep();
  sorted_ = false;
  return slot;
}

void MonitorSet::hide(Slot slot) {
  auto& watched = slots_[slot];
  CHECK(listed(watched));
  by_id_.erase(watched.monitor.id.value);
  watched.load = Watched::Load::kLeaving;
  watched.job = nullptr;
  sorted_ = false;
}

void MonitorSet::free(Slot slot) {
  auto& watched = slots_[slot];
  CHECK(watched.load == Watched::Load::kLeaving);
  auto bytes = watched.known_bytes;
  watched = {};
  bytes_ -= bytes;
  account_.release(bytes);
  free_.push_back(slot);
}

void MonitorSet::clear() {
  slots_ = {};
  free_ = {};
  by_id_ = {};
  by_name_ = {};
  sorted_ = false;
  account_.release(std::exchange(bytes_, 0));
}

std::optional<MonitorSet::Slot> MonitorSet::find(MonitorId id) const {
  auto found = by_id_.find(id.value);
  return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::span<const MonitorSet::Slot> MonitorSet::by_name() const {
  if (!sorted_) {
    by_name_.clear();
    each([this](Slot slot, const Watched&) {
      by_name_.push_back(slot);
      return true;
    });
    std::ranges::sort(by_name_, {}, [this](Slot slot) { return std::string_view(slots_[slot].monitor.name); });
    sorted_ = true;
  }
  return by_name_;
}

}  // namespace holter::app
