#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "define/map_reader.h"
#include "define/problem.h"

namespace holter::define {

/// The most parents that a monitor may have.
constexpr std::size_t kMostParents = 64;
constexpr std::size_t kLongestFolder = 512, kLongestFolderName = 256;  ///< bytes of a path, and of a part of it

/// Where a monitor belongs, beside what runs of it.
struct Placement {
  std::string folder;                   ///< path, "dc1/rack2"; empty: the root
  std::vector<std::string> depends_on;  ///< names of its parents, each once, in the order given

  friend bool operator==(const Placement&, const Placement&) = default;
};

/// May the text be a folder's path? Empty is the root; else names of 1 to 256 bytes between '/', without control
/// characters and without blanks at their ends, 512 bytes in all. Errors: kInvalidArgument.
Status check_folder(std::string_view path);

/// Takes `folder` and `depends_on` of the monitor with that name.
Placement take_placement(MapReader& reader, const YamlNode& node, std::string_view name);

/// What monitors depend on, gathered while they are read and checked once all are known. Those that depend on nothing
/// cost nothing; others 28 bytes, their name, and 4 bytes for each parent.
class Dependencies {
 public:
  /// Where a monitor's list stands.
  struct Place {
    std::uint32_t file;  ///< index into the files' names
    std::uint32_t element;
    int line, column;
  };
  /// A name of which no monitor has been read.
  struct Missing {
    std::string child, parent;
    Problem at;  ///< an error that says so
  };
  static constexpr std::size_t kMostMissing = Problems::kMost;

  void add(const std::string& name, const std::vector<std::string>& parents, Place at);
  /// Adds an error for each circle, which names the way round. Returns the names that are not `known` (by their hash),
  /// at most kMostMissing.
  std::vector<Missing> finish(const std::vector<std::string>& files, const std::function<bool(std::uint64_t)>& known,
                              Problems& problems);

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  enum class Seen : std::uint8_t { kNo, kOnWay, kDone };
  struct Node {
    std::uint32_t name;
    std::uint32_t first, next, last;  ///< of its parents, in `parents_`; `next` moves while the way leads through it
    Place at;
    Seen seen = Seen::kNo;
  };
  struct Name {
    std::uint32_t text;  ///< in `texts_`
    std::uint32_t node = kNone;
  };
  std::uint32_t number_of(const std::string& name);
  std::string shown(std::uint32_t name) const;
  Problem problem(const std::vector<std::string>& files, const Node& node, std::string message) const;
  /// Follows all ways up from there.
  void walk(std::uint32_t from, const std::vector<std::string>& files, Problems& problems);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> parents_;  ///< numbers of names, node by node
  std::vector<Name> names_;
  std::string texts_;                                                ///< of names, each with a zero behind it
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> numbers_;  ///< of names, by their hash
};

}  // namespace holter::define
