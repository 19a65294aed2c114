#include "app/circles.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"

namespace holter::app {

/// One search, from the parents of a monitor upwards.
struct Circles::Walk {
  const Circles& all;
  const Dependent& self;
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> reached_from{};  ///< 0: from the monitor itself
  std::vector<std::uint64_t> open{};
  std::optional<std::uint64_t> last{};  ///< whose parent is the monitor itself

  /// True when the way is closed.
  bool go_to_id(std::uint64_t from, std::uint64_t to) {
    if (self.id.value != 0 && to == self.id.value) return close(from);
    if (reached_from.try_emplace(to, from).second) open.push_back(to);
    return false;
  }
  bool go_to_name(std::uint64_t from, std::string_view to) {
    if (to == self.name) return close(from);
    auto id = all.resolve(to);
    // Under its old name it is found no longer.
    return id && *id != self.id.value && go_to_id(from, *id);
  }
  bool close(std::uint64_t from) {
    last = from;
    return true;
  }

  bool begin() {
    for (auto parent : self.parents)
      if (go_to_id(0, parent.value)) return true;
    for (const auto& name : self.other_names)
      if (go_to_name(0, name)) return true;
    return false;
  }
  bool go_on_from(std::uint64_t id) {
    if (auto planned = all.planned_.find(id); planned != all.planned_.end()) {
      for (const auto& name : planned->second.depends_on)
        if (go_to_name(id, name)) return true;
      return false;
    }
    if (all.of_file(id)) {
      if (all.all_files_) return false;
      for (const auto& name : all.fleet_.relations().depends_on({id}))
        if (go_to_name(id, name)) return true;
      return false;
    }
    for (auto parent : all.fleet_.parents({id}))
      if (go_to_id(id, parent.value)) return true;
    return false;
  }

  std::string text() const {
    auto way = excerpt(self.name);
    for (auto at = *last; at != 0; at = reached_from.at(at)) way.insert(0, excerpt(all.name_of(at)) + " -> ");
    return fmt::format("{} -> {}", excerpt(self.name), way);
  }
};

void Circles::plan(std::string_view name, std::span<const std::string> depends_on) {
  planned_[stable_hash(name)] = {std::string(name), {depends_on.begin(), depends_on.end()}};
}

std::optional<std::uint64_t> Circles::resolve(std::string_view name) const {
  if (auto hash = stable_hash(name); planned_.contains(hash)) return hash;
  auto slot = fleet_.find(name);
  if (!slot) return std::nullopt;
  return fleet_.monitors().at(*slot).monitor.id.value;
}

std::string Circles::name_of(std::uint64_t id) const {
  if (auto planned = planned_.find(id); planned != planned_.end()) return planned->second.name;
  auto slot = fleet_.monitors().find({id});
  return slot ? fleet_.monitors().at(*slot).monitor.name : fmt::format("{:016x}", id);
}

bool Circles::of_file(std::uint64_t id) const {
  auto slot = fleet_.monitors().find({id});
  return slot && fleet_.monitors().at(*slot).file != 0;
}

std::string Circles::way_round(const Dependent& self) const {
  Walk walk{*this, self};
  bool closed = walk.begin();
  while (!closed && !walk.open.empty()) {
    auto id = walk.open.back();
    walk.open.pop_back();
    closed = walk.go_on_from(id);
  }
  return closed ? walk.text() : std::string();
}

}  // namespace holter::app
