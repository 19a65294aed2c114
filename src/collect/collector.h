#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "collect/attempt.h"
#include "collect/job.h"
#include "collect/recorder.h"
#include "collect/round_pool.h"
#include "memory/account.h"
#include "memory/arrow_pool.h"
#include "runtime/task_scope.h"
#include "schedule/scheduler.h"

namespace holter::collect {

/// What the governor asks of a shard while memory is short; the default is business as usual.
struct Controls {
  bool flush_early = false;      ///< small batches, soon
  unsigned stretch_low = 1;      ///< the interval of low monitors is so many times as long
  double in_flight_share = 1.0;  ///< of max_in_flight: the limit is not above that
  bool operator==(const Controls&) const = default;
};

/// All that a shard does: schedules its jobs, runs their rounds, records the results.
///
/// When the allocator refuses, what was being done ends (a set as kUnavailable) and everything else goes on; timers and
/// wake-ups that could not be set are made up for by heartbeat().
///
/// Monitors with a cron schedule follow the time of day, also when that is set: a run that the clock has leapt over is
/// not made up for.
///
/// Threads: made anywhere, then used on its shard only; counters, and what MonitorJob says so of, by any thread.
/// Lifetime: close() before destruction; pool and accounts must outlive it, a monitor its job until remove() or the end
/// of close().
class Collector final : public schedule::Runner, private AttemptListener {
 public:
  struct Options {
    schedule::Options schedule;
    Recorder::Options recorder;
    milliseconds flush_interval{1000};
  };
  Collector(Options options, Services services, memory::Account& account, arrow::MemoryPool& batch_pool,
            Recorder::Publish publish);
  ~Collector() override;

  /// Takes over a job; it runs from now on. Errors: kResourceExhausted (the job is the caller's still).
  Status add(std::unique_ptr<MonitorJob>&& job);
  /// Takes a job off; a round in flight ends without being recorded. The job is destroyed before this returns, or, when
  /// an attempt of it hangs, within a second after that lets go of it; the monitor is not used any more. Not from
  /// within a probe, and not after close().
  void remove(MonitorJob& job);
  /// Starts the timers. Call once.
  void start();
  /// Ends rounds in flight (their results are not recorded), takes all jobs off and flushes what was recorded.
  boost::asio::awaitable<void> close();

  /// Puts the governor's wishes in force.
  void apply(const Controls& controls);
  /// Frees what can be made again: idle attempts, series that are not current, kept connections, cached names.
  void shrink();
  /// Makes up for timers and wake-ups that were lost for want of memory. Call it about every half second; without such
  /// a loss it does nothing.
  void heartbeat() noexcept;

  schedule::Scheduler& scheduler() { return scheduler_; }
  /// What its rounds work with; on the shard.
  const Services& services() const { return services_; }
  const schedule::Counters& counters() const { return scheduler_.counters(); }
  const RecorderCounters& recorder_counters() const { return recorder_.counters(); }
  const std::vector<std::unique_ptr<MonitorJob>>& jobs() const { return jobs_; }
  /// Timers and wake-ups that could not be set. Any thread.
  std::uint64_t lost_wakeups() const { return lost_wakeups_.load(std::memory_order_relaxed); }

  std::optional<nanoseconds> start(schedule::Job& job) override;
  void expire(schedule::Job& job) override;
  MonoTime next_exact(const schedule::Job& job, MonoTime after) override;

 private:
  void on_timer() noexcept;
  void arm_timer() noexcept;
  void on_flush_timer() noexcept;
  void wake_soon() noexcept;
  void note_lost_wakeup();
  nanoseconds clock_offset() const;
  void follow_clock();

  bool start_level(Round& round, int after_priority, bool all);
  void start_set(Round& round, SetPlan& plan);
  bool is_due(const SetPlan& plan, const MonitorJob& job, MonoTime now) const;
  bool is_needed(const SetPlan& plan, const MonitorJob& job, MonoTime now) const;
  void on_part(SetAttempt& attempt, std::string_view set, const Layout& layout) noexcept override;
  void on_finish(SetAttempt& attempt, model::ResultCode code, std::string_view message) noexcept override;
  void record(SetAttempt& attempt, model::ResultCode code, std::string_view message);
  void report(Round& round, SetPlan& plan, model::ResultCode code, std::string_view message);
  void keep_rows(Round& round, const SetPlan& plan, const Layout& layout, const RawTable& table, model::ResultCode code,
                 std::string_view message, Environment::Add how) noexcept;
  void level_may_be_done(Round& round);
  void level_done(Round& round);
  void end_round(Round& round);
  void give_up(SetAttempt& attempt);
  void cancel(SetAttempt& attempt);
  SetAttempt* overdue(const Round& round, MonoTime now) const;
  MonoTime next_deadline(const Round& round) const;
  void sweep_retired();

  // Sets that refer to results of earlier ones: fan_out.cc.
  bool is_critical(const MonitorJob& job) const { return job.spec().criticality == model::Criticality::kCritical; }
  Sequel& sequel_of(Round& round);
  void start_fan(Round& round, SetPlan& plan, const PerRow& per_row);
  void pump(FanOut& fan) noexcept;
  void begin_run(FanOut& fan, std::size_t run) noexcept;
  void run_ended(FanOut& fan, std::size_t run, model::ResultCode code, std::string_view message,
                 SetAttempt* attempt) noexcept;
  void record_runs(FanOut& fan) noexcept;
  void end_fan(FanOut& fan) noexcept;
  void drop_fans(Round& round);

  const Options options_;
  Services services_;
  memory::Account& account_;
  Recorder recorder_;
  schedule::Scheduler scheduler_;
  boost::asio::steady_timer timer_, flush_timer_;
  MonoTime armed_for_ = MonoTime::max();
  MonoTime flush_at_ = MonoTime::max();
  nanoseconds clock_offset_;  // time of day less monotonic time, as exact due times are armed by
  bool wake_posted_ = false;
  bool started_ = false;
  bool closing_ = false;
  Controls controls_;
  std::vector<std::unique_ptr<MonitorJob>> jobs_;
  MonitorJob* retired_ = nullptr;  // removed, but an attempt still hangs: list by next_retired
  RoundPool pool_;
  Layout::Scratch scratch_;  // for what later sets refer to
  std::atomic<std::uint64_t> lost_wakeups_{0};
};

}  // namespace holter::collect
