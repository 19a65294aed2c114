#include "collect/collector.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::collect {

namespace asio = boost::asio;
using model::ResultCode;

struct Round {
  MonitorJob* job = nullptr;
  int priority = -1;      ///< of the level that runs
  bool starting = false;  ///< a set may end before its sisters have begun
  bool failed = false;    ///< a set of priority 0 failed
  std::vector<Attempt*> running;
};

/// An attempt of a set within a round. One that hangs beyond its deadline loses its round, and is used again only when
/// its probe lets go of it.
class Collector::SetAttempt final : public Attempt {
 public:
  /// What an attempt and its share of a round hold, charged when the pool grows.
  static constexpr std::size_t kBytes = 512 + RawTable::kFreeBytes;

  explicit SetAttempt(Collector& collector) : collector_(collector) {
    static_assert(sizeof(SetAttempt) <= 512);
    table_.charge_to(collector.account_);
  }

  void begin(Round& round, SetPlan& plan) {
    services_ = &collector_.services_;
    started_ = services_->clock.mono();
    deadline_ = started_ + plan.probe->timeout();
    started_wall_ms = epoch_ms(services_->clock.wall());
    table_.reset(plan.layout->columns());
    this->round = &round;
    this->plan = &plan;
  }
  void finish(ResultCode code, std::string_view message) override { collector_.on_finish(*this, code, message); }

  Round* round = nullptr;  ///< null: given up
  SetPlan* plan = nullptr;
  std::int64_t started_wall_ms = 0;

 private:
  Collector& collector_;
};

Collector::Collector(Options options, Services services, memory::Account& account, arrow::MemoryPool& batch_pool,
                     Recorder::Publish publish)
    : options_(options),
      services_(services),
      account_(account.child("rounds")),
      recorder_(options.recorder, services.clock, batch_pool, account.child("series"), std::move(publish)),
      scheduler_(options.schedule, *this, account.child("schedule"), services.clock.mono()),
      timer_(services.executor),
      flush_timer_(services.executor) {}

Collector::~Collector() {
  CHECK(jobs_.empty());
}

void Collector::add(std::unique_ptr<MonitorJob> job) {
  scheduler_.add(*job, services_.clock.mono(), services_.clock.wall());
  jobs_.push_back(std::move(job));
}

void Collector::start() {
  arm_timer();
  on_flush_timer();
}

asio::awaitable<void> Collector::close() {
  closing_ = true;
  timer_.cancel();
  flush_timer_.cancel();
  for (auto& job : jobs_)
    if (job->phase() == schedule::Job::Phase::kInFlight) end_round(*job->round);
  co_await services_.scope.close();
  for (auto& job : jobs_) scheduler_.remove(*job);
  jobs_.clear();
  recorder_.flush();
}

// --- time ---

void Collector::on_timer() {
  armed_for_ = MonoTime::max();
  if (closing_) return;
  scheduler_.advance(services_.clock.mono());
  arm_timer();
}

void Collector::arm_timer() {
  auto next = scheduler_.next();
  if (!next || *next >= armed_for_) return;  // an earlier timer comes here again
  armed_for_ = *next;
  timer_.expires_at(*next);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) on_timer();
  });
}

/// After results have come in: lets waiting jobs start, once for all results of this turn.
void Collector::wake_soon() {
  if (wake_posted_ || closing_) return;
  wake_posted_ = true;
  asio::post(services_.executor, [this] {
    wake_posted_ = false;
    if (closing_) return;
    if (scheduler_.can_start()) scheduler_.advance(services_.clock.mono());
    arm_timer();
  });
}

void Collector::on_flush_timer() {
  if (closing_) return;
  recorder_.flush();
  flush_timer_.expires_after(options_.flush_interval);
  flush_timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) on_flush_timer();
  });
}

// --- pools ---

Round* Collector::take_round() {
  if (free_rounds_.empty()) {
    rounds_.push_back(std::make_unique<Round>());
    return rounds_.back().get();
  }
  Round* round = free_rounds_.back();
  free_rounds_.pop_back();
  return round;
}

/// nullptr when memory is refused.
Collector::SetAttempt* Collector::take_attempt() {
  constexpr std::size_t kGrow = 32;
  if (free_attempts_.empty()) {
    auto reserved = account_.reserve(kGrow * SetAttempt::kBytes);
    if (!reserved) return nullptr;
    reservations_.push_back(std::move(*reserved));
    for (std::size_t i = 0; i < kGrow; ++i) {
      attempts_.push_back(std::make_unique<SetAttempt>(*this));
      free_attempts_.push_back(attempts_.back().get());
    }
  }
  SetAttempt* attempt = free_attempts_.back();
  free_attempts_.pop_back();
  return attempt;
}

// --- rounds ---

std::optional<nanoseconds> Collector::start(schedule::Job& scheduled) {
  auto& job = static_cast<MonitorJob&>(scheduled);
  if (free_attempts_.empty()) {  // know before anything has begun whether there is memory for it
    SetAttempt* attempt = take_attempt();
    if (attempt == nullptr) return std::nullopt;
    free_attempts_.push_back(attempt);
  }
  Round& round = *take_round();
  round.job = &job;
  round.priority = -1;
  round.failed = false;
  job.round = &round;
  if (!start_level(round, -1, false)) start_level(round, -1, true);
  if (job.round == nullptr) return nanoseconds(0);  // it has ended already
  return next_deadline(round) - services_.clock.mono();
}

bool Collector::is_due(const SetPlan& plan, const MonitorJob& job, MonoTime now) const {
  if (plan.def->interval <= job.spec().interval) return true;
  // Half a monitor interval of slack: a set that is due a moment later would else wait for a whole round.
  return plan.last_start == MonoTime{} || now - plan.last_start + job.spec().interval / 2 >= plan.def->interval;
}

/// Starts the due sets of the lowest priority above `after`; with `all` those that are not due, too (a round in which
/// nothing is due asks its first level all the same, or the monitor's state would grow old). False when there are none.
bool Collector::start_level(Round& round, int after, bool all) {
  auto now = services_.clock.mono();
  auto& sets = round.job->sets;
  round.priority = -1;
  round.starting = true;
  for (auto& plan : sets) {
    int priority = plan.def->priority;
    if (priority <= after || (round.priority >= 0 && priority != round.priority) ||
        (!all && !is_due(plan, *round.job, now)))
      continue;
    round.priority = priority;
    plan.last_start = now;
    start_set(round, plan);
  }
  round.starting = false;
  if (round.priority < 0) return false;
  if (round.running.empty()) level_done(round);
  return true;
}

void Collector::start_set(Round& round, SetPlan& plan) {
  SetAttempt* attempt = take_attempt();
  if (attempt == nullptr) {
    // The first set of a round has its memory; a further one that finds none is reported, not forgotten.
    static const RawTable kEmpty;
    recorder_.record(round.job->monitor().id, plan.def->name, *plan.layout, plan.memory, kEmpty,
                     epoch_ms(services_.clock.wall()), nanoseconds(0), ResultCode::kUnavailable,
                     "cannot collect: the memory account for rounds is full");
    round.failed = round.failed || plan.def->priority == 0;
    return;
  }
  attempt->begin(round, plan);
  round.running.push_back(attempt);
  plan.probe->start(*attempt);
}

void Collector::on_finish(SetAttempt& attempt, ResultCode code, std::string_view message) {
  Round* round = attempt.round;
  attempt.probe_state.reset();
  free_attempts_.push_back(&attempt);
  if (round == nullptr) return;  // its round went on without it
  attempt.round = nullptr;
  SetPlan& plan = *attempt.plan;
  recorder_.record(round->job->monitor().id, plan.def->name, *plan.layout, plan.memory, attempt.table(),
                   attempt.started_wall_ms, services_.clock.mono() - attempt.started(), code, message);
  std::erase(round->running, &attempt);
  round->failed = round->failed || (plan.def->priority == 0 && code != ResultCode::kSuccess);
  if (round->running.empty() && !round->starting) level_done(*round);
}

void Collector::level_done(Round& round) {
  if (closing_) return;
  if (round.failed || !start_level(round, round.priority, false)) {
    end_round(round);
    return;
  }
  // start_level() may have ended the round through sets that ended at once.
  if (round.job != nullptr && !round.running.empty()) scheduler_.set_deadline(*round.job, next_deadline(round));
}

/// Lets go of what still runs, frees the round and gives the job back to the scheduler.
void Collector::end_round(Round& round) {
  for (Attempt* running : std::exchange(round.running, {})) {
    auto* attempt = static_cast<SetAttempt*>(running);
    attempt->round = nullptr;
    attempt->plan->probe->cancel(*attempt);
  }
  MonitorJob& job = *std::exchange(round.job, nullptr);
  job.round = nullptr;
  free_rounds_.push_back(&round);
  scheduler_.finished(job, services_.clock.mono());
  wake_soon();
}

MonoTime Collector::next_deadline(const Round& round) const {
  auto earliest = MonoTime::max();
  for (const Attempt* attempt : round.running) {
    auto grace = static_cast<const SetAttempt*>(attempt)->plan->probe->grace();
    earliest = std::min(earliest, attempt->deadline() + grace);
  }
  return earliest;
}

void Collector::expire(schedule::Job& scheduled) {
  auto& job = static_cast<MonitorJob&>(scheduled);
  Round& round = *job.round;
  auto now = services_.clock.mono();
  auto running = round.running;
  for (Attempt* overdue : running) {
    auto* attempt = static_cast<SetAttempt*>(overdue);
    // Cancelling one may have ended the round.
    if (job.round != &round || attempt->round != &round) continue;
    auto timeout = attempt->plan->probe->timeout();
    if (attempt->deadline() + attempt->plan->probe->grace() > now + schedule::Wheel::kTick) continue;
    attempt->plan->probe->cancel(*attempt);
    if (attempt->round != &round) continue;  // it has told how it ended
    // It hangs: its result is a timeout, and it may keep its attempt until it lets go.
    SetPlan& plan = *attempt->plan;
    recorder_.record(job.monitor().id, plan.def->name, *plan.layout, plan.memory, attempt->table(),
                     attempt->started_wall_ms, now - attempt->started(), ResultCode::kTimeout,
                     fmt::format("no answer from {} within {}", plan.probe->target(), format_duration(timeout)));
    attempt->round = nullptr;
    std::erase(round.running, attempt);
    round.failed = round.failed || plan.def->priority == 0;
    if (round.running.empty()) level_done(round);
  }
  if (job.round == &round && job.phase() == schedule::Job::Phase::kInFlight)
    scheduler_.set_deadline(job, next_deadline(round));
}

}  // namespace holter::collect
