#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/fleet.h"
#include "base/ids.h"

namespace holter::app {

/// Finds monitors that would depend on themselves by a way through monitors of files and of the catalog. Of its own the
/// catalog refuses such a circle, and so does the reader of files; neither sees the other's.
///
/// A monitor is named by its id; a planned one by the hash of its name, which is the id of one that a file has.
/// Threads: the fleet's. Lifetime: the fleet outlives it.
class Circles {
 public:
  explicit Circles(const Fleet& fleet) : fleet_(fleet) {}

  /// From now on a monitor of that name depends on these names, whatever the fleet says.
  void plan(std::string_view name, std::span<const std::string> depends_on);
  /// What is not planned stands in no file: the files are read anew, and all that depend on something were planned.
  void plan_is_all_of_files() { all_files_ = true; }

  /// A monitor as it is to be: `id` 0 for a new one.
  struct Dependent {
    MonitorId id;
    std::string_view name;
    std::vector<MonitorId> parents;        ///< that the catalog has
    std::vector<std::string> other_names;  ///< of parents besides
  };
  /// The way round, "a -> b -> a"; empty: there is none.
  std::string way_round(const Dependent& self) const;

 private:
  struct Planned {
    std::string name;
    std::vector<std::string> depends_on;
  };
  struct Walk;

  std::optional<std::uint64_t> resolve(std::string_view name) const;
  std::string name_of(std::uint64_t id) const;
  bool of_file(std::uint64_t id) const;

  const Fleet& fleet_;
  boost::unordered_flat_map<std::uint64_t, Planned> planned_;
  bool all_files_ = false;
};

}  // namespace holter::app
