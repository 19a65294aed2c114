#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "model/monitor.h"
#include "schedule/wheel.h"

namespace holter::schedule {

/// What the scheduler knows of a monitor: one intrusive node that moves between the wheel (waiting for its due time), a
/// ready or waiting list, and the wheel again (in flight, waiting for its deadline). Derive from it.
///
/// Threads: the shard's, except next_due().
class Job : private Timer {
 public:
  struct Spec {
    std::uint64_t hash = 0;    ///< stable, of the monitor: gives the phase
    std::uint64_t target = 0;  ///< hash of the address probed: limit per target
    nanoseconds interval{};
    model::Criticality criticality = model::Criticality::kNormal;
    std::uint8_t protocol = 0;  ///< index of the protocol: limit per protocol
    std::uint8_t weight = 16;   ///< of a round in flight, in sixteenths of a place (a connection); at least 1
    bool paused = false;
    /// Due times are exact ones that the runner knows (cron): no phase, and never stretched. `interval` is their least
    /// distance then.
    bool exact = false;
  };
  /// kReady: due, in the queue. kWaiting: due, at the gate of a target or protocol. kDeferred: due, but the queue is
  /// full, so back in the wheel for a moment.
  enum class Phase : std::uint8_t { kDetached, kIdle, kReady, kWaiting, kDeferred, kInFlight };

  explicit Job(const Spec& spec) : spec_(spec) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  const Spec& spec() const { return spec_; }
  Phase phase() const { return phase_; }
  bool paused() const { return spec_.paused; }
  /// The due time that the current or last run served.
  MonoTime due() const { return due_; }
  /// When the job is due next; the epoch when it is not scheduled. Any thread.
  MonoTime next_due() const { return MonoTime(nanoseconds(next_due_.load(std::memory_order_relaxed))); }

 private:
  friend class Scheduler;
  friend class Gate;

  bool critical() const { return spec_.criticality == model::Criticality::kCritical; }

  Spec spec_;
  MonoTime due_{};
  std::atomic<std::int64_t> next_due_{0};
  Phase phase_ = Phase::kDetached;  // last: what a derived class adds may begin right behind it
};

/// First due time at or after `now`: the stable phase of `hash` within the interval, pinned to the wall clock, so that
/// load is spread evenly and a restart neither bunches nor shifts it. The phase is quantised (at most to
/// 100 ms), so that neighbours share a wake-up.
nanoseconds until_first_due(std::uint64_t hash, nanoseconds interval, WallTime now);

}  // namespace holter::schedule
