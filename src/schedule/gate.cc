#include "schedule/gate.h"

#include <bit>
#include <new>
#include <utility>

#include "base/check.h"

namespace holter::schedule {

TargetGates::TargetGates(std::size_t max_in_flight) : slots_(std::bit_ceil(max_in_flight + max_in_flight / 2 + 2)) {
  free_.reserve(max_in_flight + 1);
  gates_.reserve(max_in_flight + 1);
}

std::size_t TargetGates::probe(std::uint64_t key) const {
  auto i = home(key);
  while (slots_[i].gate != nullptr && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
  return i;
}

Gate* TargetGates::find(std::uint64_t target) const {
  return slots_[probe(target)].gate;
}

Gate* TargetGates::at(std::uint64_t target) {
  auto i = probe(target);
  if (slots_[i].gate != nullptr) return slots_[i].gate;
  if (free_.empty()) {
    CHECK(gates_.size() < gates_.capacity());  // more busy targets than jobs in flight
    std::unique_ptr<Gate> made(new (std::nothrow) Gate());
    if (!made) return nullptr;
    gates_.push_back(std::move(made));
    free_.push_back(gates_.back().get());
  }
  slots_[i] = {target, free_.back()};
  free_.pop_back();
  return slots_[i].gate;
}

void TargetGates::drop_if_idle(std::uint64_t target) {
  auto i = probe(target);
  if (slots_[i].gate == nullptr || !slots_[i].gate->idle()) return;
  free_.push_back(slots_[i].gate);
  slots_[i] = {};
  // Close the gap (Knuth, TAOCP 6.4, algorithm R): move back whoever would no longer be found.
  for (auto j = (i + 1) & (slots_.size() - 1); slots_[j].gate != nullptr; j = (j + 1) & (slots_.size() - 1)) {
    auto h = home(slots_[j].key);
    bool reachable = i <= j ? (i < h && h <= j) : (i < h || h <= j);
    if (reachable) continue;
    slots_[i] = slots_[j];
    slots_[j] = {};
    i = j;
  }
}

}  // namespace holter::schedule
