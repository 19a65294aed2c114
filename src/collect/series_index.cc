#include "collect/series_index.h"

#include <algorithm>
#include <new>
#include <utility>

namespace holter::collect {
namespace {

constexpr std::size_t kSlotBytes = 17;  // key, entry, and the slot's share of the metadata

}  // namespace

SeriesIndex::Known* SeriesIndex::find(SeriesId series) {
  auto found = entries_.find(series.value);
  return found == entries_.end() ? nullptr : &found->second;
}

bool SeriesIndex::charge(std::size_t slots) {
  auto wanted = sizeof(*this) + slots * kSlotBytes;
  if (charged_.bytes() > 0) return charged_.resize(wanted);
  auto reserved = account_.reserve(wanted);
  if (reserved) charged_ = std::move(*reserved);
  return reserved.has_value();
}

SeriesIndex::Known* SeriesIndex::add(SeriesId series) {
  if (entries_.size() + 1 > entries_.max_load()) {
    // The table doubles, and while it does the old one is there, too.
    auto slots = entries_.bucket_count();
    auto larger = std::max<std::size_t>(15, 2 * slots);
    if (!charge(slots + larger)) return nullptr;
    try {
      entries_.reserve(static_cast<std::size_t>(static_cast<float>(larger) * entries_.max_load_factor()));
    } catch (const std::bad_alloc&) {
      (void)charge(slots);  // becoming smaller is never refused
      throw;
    }
    (void)charge(entries_.bucket_count());
  }
  return &entries_[series.value];
}

std::size_t SeriesIndex::drop_before(std::uint32_t hour) {
  auto dropped =
      boost::unordered::erase_if(entries_, [&](const auto& entry) { return entry.second.announced_hour < hour; });
  if (entries_.size() * 4 > entries_.bucket_count()) return dropped;
  try {
    // To become smaller takes memory for a moment; that it cannot be had is no harm.
    entries_.rehash(0);
    (void)charge(entries_.bucket_count());
  } catch (const std::bad_alloc&) {
  }
  return dropped;
}

}  // namespace holter::collect
