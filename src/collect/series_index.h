#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "memory/account.h"

namespace holter::collect {

/// The labelled and text series of one set of one monitor: when each was announced last, and which text was sent last.
/// Most sets have a few: these are a list, and only more of them a table, whose least size is 255 bytes. Charged to an
/// account by the size of both. Threads: one shard's.
class SeriesIndex {
 public:
  /// Bytes per series when the table has just doubled (slot, its metadata, and the empty ones beside it).
  static constexpr std::size_t kEntryBytes = 40;
  static constexpr std::size_t kFew = 8;

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
  std::size_t size() const { return few_.size() + entries_.size(); }

 private:
  using Entries = boost::unordered_flat_map<std::uint64_t, Known>;
  using Few = std::vector<std::pair<std::uint64_t, Known>>;
  bool charge(std::size_t few, std::size_t slots);
  Known* add_to_few(std::uint64_t series);
  bool grow_table();

  memory::Account& account_;
  Few few_;  // empty once there is a table
  Entries entries_;
  memory::Reservation charged_;
};

}  // namespace holter::collect
