#include "latest/dependencies.h"

#include <new>
#include <utility>

#include <fmt/format.h>

namespace holter::latest {

Dependencies::Node* Dependencies::find(MonitorId id) {
  auto found = nodes_.find(id.value);
  return found == nodes_.end() ? nullptr : &found->second;
}

void Dependencies::make_room(std::size_t edges) {
  while (free_edges_ < edges) {
    edges_.push_back({.next_parent = first_free_});
    first_free_ = static_cast<std::uint32_t>(edges_.size() - 1);
    ++free_edges_;
  }
}

Status Dependencies::set(MonitorId child, std::span<const MonitorId> parents) {
  if (parents.empty() && !nodes_.contains(child.value)) return {};
  if (!parents.empty()) try {
      // The old edges count, too, until they are free.
      auto wanted = (edges_.size() + parents.size()) * sizeof(Edge) + (nodes_.size() + parents.size() + 1) * kNodeBytes;
      auto refused =
          Error(ErrorCode::kResourceExhausted,
                fmt::format("cannot keep what a monitor depends on: the memory account {} is full", account_.name()));
      if (reserved_.bytes() == 0) {
        auto held = account_.reserve(wanted);
        if (!held) return refused;
        reserved_ = std::move(*held);
      } else if (!reserved_.resize(wanted)) {
        return refused;
      }
      make_room(parents.size());
      nodes_.try_emplace(child.value);
      for (auto parent : parents) nodes_.try_emplace(parent.value);
    } catch (const std::bad_alloc&) {
      for (auto parent : parents) drop_if_alone(parent.value);
      drop_if_alone(child.value);
      settle();
      return Error(ErrorCode::kResourceExhausted,
                   "cannot keep what a monitor depends on: the allocator's cap is reached");
    }
  // Nothing below can fail.
  auto old = std::exchange(find(child)->first_parent, kNoEdge);
  for (std::size_t i = parents.size(); i-- > 0;) link(child.value, parents[i].value);
  free_parents(old);
  drop_if_alone(child.value);
  settle();
  return {};
}

void Dependencies::link(std::uint64_t child, std::uint64_t parent) {
  auto at = first_free_;
  auto& edge = edges_[at];
  first_free_ = edge.next_parent;
  --free_edges_;
  auto& below = nodes_.find(child)->second;
  auto& above = nodes_.find(parent)->second;
  edge = {parent, child, below.first_parent, above.first_child, kNoEdge};
  if (above.first_child != kNoEdge) edges_[above.first_child].previous_child = at;
  above.first_child = at;
  below.first_parent = at;
}

void Dependencies::unlink(std::uint32_t at) {
  auto& edge = edges_[at];
  if (edge.next_child != kNoEdge) edges_[edge.next_child].previous_child = edge.previous_child;
  if (edge.previous_child != kNoEdge)
    edges_[edge.previous_child].next_child = edge.next_child;
  else
    nodes_.find(edge.parent)->second.first_child = edge.next_child;
}

void Dependencies::free_parents(std::uint32_t at) {
  while (at != kNoEdge) {
    unlink(at);
    auto parent = edges_[at].parent;
    auto next = std::exchange(edges_[at].next_parent, first_free_);
    first_free_ = std::exchange(at, next);
    ++free_edges_;
    drop_if_alone(parent);
  }
}

void Dependencies::drop_children(MonitorId parent) {
  auto* above = find(parent);
  if (above == nullptr) return;
  auto at = std::exchange(above->first_child, kNoEdge);
  while (at != kNoEdge) {
    auto& edge = edges_[at];
    auto& below = nodes_.find(edge.child)->second;
    auto* place = &below.first_parent;
    while (*place != at) place = &edges_[*place].next_parent;
    *place = edge.next_parent;
    drop_if_alone(edge.child);
    edge.next_parent = first_free_;
    first_free_ = at;
    ++free_edges_;
    at = edge.next_child;
  }
  drop_if_alone(parent.value);
  settle();
}

void Dependencies::drop_if_alone(std::uint64_t id) {
  auto found = nodes_.find(id);
  if (found == nodes_.end()) return;
  if (found->second.first_parent == kNoEdge && found->second.first_child == kNoEdge) nodes_.erase(found);
}

/// Gives back what is not needed; becoming smaller is never refused.
void Dependencies::settle() {
  if (free_edges_ == edges_.size()) {
    edges_ = {};
    first_free_ = kNoEdge;
    free_edges_ = 0;
  }
  if (nodes_.empty()) nodes_ = {};
  auto bytes = edges_.size() * sizeof(Edge) + nodes_.size() * kNodeBytes;
  if (bytes == 0)
    reserved_.reset();
  else
    (void)reserved_.resize(bytes);
}

}  // namespace holter::latest
