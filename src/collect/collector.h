#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "collect/attempt.h"
#include "collect/job.h"
#include "collect/recorder.h"
#include "memory/account.h"
#include "memory/arrow_pool.h"
#include "runtime/task_scope.h"
#include "schedule/scheduler.h"

namespace holter::collect {

/// A round in flight: the sets of one priority level run at once, then those of the next. A failed set of priority 0
/// ends the round (format section 3.2; any failed one, where a level has several).
struct Round;

/// All that a shard does: schedules its jobs, runs their rounds, records the results.
///
/// Threads: made anywhere, then used on its shard only; counters may be read by any thread.
/// Lifetime: close() before destruction; monitors, pool and account must outlive it.
class Collector final : public schedule::Runner {
 public:
  struct Options {
    schedule::Options schedule;
    Recorder::Options recorder;
    milliseconds flush_interval{1000};
  };
  Collector(Options options, Services services, memory::Account& account, arrow::MemoryPool& batch_pool,
            Recorder::Publish publish);
  ~Collector() override;

  /// Takes over a job; it runs from now on.
  void add(std::unique_ptr<MonitorJob> job);
  /// Starts the timers. Call once.
  void start();
  /// Ends rounds in flight (their results are not recorded), takes all jobs off and flushes what was recorded.
  boost::asio::awaitable<void> close();

  schedule::Scheduler& scheduler() { return scheduler_; }
  const schedule::Counters& counters() const { return scheduler_.counters(); }
  const RecorderCounters& recorder_counters() const { return recorder_.counters(); }
  const std::deque<std::unique_ptr<MonitorJob>>& jobs() const { return jobs_; }

  std::optional<nanoseconds> start(schedule::Job& job) override;
  void expire(schedule::Job& job) override;

 private:
  class SetAttempt;
  friend class SetAttempt;

  void on_timer();
  void arm_timer();
  void on_flush_timer();
  void wake_soon();

  Round* take_round();
  SetAttempt* take_attempt();
  bool start_level(Round& round, int after_priority, bool all);
  void start_set(Round& round, SetPlan& plan);
  bool is_due(const SetPlan& plan, const MonitorJob& job, MonoTime now) const;
  void on_finish(SetAttempt& attempt, model::ResultCode code, std::string_view message);
  void level_done(Round& round);
  void end_round(Round& round);
  MonoTime next_deadline(const Round& round) const;

  const Options options_;
  Services services_;
  memory::Account& account_;
  Recorder recorder_;
  schedule::Scheduler scheduler_;
  boost::asio::steady_timer timer_, flush_timer_;
  MonoTime armed_for_ = MonoTime::max();
  bool wake_posted_ = false;
  bool closing_ = false;
  std::deque<std::unique_ptr<MonitorJob>> jobs_;
  // Pools that grow to what the load needs, charged to the account; freed with the collector.
  std::deque<std::unique_ptr<Round>> rounds_;
  std::vector<Round*> free_rounds_;
  std::deque<std::unique_ptr<SetAttempt>> attempts_;
  std::vector<SetAttempt*> free_attempts_;
  std::vector<memory::Reservation> reservations_;
};

}  // namespace holter::collect
