#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace holter {

/// A 64-bit id that does not mix with other ids or with numbers.
template <class Tag>
struct Id {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
};

/// Stable hash of the monitor's name; names are unique.
using MonitorId = Id<struct MonitorTag>;
/// Stable hash of (monitor, set, field, label values).
using SeriesId = Id<struct SeriesTag>;

/// Ids are hashes already: use them as they are in hash tables.
struct IdHash {
  using is_avalanching = void;
  template <class Tag>
  std::size_t operator()(Id<Tag> id) const {
    return id.value;
  }
};

}  // namespace holter
