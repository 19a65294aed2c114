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
#include "schedule/in_flight_limit.h"
#include "schedule/job.h"
#include "schedule/wheel.h"

namespace holter::schedule {

/// Runs jobs for a scheduler. start() and expire() must not block or throw; both may call Scheduler::finished() before
/// they return.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Begins a round; returns the time until expire() is to be called. nullopt: not begun, for want of memory; the due
  /// time counts as skipped.
  virtual std::optional<nanoseconds> start(Job& job) = 0;
  /// The deadline has passed: end what hangs. Before this returns, finished() or set_deadline() must be called.
  virtual void expire(Job& job) = 0;
  /// The first due time after `after` of a job whose Spec::exact is set.
  virtual MonoTime next_exact(const Job& job, MonoTime after) = 0;
};

struct Options {
  std::size_t max_in_flight = 512;  ///< places: rounds that hold a connection; a ping takes a sixteenth of one
  std::size_t min_in_flight = 16;   ///< the adaptive limit stays above
  std::size_t max_per_target = 16;
  std::size_t queue_capacity = 1000;  ///< due jobs that wait; what is beyond goes back to the wheel for a moment
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
  std::atomic<std::uint64_t> deferred{0};  ///< times that a due job went back to the wheel: the queue was full
  std::atomic<std::uint64_t> refused{0};   ///< rounds or sets that could not be had for want of memory
  std::atomic<std::size_t> jobs{0}, in_flight{0};
  std::atomic<std::size_t> waiting{0};           ///< due, in the queue or at a gate
  std::atomic<std::size_t> waiting_in_wheel{0};  ///< due, deferred
  std::atomic<std::size_t> in_flight_limit{0};   ///< places at present
  std::atomic<std::size_t> stretched{0};         ///< jobs whose interval is longer for want of memory
  Histogram lateness;                            ///< of run: start minus due time
};

/// When a job runs, or why not. Passive: the owner calls advance() when next() says so, and the scheduler never reads a
/// clock or sets a timer, so that a test can drive years in a second. Allocates nothing per due job, and throws
/// nothing.
///
/// Due jobs start in order of due time, with a head start by criticality (normal 10 s before low): what waits ages, so
/// nothing starves. Critical jobs go first while they take less than three quarters of the places, and compete with a
/// head start of 60 s beyond; an eighth of the places is kept for them where there are any. A job whose target or
/// protocol is at its limit waits at that gate, and others go on. At most queue_capacity due jobs wait in the queue and
/// as many at gates: the least urgent goes back to the wheel for 50 to 100 ms (longer when very many do), keeps its due
/// time, and so its age. Critical jobs are never sent back.
///
/// A job with exact times is due at those, whatever the pressure; `interval` tells then what is late.
///
/// Threads: the shard's, except counters() and Job::next_due(). Lifetime: jobs must be removed before they die.
class Scheduler {
 public:
  static constexpr std::size_t kMaxProtocols = 64;
  static constexpr std::size_t kPlace = 16;  ///< units of weight

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
  /// True when a place is free for the job whose turn it is: call advance().
  bool can_start() const {
    const Job* job = head();
    return job != nullptr && fits(*job);
  }
  /// When to call advance() next at the latest; nullopt: nothing is scheduled.
  std::optional<MonoTime> next() const { return wheel_.next(); }

  /// Low jobs run every `factor` intervals from their next due time on. Their due times are then those of the stretched
  /// schedule, a part of the usual ones: each job keeps its phase, and jobs of one phase are spread over the factor.
  void set_stretch(unsigned factor);
  /// After set_stretch() to a smaller factor: brings a job forward to the next due time of its new schedule.
  void restretch(Job& job, MonoTime now);
  /// Moves the next due time of a job with exact ones that waits for it: the time of day was set. Others stay.
  void retime(Job& job, MonoTime at);
  /// At most this share of max_in_flight, while memory is short; 1 otherwise.
  void set_in_flight_share(double share);
  /// A part of a round could not be had for want of memory: lowers the limit.
  void note_refusal();
  /// Places at present.
  std::size_t in_flight_limit() const { return limit_.limit(); }
  void set_protocol_limit(std::uint8_t protocol, std::size_t limit) { protocol_limits_[protocol] = limit; }

  const Counters& counters() const { return counters_; }

 private:
  /// So far an exact due time may be from what the clock says by now.
  static constexpr nanoseconds kClockSlack = milliseconds(500);
  static constexpr std::int64_t kMostCounted = 10'000;  ///< exact due times missed in one go
  static constexpr std::array<nanoseconds, 3> kHeadStart = {seconds(60), seconds(10), seconds(0)};

  nanoseconds interval_of(const Job& job) const;
  bool stretches(const Job& job) const;
  MonoTime following(const Job& job) const;
  std::int64_t pass_missed(Job& job, MonoTime now) const;
  void became_due(Job& job, MonoTime now);
  void make_ready(Job& job, MonoTime now);
  void insert_ready(Job& job);
  void defer(Job& job, MonoTime now);
  const Job* head() const;
  Job* least_urgent() const;
  static MonoTime rank(const Job& job);
  bool fits(const Job& job) const;
  std::size_t places() const { return limit_.limit() * kPlace; }
  void dispatch(MonoTime now);
  void start(Job& job, Gate& target, MonoTime now);
  void skip(Job& job, MonoTime now);
  bool park(Job& job, Gate& gate, std::size_t limit, MonoTime now);
  void wake_one(Gate& gate, std::size_t limit);
  void skip_missed(Job& job, MonoTime now);
  void arm(Job& job, MonoTime at);
  void note_gauges();
  void note_in_flight(const Job& job, int change);
  void take_from_queue(Job& job);

  const Options options_;
  Runner& runner_;
  InFlightLimit limit_;
  Wheel wheel_;
  std::array<List, 3> ready_;  ///< by criticality, each in order of due time
  std::size_t ready_count_ = 0, parked_ = 0, deferred_ = 0;
  std::size_t used_ = 0, critical_used_ = 0;  ///< weight in flight, of all and of critical jobs
  std::size_t critical_weight_ = 0;           ///< of all critical jobs there are
  std::size_t low_jobs_ = 0;
  unsigned stretch_ = 1;
  TargetGates targets_;
  std::array<Gate, kMaxProtocols> protocols_;
  std::array<std::size_t, kMaxProtocols> protocol_limits_;
  memory::Reservation reserved_;
  Counters counters_;
};

}  // namespace holter::schedule
