#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "schedule/job.h"

namespace holter::schedule {

/// A limit on jobs in flight, and those that wait for a place: critical ones first, else first in first out.
class Gate {
 public:
  bool full(std::size_t limit) const { return in_flight >= limit; }
  void wait(Job& job) {
    job.phase_ = Job::Phase::kWaiting;
    (job.critical() ? critical : others).push_back(job);
  }
  /// The job whose turn it is, taken off; nullptr when none waits.
  Job* next() { return as_job(critical.empty() ? others.pop_front() : critical.pop_front()); }
  /// The job that came last and is not critical; nullptr when there is none.
  Job* last() const { return as_job(others.back()); }
  bool idle() const { return in_flight == 0 && critical.empty() && others.empty(); }

  std::uint32_t in_flight = 0;
  List critical, others;

 private:
  static Job* as_job(Link* link) { return static_cast<Job*>(static_cast<Timer*>(link)); }
};

/// Gates of the targets that have jobs in flight; a target without any costs nothing. An open-addressed table that
/// never grows: there are at most as many busy targets as jobs in flight.
class TargetGates {
 public:
  explicit TargetGates(std::size_t max_in_flight);

  /// The target's gate, or nullptr when it has none.
  Gate* find(std::uint64_t target) const;
  /// The target's gate, made if need be; nullptr when the allocator refuses.
  Gate* at(std::uint64_t target);
  /// Forgets an idle gate. References to other gates stay valid.
  void drop_if_idle(std::uint64_t target);
  std::size_t bytes() const { return slots_.size() * sizeof(Slot) + gates_.size() * sizeof(Gate); }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Gate* gate = nullptr;
  };
  std::size_t home(std::uint64_t key) const { return key & (slots_.size() - 1); }
  /// Slot of the key, or the empty one where it would stand.
  std::size_t probe(std::uint64_t key) const;

  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Gate>> gates_;
  std::vector<Gate*> free_;
};

}  // namespace holter::schedule
