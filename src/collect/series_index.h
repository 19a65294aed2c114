#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>

#include "base/ids.h"
#include "memory/account.h"

namespace holter::collect {

/// The labelled and text series of one set of one monitor: when each was announced last, and which text was sent last.
/// Charged to an account by the size of its table. Threads: one shard's.
class SeriesIndex {
 public:
  /// Bytes per series when the table has just doubled (slot, its metadata, and the empty ones beside it).
  static constexpr std::size_t kEntryBytes = 40;

  struct Known {
    std::uint32_t announced_hour = 0;
    std::uint32_t text_hash = 0;
  };

  explicit SeriesIndex(memory::Account& account) : account_(account) {}

  Known* find(SeriesId series);
  /// The entry of a series that is not known yet; nullptr when the account refuses. May throw std::bad_alloc; nothing
  /// has changed then.
  Known* add(SeriesId series);
  /// Drops the series that were announced last before `hour`, and gives back what the table does not need. Returns how
  /// many it dropped.
  std::size_t drop_before(std::uint32_t hour);
  std::size_t size() const { return entries_.size(); }

 private:
  using Entries = boost::unordered_flat_map<std::uint64_t, Known>;
  bool charge(std::size_t slots);

  memory::Account& account_;
  Entries entries_;
  memory::Reservation charged_;
};

}  // namespace holter::collect
