#include "collect/series_index.h"

#include <algorithm>
#include <new>
#include <utility>

namespace holter::collect {
namespace {

constexpr std::size_t kSlotBytes = 17;  // key, entry, and the slot's share of the metadata

}  // namespace

SeriesIndex::Known* SeriesIndex::find(SeriesId series) {
  for (auto& [key, known] : few_)
    if (key == series.value) return &known;
  auto found = entries_.find(series.value);
  return found == entries_.end() ? nullptr : &found->second;
}

bool SeriesIndex::charge(std::size_t few, std::size_t slots) {
  auto wanted = sizeof(*this) + few * sizeof(Few::value_type) + slots * kSlotBytes;
  if (charged_.bytes() > 0) return charged_.resize(wanted);
  auto reserved = account_.reserve(wanted);
  if (reserved) charged_ = std::move(*reserved);
  return reserved.has_value();
}

SeriesIndex::Known* SeriesIndex::add_to_few(std::uint64_t series) {
  if (few_.size() == few_.capacity()) {
    auto larger = few_.empty() ? 1 : std::min(2 * few_.capacity(), kFew);
    if (!charge(few_.capacity() + larger, entries_.bucket_count())) return nullptr;
    try {
      few_.reserve(larger);
    } catch (const std::bad_alloc&) {
      (void)charge(few_.capacity(), entries_.bucket_count());  // becoming smaller is never refused
      throw;
    }
    (void)charge(few_.capacity(), entries_.bucket_count());
  }
  return &few_.emplace_back(series, Known{}).second;
}

/// Makes room for one more. May throw std::bad_alloc; then, and when refused, nothing has changed.
bool SeriesIndex::grow_table() {
  // The table doubles, and while it does the old one is there, too.
  auto slots = entries_.bucket_count();
  auto larger = std::max<std::size_t>(15, 2 * slots);
  if (!charge(few_.capacity(), slots + larger)) return false;
  try {
    entries_.reserve(static_cast<std::size_t>(static_cast<float>(larger) * entries_.max_load_factor()));
  } catch (const std::bad_alloc&) {
    (void)charge(few_.capacity(), slots);  // becoming smaller is never refused
    throw;
  }
  entries_.insert(few_.begin(), few_.end());
  few_ = {};
  (void)charge(0, entries_.bucket_count());
  return true;
}

SeriesIndex::Known* SeriesIndex::add(SeriesId series) {
  if (entries_.empty() && few_.size() < kFew) return add_to_few(series.value);
  if ((!few_.empty() || entries_.size() + 1 > entries_.max_load()) && !grow_table()) return nullptr;
  return &entries_[series.value];
}

std::size_t SeriesIndex::drop_before(std::uint32_t hour) {
  auto old = [&](const auto& entry) { return entry.second.announced_hour < hour; };
  auto dropped = std::erase_if(few_, old) + boost::unordered::erase_if(entries_, old);
  if (entries_.size() * 4 > entries_.bucket_count()) return dropped;
  try {
    // To become smaller takes memory for a moment; that it cannot be had is no harm.
    entries_.rehash(0);
    (void)charge(few_.capacity(), entries_.bucket_count());
  } catch (const std::bad_alloc&) {
  }
  return dropped;
}

}  // namespace holter::collect
