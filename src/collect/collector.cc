#include "collect/collector.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/units.h"
#include "collect/fixed_text.h"
#include "net/http.h"
#include "net/resolver.h"

namespace holter::collect {

namespace asio = boost::asio;
using model::ResultCode;

namespace {

constexpr std::string_view kNoMemory = "cannot collect: the memory account for rounds is full";
constexpr std::string_view kNoHeap = "cannot collect: the allocator's cap is reached";

Recorder::Options recorder_options(const Collector::Options& options) {
  auto recorder = options.recorder;
  recorder.flush_interval = options.flush_interval;
  return recorder;
}

}  // namespace

Collector::Collector(Options options, Services services, memory::Account& account, arrow::MemoryPool& batch_pool,
                     Recorder::Publish publish)
    : options_(options),
      services_(services),
      account_(account.child("rounds")),
      recorder_(recorder_options(options), services.clock, batch_pool, account.child("series"), std::move(publish)),
      scheduler_(options.schedule, *this, account.child("schedule"), services.clock.mono()),
      timer_(services.executor),
      flush_timer_(services.executor),
      clock_offset_(clock_offset()),
      pool_(*this, services_, account_),
      scratch_(account_) {}

Collector::~Collector() {
  CHECK(jobs_.empty() && retired_ == nullptr);
}

// --- jobs ---

Status Collector::add(std::unique_ptr<MonitorJob>&& job) try {
  if (jobs_.size() == jobs_.capacity()) jobs_.reserve(std::max<std::size_t>(16, 2 * jobs_.size()));
  job->index_ = static_cast<std::uint32_t>(jobs_.size());
  jobs_.push_back(std::move(job));
  scheduler_.add(*jobs_.back(), services_.clock.mono(), services_.clock.wall());
  if (started_) arm_timer();
  return {};
} catch (const std::bad_alloc&) {
  return Error(ErrorCode::kResourceExhausted, "no memory");  // short: needs none itself
}

void Collector::remove(MonitorJob& job) {
  CHECK(!closing_ && job.index_ < jobs_.size() && jobs_[job.index_].get() == &job);
  if (job.phase() == schedule::Job::Phase::kInFlight) end_round(*job.round);
  scheduler_.remove(job);
  for (auto& plan : job.sets) recorder_.forget(plan.memory, job.series_);
  auto owned = std::move(jobs_[job.index_]);
  if (job.index_ + 1 < jobs_.size()) {
    jobs_[job.index_] = std::move(jobs_.back());
    jobs_[job.index_]->index_ = job.index_;
  }
  jobs_.pop_back();
  if (jobs_.size() * 4 < jobs_.capacity()) {
    try {
      jobs_.shrink_to_fit();
    } catch (const std::bad_alloc&) {  // it stays as large as it is
    }
  }
  if (owned->attempts_ == 0) return;
  owned->next_retired = std::exchange(retired_, owned.get());
  owned.release();
}

/// Destroys the removed jobs of which nothing is in use any more.
void Collector::sweep_retired() {
  for (MonitorJob** place = &retired_; *place != nullptr;) {
    MonitorJob* job = *place;
    if (job->attempts_ > 0) {
      place = &job->next_retired;
      continue;
    }
    *place = job->next_retired;
    delete job;
  }
}

void Collector::start() {
  started_ = true;
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
  services_.objects.clear();
  for (auto& job : jobs_) scheduler_.remove(*job);
  jobs_.clear();
  while (retired_ != nullptr) delete std::exchange(retired_, retired_->next_retired);
  recorder_.flush();
}

// --- pressure ---

void Collector::apply(const Controls& controls) {
  auto before = std::exchange(controls_, controls);
  if (closing_) return;
  recorder_.set_flush_early(controls.flush_early);
  scheduler_.set_in_flight_share(controls.in_flight_share);
  if (controls.stretch_low == before.stretch_low) return;
  scheduler_.set_stretch(controls.stretch_low);
  auto now = services_.clock.mono();
  for (auto& job : jobs_) scheduler_.restretch(*job, now);
  if (started_) arm_timer();
}

void Collector::shrink() {
  sweep_retired();
  pool_.shrink();
  for (auto& job : jobs_)
    for (auto& plan : job->sets) recorder_.shrink(plan.memory, job->series_);
  services_.objects.shrink();
  services_.http.shrink();
  services_.resolver.shrink();
}

// --- time ---

void Collector::note_lost_wakeup() {
  static log::Repeats repeats;
  auto lost = lost_wakeups_.fetch_add(1, std::memory_order_relaxed) + 1;
  try {
    if (repeats.count()) log::warning("collect", "{} wake-ups of a shard were lost: no memory", lost);
  } catch (const std::bad_alloc&) {  // the counter says it
  }
}

nanoseconds Collector::clock_offset() const {
  return services_.clock.wall_ns() - services_.clock.mono().time_since_epoch();
}

MonoTime Collector::next_exact(const schedule::Job& job, MonoTime after) {
  const auto& cron = *static_cast<const MonitorJob&>(job).monitor().cron;
  auto offset = clock_offset();
  auto next =
      cron.next(std::chrono::floor<milliseconds>(WallTime::clock::time_point(after.time_since_epoch() + offset)));
  constexpr auto kNever = std::chrono::hours(24 * 366 * 40);
  return next == WallTime::max() ? after + kNever : MonoTime(nanoseconds(next.time_since_epoch()) - offset);
}

/// When the time of day has moved against the monotonic one, so do exact due times.
void Collector::follow_clock() {
  constexpr auto kDrift = milliseconds(200), kLeap = milliseconds(10'000);
  auto moved = clock_offset() - clock_offset_;
  if (moved < kDrift && moved > -kDrift) return;
  clock_offset_ += moved;
  bool leapt = moved >= kLeap || moved <= -kLeap;  // what drifts only keeps its due time
  auto now = services_.clock.mono();
  for (auto& job : jobs_)
    if (job->spec().exact) scheduler_.retime(*job, leapt ? next_exact(*job, now) : job->due() - moved);
  if (started_) arm_timer();
}

void Collector::on_timer() noexcept {
  armed_for_ = MonoTime::max();
  if (closing_) return;
  scheduler_.advance(services_.clock.mono());
  arm_timer();
}

void Collector::arm_timer() noexcept {
  auto next = scheduler_.next();
  if (!next || *next >= armed_for_ || closing_) return;  // an earlier timer comes here again
  try {
    armed_for_ = MonoTime::max();
    timer_.expires_at(*next);
    timer_.async_wait([this](boost::system::error_code failure) {
      if (!failure) on_timer();
    });
    armed_for_ = *next;
  } catch (const std::bad_alloc&) {
    note_lost_wakeup();
  }
}

/// After results have come in: lets waiting jobs start, once for all results of this turn.
void Collector::wake_soon() noexcept {
  if (wake_posted_ || closing_) return;
  try {
    asio::post(services_.executor, [this] {
      wake_posted_ = false;
      pool_.sweep();
      if (closing_) return;
      sweep_retired();
      if (scheduler_.can_start()) scheduler_.advance(services_.clock.mono());
      arm_timer();
    });
    wake_posted_ = true;
  } catch (const std::bad_alloc&) {
    note_lost_wakeup();
  }
}

void Collector::on_flush_timer() noexcept {
  if (closing_) return;
  follow_clock();
  recorder_.flush_old();
  pool_.sweep();
  sweep_retired();
  flush_at_ = services_.clock.mono() + options_.flush_interval / 4;
  try {
    services_.objects.sweep();
  } catch (const std::bad_alloc&) {  // the figures stay as they were
  }
  try {
    flush_timer_.expires_at(flush_at_);
    flush_timer_.async_wait([this](boost::system::error_code failure) {
      if (!failure) on_flush_timer();
    });
  } catch (const std::bad_alloc&) {
    note_lost_wakeup();
  }
}

void Collector::heartbeat() noexcept {
  constexpr auto kOverdue = milliseconds(100);
  if (closing_ || !started_) return;
  auto now = services_.clock.mono();
  auto next = scheduler_.next();
  if (armed_for_ != MonoTime::max() && armed_for_ + kOverdue < now) armed_for_ = MonoTime::max();
  if ((next && *next + kOverdue < now) || scheduler_.can_start()) scheduler_.advance(now);
  arm_timer();
  if (flush_at_ + kOverdue < now) on_flush_timer();
}

// --- rounds ---

std::optional<nanoseconds> Collector::start(schedule::Job& scheduled) {
  auto& job = static_cast<MonitorJob&>(scheduled);
  Round* round = pool_.take_round(is_critical(job));
  if (round == nullptr) return std::nullopt;
  round->job = &job;
  round->began = services_.clock.mono();
  job.round = round;
  if (!start_level(*round, -1, false)) start_level(*round, -1, true);
  if (job.round == nullptr) return nanoseconds(0);  // it has ended already
  return next_deadline(*round) - services_.clock.mono();
}

bool Collector::is_due(const SetPlan& plan, const MonitorJob& job, MonoTime now) const {
  nanoseconds wanted = plan.def->interval;
  if (wanted.count() <= 0) wanted = job.spec().exact ? nanoseconds(0) : nanoseconds(job.monitor().interval);
  if (wanted <= job.spec().interval) return true;
  // Half an interval of the job's slack: a set that is due a moment later would else wait for a whole round.
  return plan.last_start == MonoTime{} || now - plan.last_start + job.spec().interval / 2 >= wanted;
}

/// A set that is not due, but referred to: is one due that refers to others?
bool Collector::is_needed(const SetPlan& plan, const MonitorJob& job, MonoTime now) const {
  if (!job.refers_) return false;
  bool referred_to = false, due = false;
  for (const auto& later : job.sets) {
    const auto* per_row = later.def->priority > plan.def->priority ? later.probe->per_row() : nullptr;
    if (per_row == nullptr) continue;
    referred_to = referred_to || per_row->refers_to(*plan.def);
    due = due || is_due(later, job, now);
  }
  return referred_to && due;
}

/// Starts the due sets of the lowest priority above `after`; with `all` those that are not due, too (a round in which
/// nothing is due asks its first level all the same, or the monitor's state would grow old). False when there are none.
bool Collector::start_level(Round& round, int after, bool all) {
  auto now = round.began;
  auto& sets = round.job->sets;
  round.priority = -1;
  round.starting = true;
  for (auto& plan : sets) {
    int priority = plan.def->priority;
    if (priority <= after || (round.priority >= 0 && priority != round.priority) ||
        (!all && !is_due(plan, *round.job, now) && !is_needed(plan, *round.job, now)))
      continue;
    round.priority = priority;
    plan.last_start = now;
    start_set(round, plan);
  }
  round.starting = false;
  if (round.priority < 0) return false;
  level_may_be_done(round);
  return true;
}

void Collector::start_set(Round& round, SetPlan& plan) {
  if (const auto* per_row = plan.probe->per_row()) return start_fan(round, plan, *per_row);
  MonitorJob& job = *round.job;
  SetAttempt* attempt = pool_.take_attempt(is_critical(job));
  // The first set of a round has its memory; a further one that finds none is reported, not forgotten.
  if (attempt == nullptr) return report(round, plan, ResultCode::kUnavailable, kNoMemory);
  attempt->begin(round, plan);
  ++job.attempts_;
  try {
    plan.probe->start(*attempt);
  } catch (const std::bad_alloc&) {  // then nothing has begun
    on_finish(*attempt, ResultCode::kUnavailable, kNoHeap);
  }
}

/// The result of a set that was not asked.
void Collector::report(Round& round, SetPlan& plan, ResultCode code, std::string_view message) {
  static const RawTable kEmpty;
  MonitorJob& job = *round.job;
  if (code == ResultCode::kUnavailable) scheduler_.note_refusal();
  recorder_.record({job.monitor().id, plan.def->name, *plan.layout, kEmpty, epoch_ms(services_.clock.wall()),
                    nanoseconds(0), code, message},
                   plan.memory, job.series_);
  keep_rows(round, plan, *plan.layout, kEmpty, code, message, Environment::Add::kReplace);
  round.failed = round.failed || plan.def->priority == 0;
}

void Collector::record(SetAttempt& attempt, ResultCode code, std::string_view message) {
  SetPlan& plan = *attempt.plan;
  if (code == ResultCode::kUnavailable) scheduler_.note_refusal();
  recorder_.record({attempt.job->monitor().id, plan.def->name, *plan.layout, attempt.table(), attempt.started_wall_ms,
                    services_.clock.mono() - attempt.started(), code, message},
                   plan.memory, attempt.job->series_);
  keep_rows(*attempt.round, plan, *plan.layout, attempt.table(), code, message, Environment::Add::kReplace);
}

void Collector::on_part(SetAttempt& attempt, std::string_view set, const Layout& layout) noexcept {
  // One that has lost its round has been reported as a timeout; what it finds now is too late.
  if (attempt.round != nullptr)
    recorder_.record_part({attempt.job->monitor().id,
                           set,
                           layout,
                           attempt.table(),
                           attempt.started_wall_ms,
                           nanoseconds(0),
                           ResultCode::kSuccess,
                           {}},
                          attempt.plan->memory, attempt.job->series_);
  attempt.table().reset(layout.columns());
}

void Collector::on_finish(SetAttempt& attempt, ResultCode code, std::string_view message) noexcept {
  Round* round = attempt.round;
  MonitorJob& job = *attempt.job;
  attempt.probe_state.reset();
  --job.attempts_;
  if (round == nullptr) {  // its round went on without it, or its job has been removed
    pool_.give_back(attempt);
    if (!pool_.swept() || (job.phase() == schedule::Job::Phase::kDetached && job.attempts_ == 0)) wake_soon();
    return;
  }
  if (FanOut* fan = attempt.fan) {
    if (attempt.run < FanOut::kAtOnce) round->bytes += attempt.held();  // more are not held at once
    auto run = attempt.run;
    give_up(attempt);
    run_ended(*fan, run, code, message, &attempt);
    pump(*fan);
    if (job.round == round && round->running != nullptr && !round->starting)
      scheduler_.set_deadline(job, next_deadline(*round));
  } else {
    const auto& def = *attempt.plan->def;
    FixedText<128> few;
    if (auto rows = attempt.table().rows(); code == ResultCode::kSuccess && rows < def.min_rows && !def.dynamic) {
      code = ResultCode::kFail;
      message = few.format(kFewRows, rows, def.min_rows);
    }
    record(attempt, code, message);
    round->bytes += attempt.held();
    round->failed = round->failed || (attempt.plan->def->priority == 0 && code != ResultCode::kSuccess);
    give_up(attempt);
    pool_.give_back(attempt);
  }
  level_may_be_done(*round);
}

/// Takes the attempt out of its round.
void Collector::give_up(SetAttempt& attempt) {
  for (SetAttempt** place = &attempt.round->running; *place != nullptr; place = &(*place)->next) {
    if (*place != &attempt) continue;
    *place = std::exchange(attempt.next, nullptr);
    break;
  }
  attempt.round = nullptr;
  attempt.fan = nullptr;
}

/// One that cannot be told hangs; it then ends by its own deadline.
void Collector::cancel(SetAttempt& attempt) {
  try {
    attempt.probe->cancel(attempt);
  } catch (const std::bad_alloc&) {
    note_lost_wakeup();
  }
}

void Collector::level_may_be_done(Round& round) {
  if (!round.level_runs() && !round.starting) level_done(round);
}

void Collector::level_done(Round& round) {
  if (closing_) return;
  if (round.failed || !start_level(round, round.priority, false)) {
    end_round(round);
    return;
  }
  // start_level() may have ended the round through sets that ended at once.
  if (round.job != nullptr && round.running != nullptr) scheduler_.set_deadline(*round.job, next_deadline(round));
}

/// Lets go of what still runs, frees the round and gives the job back to the scheduler.
void Collector::end_round(Round& round) {
  drop_fans(round);
  while (SetAttempt* attempt = round.running) {
    round.bytes += attempt->held();
    give_up(*attempt);
    cancel(*attempt);
  }
  MonitorJob& job = *round.job;
  auto before = job.round_bytes_.load(std::memory_order_relaxed);
  auto held = static_cast<std::uint32_t>(std::min<std::size_t>(round.bytes, UINT32_MAX));
  job.round_bytes_.store(std::max(held, before - before / 8), std::memory_order_relaxed);
  job.round = nullptr;
  pool_.give_back(round);
  scheduler_.finished(job, services_.clock.mono());
  wake_soon();
}

MonoTime Collector::next_deadline(const Round& round) const {
  auto earliest = MonoTime::max();
  for (const auto* attempt = round.running; attempt != nullptr; attempt = attempt->next)
    earliest = std::min(earliest, attempt->deadline() + attempt->probe->grace());
  return earliest;
}

/// An attempt whose time is up, or nullptr.
SetAttempt* Collector::overdue(const Round& round, MonoTime now) const {
  for (auto* attempt = round.running; attempt != nullptr; attempt = attempt->next)
    if (attempt->deadline() + attempt->probe->grace() <= now + schedule::Wheel::kTick) return attempt;
  return nullptr;
}

void Collector::expire(schedule::Job& scheduled) {
  auto& job = static_cast<MonitorJob&>(scheduled);
  Round& round = *job.round;
  auto now = services_.clock.mono();
  // Each turn takes one out of the round; cancelling one may end the round.
  while (SetAttempt* attempt = job.round == &round ? overdue(round, now) : nullptr) {
    auto use = attempt->uses;
    cancel(*attempt);
    // It has told how it ended; it may run already for the next level.
    if (attempt->round != &round || attempt->uses != use) continue;
    // It hangs: its result is a timeout, and it may keep its attempt until it lets go.
    const auto& probe = *attempt->probe;
    FixedText<512> text;
    auto why = text.format("no answer from {} within {}", probe.target(), format_duration(probe.timeout()));
    round.bytes += attempt->held();
    if (FanOut* fan = attempt->fan) {
      auto run = attempt->run;
      give_up(*attempt);
      run_ended(*fan, run, ResultCode::kTimeout, why, nullptr);
      pump(*fan);
    } else {
      record(*attempt, ResultCode::kTimeout, why);
      round.failed = round.failed || attempt->plan->def->priority == 0;
      give_up(*attempt);
    }
    level_may_be_done(round);
  }
  if (job.round == &round && job.phase() == schedule::Job::Phase::kInFlight)
    scheduler_.set_deadline(job, next_deadline(round));
}

}  // namespace holter::collect
