#include "app/monitor_set.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace holter::app {
namespace {

using Load = Watched::Load;

}  // namespace

bool same(const model::Monitor& a, const model::Monitor& b) {
  bool same_cron = a.cron && b.cron ? *a.cron == *b.cron : !a.cron && !b.cron;
  return same_cron && a.name == b.name && a.definition == b.definition && *a.labels == *b.labels &&
         a.params == b.params && a.interval == b.interval && a.criticality == b.criticality && a.paused == b.paused;
}

std::size_t known_bytes(const model::Monitor& monitor, bool shares_labels) {
  constexpr std::size_t kIndices = 24 + 2 * sizeof(MonitorSet::Slot);
  auto text = [](const std::string& s) { return s.capacity() > 15 ? s.capacity() + 1 : 0; };
  auto total = sizeof(Watched) + kIndices + text(monitor.name);
  total += monitor.params.capacity() * sizeof(monitor.params[0]);
  for (const auto& [index, value] : monitor.params) total += text(value);
  if (monitor.cron) total += sizeof(model::Cron) + text(monitor.cron->text());  // at most: equal ones are shared
  if (shares_labels || monitor.labels->empty()) return total;
  total += sizeof(model::Labels) + monitor.labels->capacity() * sizeof(model::Labels::value_type);
  for (const auto& [key, value] : *monitor.labels) total += text(key) + text(value);
  return total;
}

MonitorSet::~MonitorSet() {
  account_.release(bytes_);
}

/// The lowest free slot, or a new one: what is known stays together in front, so that slots at the end can go.
/// Afterwards there is room for one entry per slot in the other lists: hiding, freeing and sorting never allocate.
void MonitorSet::find_free() {
  // Slots at the end that were free are gone; their entries are not.
  while (!free_.empty() && free_.front() >= slots_.size()) pop_free();
  if (!free_.empty()) return;
  slots_.emplace_back();
  auto wanted = std::max<std::size_t>(64, slots_.size());
  if (free_.capacity() < wanted) free_.reserve(wanted * 2);
  if (by_name_.capacity() < wanted) by_name_.reserve(wanted * 2);
  free_.push_back(static_cast<Slot>(slots_.size() - 1));  // the only one: a heap
}

Result<MonitorSet::Slot> MonitorSet::add(model::Monitor&& monitor, std::uint16_t file) {
  CHECK(!by_id_.contains(monitor.id.value));
  auto bytes = known_bytes(monitor, file != 0);
  TRY(auto held, account_.reserve(bytes));
  find_free();
  auto slot = free_.front();
  by_id_.emplace(monitor.id.value, slot);
  // Nothing below can fail.
  pop_free();
  slots_[slot].monitor = std::move(monitor);
  slots_[slot].load = Watched::Load::kPaused;
  slots_[slot].file = file;
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
  if (slot + 1 < slots_.size()) {
    if (free_.size() == free_.capacity()) drop_stale();
    free_.push_back(slot);
    std::ranges::push_heap(free_, std::greater());
    return;
  }
  while (!slots_.empty() && slots_.back().load == Load::kNone) slots_.pop_back();
  if (by_id_.size() * 8 < by_id_.bucket_count()) give_back();
}

/// After a great many have gone: smaller lists. Where there is no memory for them the large ones stay.
void MonitorSet::give_back() try {
  drop_stale();
  std::vector<Slot> free;
  free.reserve(std::max<std::size_t>(64, slots_.size()));
  free.assign(free_.begin(), free_.end());
  free_ = std::move(free);
  std::vector<Slot> by_name;
  by_name.reserve(std::max<std::size_t>(64, slots_.size()));
  by_name_ = std::move(by_name);
  sorted_ = false;
  by_id_.rehash(0);
} catch (const std::bad_alloc&) {
}

void MonitorSet::pop_free() {
  std::ranges::pop_heap(free_, std::greater());
  free_.pop_back();
}

void MonitorSet::drop_stale() {
  std::erase_if(free_, [this](Slot slot) { return slot >= slots_.size(); });
  std::ranges::make_heap(free_, std::greater());
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
