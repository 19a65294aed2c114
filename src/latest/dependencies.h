#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "memory/account.h"
#include "model/monitor.h"

namespace holter::latest {

constexpr std::uint32_t kNoEdge = std::numeric_limits<std::uint32_t>::max();

/// What is known of a monitor that depends on others, or that others depend on.
struct DependencyNode {
  MonoTime recovered = MonoTime::min();  ///< when the check began with which it went from DOWN to UP
  MonoTime failed = MonoTime::min();     ///< when the newest of its checks that decide and failed began
  std::int64_t since_ms = 0;             ///< of `shown`
  std::uint32_t first_parent = kNoEdge, first_child = kNoEdge;
  model::State shown = model::State::kUnknown;  ///< what was told last
};

/// Which monitors depend on which: a graph of ids, also of those that are not there (yet). A monitor that has neither
/// parents nor children is not in it; one that has takes 80 bytes, and each pair 32. Circles do no harm here.
/// Threads: one. Lifetime: the account must outlive it.
class Dependencies {
 public:
  using Node = DependencyNode;

  explicit Dependencies(memory::Account& account) : account_(account) {}

  /// The parents of `child` from now on, each once; none: it depends on nothing. Errors: kResourceExhausted; it is as
  /// before then. With fewer parents than before it never fails.
  Status set(MonitorId child, std::span<const MonitorId> parents);
  /// Nobody depends on it any more.
  void drop_children(MonitorId parent);

  bool empty() const { return nodes_.empty(); }
  std::size_t bytes() const { return reserved_.bytes(); }
  /// Null for one that is not in the graph. Valid until the next change.
  Node* find(MonitorId id);
  const Node* find(MonitorId id) const { return const_cast<Dependencies*>(this)->find(id); }

  /// Calls `visit(id)` for its parents, in the order given, until that returns true; true if it did.
  template <class Visit>
  bool any_parent(const Node& node, Visit visit) const {
    for (auto at = node.first_parent; at != kNoEdge; at = edges_[at].next_parent)
      if (visit(MonitorId{edges_[at].parent})) return true;
    return false;
  }
  /// Calls `visit(id)` for its children, in no certain order.
  template <class Visit>
  void each_child(const Node& node, Visit visit) const {
    for (auto at = node.first_child; at != kNoEdge; at = edges_[at].next_child) visit(MonitorId{edges_[at].child});
  }

 private:
  struct Edge {
    std::uint64_t parent = 0, child = 0;
    std::uint32_t next_parent = kNoEdge;  ///< of the same child; of a free edge: the next free one
    std::uint32_t next_child = kNoEdge, previous_child = kNoEdge;  ///< of the same parent
  };
  static_assert(sizeof(Edge) == 32);
  static constexpr std::size_t kNodeBytes = 80;  // with its share of a table that has just grown

  /// There is room for so many more edges. Throws std::bad_alloc, with no effect.
  void make_room(std::size_t edges);
  void link(std::uint64_t child, std::uint64_t parent);
  /// Takes the edge out of the list of the parent's children.
  void unlink(std::uint32_t at);
  /// Frees a child's list of edges, from `at` on.
  void free_parents(std::uint32_t at);
  void drop_if_alone(std::uint64_t id);
  void settle();

  memory::Account& account_;
  memory::Reservation reserved_;
  boost::unordered_flat_map<std::uint64_t, Node> nodes_;
  std::deque<Edge> edges_;
  std::uint32_t first_free_ = kNoEdge;
  std::size_t free_edges_ = 0;
};

}  // namespace holter::latest
