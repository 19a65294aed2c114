#include "alert/series_table.h"

#include <algorithm>
#include <new>
#include <utility>

#include "alert/rule_entry.h"
#include "base/check.h"
#include "base/hash.h"

namespace holter::alert {
namespace {

constexpr std::size_t kIndexBytes = 16;  // a series' share of the index just after that has grown
constexpr std::size_t kPlaceBytes = sizeof(Series) + kIndexBytes;
constexpr std::size_t kLeastHoles = 512;   // places; fewer are left alone
constexpr std::size_t kMonitorBytes = 64;  // a monitor's share of its table, and the heap's of its entry

}  // namespace

std::size_t Evidence::held_bytes() const {
  auto bytes = sizeof(*this) + summary.capacity() + values.capacity() * sizeof(model::Labels::value_type);
  for (const auto& [name, value] : values) bytes += name.capacity() + value.capacity();
  return bytes;
}

SeriesKey key_of(const RuleEntry& rule, MonitorId monitor, std::string_view set, std::string_view labels) {
  auto state = kHashSeed ^ rule.name_hash ^ mix64(monitor.value);
  return {&rule, monitor, set, labels, mix64(hash_step(hash_step(state, set), labels))};
}

bool SeriesTable::is(std::uint32_t place, const SeriesKey& key) const {
  const auto& series = series_[place];
  return series.hash == key.hash && series.rule == key.rule &&
         (series.monitor == nullptr ? MonitorId{} : series.monitor->id) == key.monitor && series.set() == key.set &&
         series.labels() == key.labels;
}

std::uint32_t SeriesTable::find(const SeriesKey& key) const {
  auto found = index_.find(key);
  return found == index_.end() ? kNoSeries : *found;
}

std::size_t SeriesTable::bytes_of(const Series& series) {
  return std::size_t{series.set_size} + series.labels_size;
}

std::size_t SeriesTable::bytes_of(const TrackedMonitor& monitor) {
  return sizeof(TrackedMonitor) + kMonitorBytes + monitor.name.size() + monitor.folder.size();
}

TrackedMonitor* SeriesTable::monitor(MonitorId id) {
  auto found = monitors_.find(id);
  return found == monitors_.end() ? nullptr : found->second.get();
}

/// Null when memory is refused.
TrackedMonitor* SeriesTable::track(const model::Monitor& monitor, std::string_view folder) {
  if (auto* known = this->monitor(monitor.id)) return known;
  auto entry = std::make_unique<TrackedMonitor>(TrackedMonitor{.id = monitor.id,
                                                               .name = monitor.name,
                                                               .folder = std::string(folder),
                                                               .definition = monitor.definition,
                                                               .labels = monitor.labels});
  entry->follow(monitor);
  const auto bytes = entry->charged = bytes_of(*entry);
  if (!reserved_.resize(reserved_.bytes() + bytes)) return nullptr;
  try {
    return monitors_.emplace(monitor.id, std::move(entry)).first->second.get();
  } catch (const std::bad_alloc&) {
    release(bytes);
    throw;
  }
}

std::uint32_t SeriesTable::free_place() {
  if (first_free_ != kNoSeries) return std::exchange(first_free_, series_[first_free_].next);
  if (!reserved_.resize(reserved_.bytes() + kPlaceBytes)) return kNoSeries;
  try {
    series_.emplace_back();
  } catch (const std::bad_alloc&) {
    release(kPlaceBytes);
    throw;
  }
  return static_cast<std::uint32_t>(series_.size() - 1);
}

std::uint32_t SeriesTable::add(const SeriesKey& key, RuleEntry& rule, const model::Monitor* monitor,
                               std::string_view folder) {
  if (key.labels.size() > kMostText || key.set.size() > std::numeric_limits<std::uint16_t>::max()) return kNoSeries;
  if (reserved_.bytes() == 0) {
    auto first = account_.reserve(1);
    if (!first) return kNoSeries;
    reserved_ = std::move(*first);
  }
  Series fresh;
  fresh.hash = key.hash;
  fresh.rule = &rule;
  fresh.set_size = static_cast<std::uint16_t>(key.set.size());
  fresh.labels_size = static_cast<std::uint32_t>(key.labels.size());
  if (!reserved_.resize(reserved_.bytes() + bytes_of(fresh))) return kNoSeries;
  const auto bytes = bytes_of(fresh);
  const auto place = insert(std::move(fresh), key, monitor, folder);
  if (place == kNoSeries) {
    forget_if_empty(key.monitor);
    release(bytes);
    return kNoSeries;
  }
  ++rule.series;
  if (auto* owner = series_[place].monitor) {
    series_[place].next = owner->first_series;
    if (owner->first_series != kNoSeries) series_[owner->first_series].previous = place;
    owner->first_series = place;
    ++owner->series;
  }
  return place;
}

/// kNoSeries without memory. It is not yet in the list of its monitor then.
std::uint32_t SeriesTable::insert(Series fresh, const SeriesKey& key, const model::Monitor* monitor,
                                  std::string_view folder) {
  auto place = kNoSeries;
  try {
    fresh.text = std::make_unique_for_overwrite<char[]>(key.set.size() + key.labels.size());
    std::ranges::copy(key.set, fresh.text.get());
    std::ranges::copy(key.labels, fresh.text.get() + key.set.size());
    if (monitor != nullptr && (fresh.monitor = track(*monitor, folder)) == nullptr) return kNoSeries;
    place = free_place();
    if (place == kNoSeries) return kNoSeries;
    series_[place] = std::move(fresh);
    index_.insert(place);
    return place;
  } catch (const std::bad_alloc&) {
    if (place != kNoSeries) give_place_back(place);
    return kNoSeries;
  }
}

void SeriesTable::give_place_back(std::uint32_t place) {
  series_[place] = Series();
  series_[place].next = std::exchange(first_free_, place);
}

void SeriesTable::forget_if_empty(MonitorId id) {
  auto found = monitors_.find(id);
  if (found == monitors_.end() || found->second->series > 0) return;
  release(found->second->charged);
  monitors_.erase(found);
}

void SeriesTable::drop(std::uint32_t place) {
  auto& series = series_[place];
  CHECK(series.rule != nullptr);
  index_.erase(place);
  drop_evidence(series);
  --series.rule->series;
  release(bytes_of(series));
  auto* monitor = series.monitor;
  if (monitor != nullptr) {
    if (series.previous != kNoSeries) series_[series.previous].next = series.next;
    if (series.next != kNoSeries) series_[series.next].previous = series.previous;
    if (monitor->first_series == place) monitor->first_series = series.next;
    --monitor->series;
  }
  give_place_back(place);
  if (monitor != nullptr) forget_if_empty(monitor->id);
}

void SeriesTable::compact() {
  if (series_.size() - size() < std::max(kLeastHoles, series_.size() / 2)) return;
  // The free list is made anew: what is left of the holes is in order of place.
  std::uint32_t to = 0;
  bool more = true;
  while (more) {
    while (!series_.empty() && series_.back().rule == nullptr) {
      series_.pop_back();
      release(kPlaceBytes);
    }
    while (to < series_.size() && series_[to].rule != nullptr) ++to;
    more = to < series_.size() && move(places() - 1, to);
  }
  first_free_ = kNoSeries;
  for (std::uint32_t place = 0; place < series_.size(); ++place)
    if (series_[place].rule == nullptr) series_[place].next = std::exchange(first_free_, place);
}

/// False, and nothing has changed, when the allocator refuses.
bool SeriesTable::move(std::uint32_t from, std::uint32_t to) {
  series_[to].hash = series_[from].hash;
  try {
    index_.insert(to);
  } catch (const std::bad_alloc&) {
    return false;
  }
  index_.erase(from);
  series_[to] = std::exchange(series_[from], Series());
  auto& series = series_[to];
  if (series.monitor == nullptr) return true;
  if (series.next != kNoSeries) series_[series.next].previous = to;
  if (series.previous != kNoSeries)
    series_[series.previous].next = to;
  else
    series.monitor->first_series = to;
  return true;
}

void SeriesTable::rename(TrackedMonitor& tracked, const model::Monitor& monitor, std::string_view folder) {
  tracked.folder = folder;
  tracked.follow(monitor);
  // What is told must be what is: where a longer path is refused, its few bytes are not on the account.
  const auto bytes = bytes_of(tracked);
  if (reserved_.resize(reserved_.bytes() - tracked.charged + bytes)) tracked.charged = bytes;
}

void SeriesTable::keep_evidence(Series& series, const Evidence& evidence) {
  drop_evidence(series);
  const auto bytes = evidence.held_bytes();
  if (!reserved_.resize(reserved_.bytes() + bytes)) return;
  try {
    series.evidence = std::make_unique<Evidence>(evidence);
  } catch (const std::bad_alloc&) {
    release(bytes);
    return;
  }
  // A copy may have less room to spare than what it was made from.
  release(bytes - std::min(bytes, series.evidence->held_bytes()));
}

void SeriesTable::drop_evidence(Series& series) {
  if (!series.evidence) return;
  release(series.evidence->held_bytes());
  series.evidence.reset();
}

}  // namespace holter::alert
