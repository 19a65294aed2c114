#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "memory/account.h"
#include "schedule/gate.h"
#include "schedule/histogram.h"
#include "schedule/job.h"
#include "schedule/wheel.h"

namespace holter::schedule {

/// Runs jobs for a scheduler. start() and expire() must not block; both may call Scheduler::finished() before they
/// return.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Begins a round; returns the time until expire() is to be called. nullopt: not begun, for want of memory; the due
  /// time counts as skipped.
  virtual std::optional<nanoseconds> start(Job& job) = 0;
  /// The deadline has passed: end what hangs. Before this returns, finished() or set_deadline() must be called.
  virtual void expire(Job& job) = 0;
};

struct Options {
  std::size_t max_in_flight = 8192;
  std::size_t max_per_target = 16;
};

/// Counters and gauges. Written by the shard, read by any thread; each is exact, and
/// due = run + skipped + paused holds whenever the shard is not inside a call.
struct Counters {
  std::atomic<std::uint64_t> due{0};       ///< due times that are accounted for
  std::atomic<std::uint64_t> run{0};       ///< rounds started
  std::atomic<std::uint64_t> skipped{0};   ///< due while the last round was still in flight, or waiting for a place
  std::atomic<std::uint64_t> paused{0};    ///< due while paused
  std::atomic<std::uint64_t> late{0};      ///< of run: started later than a tenth of the interval (20 ms to 1 s)
  std::atomic<std::uint64_t> timeouts{0};  ///< of run: ended by the scheduler's deadline
  std::atomic<std::size_t> jobs{0}, in_flight{0}, waiting{0};
  Histogram lateness;  ///< of run: start minus due time
};

/// When a job runs, or why not. Passive: the owner calls advance() when next() says so, and the scheduler never reads a
/// clock or sets a timer, so that a test can drive years in a second. Allocates nothing per due job.
///
/// Due jobs start in order of due time, with a head start by criticality (critical 60 s, normal 10 s): what waits ages,
/// so nothing starves. A job whose target or protocol is at its limit waits at that gate, and others go on.
///
/// Threads: the shard's, except counters() and Job::next_due(). Lifetime: jobs must be removed before they die.
class Scheduler {
 public:
  static constexpr std::size_t kMaxProtocols = 64;

  Scheduler(Options options, Runner& runner, memory::Account& account, MonoTime now);
  ~Scheduler();

  /// Schedules a job from `now` on; `wall` pins its phase.
  void add(Job& job, MonoTime now, WallTime wall);
  /// Takes a job off; it must not be in flight (end its round first).
  void remove(Job& job);
  /// A paused job keeps its place in time: its due times are counted as paused. A round in flight ends as usual.
  void set_paused(Job& job, bool paused, MonoTime now);

  /// Ends deadlines and starts what is due, as far as the limits allow.
  void advance(MonoTime now);
  /// A round in flight goes on: expire() will be called at `at`.
  void set_deadline(Job& job, MonoTime at);
  /// A round has ended: frees its place and arms the job's next due time. Whoever handles results never arms.
  void finished(Job& job, MonoTime now);
  /// True when a place is free and a job waits for it: call advance().
  bool can_start() const { return ready_count_ > 0 && counters_.in_flight.load(std::memory_order_relaxed) < limit_; }
  /// When to call advance() next at the latest; nullopt: nothing is scheduled.
  std::optional<MonoTime> next() const { return wheel_.next(); }

  void set_max_in_flight(std::size_t limit) { limit_ = std::min(limit, options_.max_in_flight); }
  std::size_t max_in_flight() const { return limit_; }
  void set_protocol_limit(std::uint8_t protocol, std::size_t limit) { protocol_limits_[protocol] = limit; }

  const Counters& counters() const { return counters_; }

 private:
  static constexpr std::array<nanoseconds, 3> kHeadStart = {seconds(60), seconds(10), seconds(0)};

  void became_due(Job& job, MonoTime now);
  void make_ready(Job& job, bool in_front);
  Job* take_ready();
  void dispatch(MonoTime now);
  void start(Job& job, MonoTime now);
  bool park(Job& job, Gate& gate, std::size_t limit);
  void wake_one(Gate& gate, std::size_t limit);
  void skip_missed(Job& job, MonoTime now);
  void arm(Job& job, MonoTime at);
  void note_waiting();
  void note_in_flight(int change);
  void take_from_queue(Job& job);

  const Options options_;
  Runner& runner_;
  std::size_t limit_;
  Wheel wheel_;
  std::array<List, 3> ready_;  ///< by criticality
  std::size_t ready_count_ = 0;
  std::size_t parked_ = 0;
  TargetGates targets_;
  std::array<Gate, kMaxProtocols> protocols_;
  std::array<std::size_t, kMaxProtocols> protocol_limits_;
  memory::Reservation reserved_;
  Counters counters_;
};

}  // namespace holter::schedule
