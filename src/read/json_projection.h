#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/json_steps.h"

namespace holter::read {

/// Which members of a value will be looked at: the others need not be kept in memory. A tree of names, made when a path
/// or a set of columns is compiled; frozen then.
class JsonProjection {
 public:
  static constexpr std::int32_t kAll = -1;   ///< everything from here on
  static constexpr std::int32_t kSkip = -2;  ///< nothing

  /// Looks at nothing but the value itself.
  JsonProjection() : places_(1) {}
  static JsonProjection everything() {
    JsonProjection out;
    out.places_[0].all = true;
    return out;
  }

  /// The place of the whole value.
  std::int32_t root() const { return places_[0].all ? kAll : 0; }
  /// The place of a member of an object at `place`, or of an element of an array when `name` is null.
  std::int32_t inside(std::int32_t place, const std::string_view* name) const;

  /// Adds the parts of a path from `first` on, seen from `place`; returns where they lead, kAll when that is not one
  /// place of names: all is kept then.
  std::int32_t add(const JsonSteps& steps, std::size_t first, std::int32_t place);
  std::int32_t add(std::string_view name, std::int32_t place);
  /// All that is at and below `place` is looked at.
  void add_all(std::int32_t place) {
    if (place != kAll) places_[static_cast<std::size_t>(place)].all = true;
  }
  /// What a condition on the value at `place` looks at.
  void add(const JsonFilter& filter, std::int32_t place);

 private:
  struct Place {
    std::vector<std::pair<std::string, std::int32_t>> names;  // by length, then by bytes
    bool all = false;
  };
  std::vector<Place> places_;
};

}  // namespace holter::read
