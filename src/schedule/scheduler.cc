#include "schedule/scheduler.h"

#include <algorithm>

#include "base/hash.h"

namespace holter::schedule {
namespace {

using Counter = std::atomic<std::uint64_t>;

// The shard is the only writer of its counters: no locked addition is needed.
void bump(Counter& counter, std::uint64_t by = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

nanoseconds late_threshold(nanoseconds interval) {
  return std::clamp<nanoseconds>(interval / 10, milliseconds(20), seconds(1));
}

}  // namespace

nanoseconds until_first_due(std::uint64_t hash, nanoseconds interval, WallTime now) {
  auto length = static_cast<std::uint64_t>(interval.count());
  // Neighbours share a wake-up: phases are multiples of a twentieth of short intervals (20 ms at most), and of a
  // six-hundredth of long ones (100 ms at most).
  auto quantum = std::max({std::min<std::uint64_t>(length / 20, 20'000'000),
                           std::min<std::uint64_t>(length / 600, 100'000'000), std::uint64_t{1}});
  // Multiply and shift rather than modulo: uniform over the interval, and independent of the low bits that pick a
  // shard.
  auto phase =
      static_cast<std::uint64_t>((static_cast<unsigned __int128>(mix64(hash)) * length) >> 64) / quantum * quantum;
  auto wall = static_cast<std::uint64_t>(nanoseconds(now.time_since_epoch()).count());
  auto in_interval = wall % length;
  return nanoseconds(phase >= in_interval ? phase - in_interval : phase + length - in_interval);
}

Scheduler::Scheduler(Options options, Runner& runner, memory::Account& account, MonoTime now)
    : options_(options),
      runner_(runner),
      limit_(options.min_in_flight, options.max_in_flight, now),
      wheel_(now),
      targets_(options.max_in_flight * kPlace) {
  protocol_limits_.fill(options.max_in_flight * kPlace);
  counters_.in_flight_limit.store(limit_.limit(), std::memory_order_relaxed);
  // Fixed at construction; a refusal here means a budget below the least that works, which start-up has checked.
  if (auto reserved = account.reserve(sizeof(*this) + targets_.bytes())) reserved_ = std::move(*reserved);
}

Scheduler::~Scheduler() {
  CHECK(counters_.jobs.load() == 0);
}

void Scheduler::add(Job& job, MonoTime now, WallTime wall) {
  const auto& spec = job.spec_;
  CHECK(job.phase_ == Job::Phase::kDetached && spec.interval.count() > 0 && spec.protocol < kMaxProtocols);
  CHECK(spec.weight > 0);
  counters_.jobs.fetch_add(1, std::memory_order_relaxed);
  if (job.critical()) critical_weight_ += spec.weight;
  if (stretches(job)) ++low_jobs_;
  arm(job, spec.exact ? runner_.next_exact(job, now) : now + until_first_due(spec.hash, spec.interval, wall));
  note_gauges();
}

void Scheduler::remove(Job& job) {
  CHECK(job.phase_ != Job::Phase::kDetached && job.phase_ != Job::Phase::kInFlight);
  take_from_queue(job);
  if (job.critical()) critical_weight_ -= job.spec_.weight;
  if (stretches(job)) --low_jobs_;
  job.phase_ = Job::Phase::kDetached;
  job.next_due_.store(0, std::memory_order_relaxed);
  counters_.jobs.fetch_sub(1, std::memory_order_relaxed);
  targets_.drop_if_idle(job.spec_.target);
  note_gauges();
}

/// Takes the job off the wheel, the queue or a gate.
void Scheduler::take_from_queue(Job& job) {
  if (job.phase_ == Job::Phase::kReady) --ready_count_;
  if (job.phase_ == Job::Phase::kWaiting) --parked_;
  if (job.phase_ == Job::Phase::kDeferred) --deferred_;
  job.unlink();
  note_gauges();
}

void Scheduler::set_paused(Job& job, bool paused, MonoTime now) {
  job.spec_.paused = paused;
  bool waits =
      job.phase_ == Job::Phase::kReady || job.phase_ == Job::Phase::kWaiting || job.phase_ == Job::Phase::kDeferred;
  if (!paused || !waits) return;
  take_from_queue(job);
  became_due(job, now);
}

void Scheduler::arm(Job& job, MonoTime at) {
  job.phase_ = Job::Phase::kIdle;
  job.next_due_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  job.due_ = at;
  wheel_.insert(job, at);
}

// --- pressure ---

bool Scheduler::stretches(const Job& job) const {
  return job.spec_.criticality == model::Criticality::kLow && !job.spec_.exact;
}

nanoseconds Scheduler::interval_of(const Job& job) const {
  return stretches(job) ? job.spec_.interval * stretch_ : job.spec_.interval;
}

/// The due time behind the job's present one. In a stretched schedule those whose number modulo the factor is the job's
/// own: so the first may come sooner than a whole stretched interval.
MonoTime Scheduler::following(const Job& job) const {
  if (job.spec_.exact) return runner_.next_exact(job, job.due_ + kClockSlack);
  if (!stretches(job) || stretch_ == 1) return job.due_ + job.spec_.interval;
  auto number = static_cast<std::uint64_t>(job.due_.time_since_epoch() / job.spec_.interval);
  auto own = mix64(job.spec_.hash + 1) % stretch_;
  auto steps = (own + stretch_ - number % stretch_) % stretch_;
  return job.due_ + job.spec_.interval * static_cast<std::int64_t>(steps == 0 ? stretch_ : steps);
}

void Scheduler::set_stretch(unsigned factor) {
  stretch_ = std::max(factor, 1U);
  note_gauges();
}

void Scheduler::restretch(Job& job, MonoTime now) {
  if (!stretches(job) || job.phase_ != Job::Phase::kIdle || job.due_ <= now) return;
  auto interval = interval_of(job);
  auto whole = (job.due_ - now - nanoseconds(1)) / interval;
  if (whole <= 0) return;
  Wheel::remove(job);
  arm(job, job.due_ - interval * whole);
}

void Scheduler::retime(Job& job, MonoTime at) {
  if (!job.spec_.exact || job.phase_ != Job::Phase::kIdle) return;
  Wheel::remove(job);
  arm(job, at);
}

void Scheduler::set_in_flight_share(double share) {
  limit_.set_share(share);
  note_gauges();
}

void Scheduler::note_refusal() {
  bump(counters_.refused);
  limit_.note_refusal();
}

// --- due jobs ---

void Scheduler::advance(MonoTime now) {
  limit_.update(now);
  List due;
  wheel_.advance(now, due);
  while (Link* link = due.pop_front()) {
    auto& job = static_cast<Job&>(static_cast<Timer&>(*link));
    if (job.phase_ == Job::Phase::kInFlight) {
      bump(counters_.timeouts);
      runner_.expire(job);
      CHECK(job.phase_ != Job::Phase::kInFlight || job.linked());  // else the round would hang for ever
      continue;
    }
    if (job.phase_ == Job::Phase::kDeferred)
      --deferred_;
    else
      limit_.note_delay(now - job.due_);
    became_due(job, now);
  }
  dispatch(now);
}

void Scheduler::became_due(Job& job, MonoTime now) {
  if (!job.spec_.paused) {
    make_ready(job, now);
    return;
  }
  auto more = pass_missed(job, now);
  bump(counters_.due, static_cast<std::uint64_t>(more) + 1);
  bump(counters_.paused, static_cast<std::uint64_t>(more) + 1);
  arm(job, following(job));
}

/// The time by which due jobs are ordered: the earlier, the more urgent.
MonoTime Scheduler::rank(const Job& job) {
  return job.due_ - kHeadStart[static_cast<std::size_t>(job.spec_.criticality)];
}

/// Puts a due job into the queue, or back into the wheel when the queue is full of more urgent ones.
void Scheduler::make_ready(Job& job, MonoTime now) {
  while (ready_count_ >= options_.queue_capacity) {
    // What has a place does not count as waiting.
    if (can_start()) {
      dispatch(now);
      continue;
    }
    Job* last = least_urgent();
    if (!job.critical() && (last == nullptr || rank(job) >= rank(*last))) {
      defer(job, now);
      return;
    }
    if (last == nullptr) break;  // critical jobs alone: they stay
    last->unlink();
    --ready_count_;
    defer(*last, now);
  }
  insert_ready(job);
}

void Scheduler::insert_ready(Job& job) {
  job.phase_ = Job::Phase::kReady;
  ++ready_count_;
  auto& list = ready_[static_cast<std::size_t>(job.spec_.criticality)];
  auto due_of = [](const Link* link) { return static_cast<const Job*>(static_cast<const Timer*>(link))->due_; };
  // Nearly always the newest; else one that was deferred, or woken at a gate and among the oldest.
  if (list.empty() || due_of(list.back()) <= job.due_) return list.push_back(job);
  if (job.due_ <= due_of(list.front())) return list.push_front(job);
  Link* place = list.back();
  while (due_of(place) > job.due_) place = list.before(*place);
  list.insert_after(*place, job);
}

/// The job of the queue that can best be sent back; nullptr when only critical ones wait.
Job* Scheduler::least_urgent() const {
  Job* worst = nullptr;
  for (auto criticality : {model::Criticality::kNormal, model::Criticality::kLow}) {
    auto* last = static_cast<Job*>(static_cast<Timer*>(ready_[static_cast<std::size_t>(criticality)].back()));
    if (last != nullptr && (worst == nullptr || rank(*last) > rank(*worst))) worst = last;
  }
  return worst;
}

/// Back to the wheel for 50 to 100 ms; for longer the more there are, so that asking again stays cheap.
void Scheduler::defer(Job& job, MonoTime now) {
  bump(counters_.deferred);
  auto jitter = mix64(counters_.deferred.load(std::memory_order_relaxed)) % 50'000'000;
  auto crowd = static_cast<std::int64_t>(deferred_ / (4 * std::max<std::size_t>(options_.queue_capacity, 1)));
  auto delay = (milliseconds(50) + nanoseconds(jitter)) * std::min<std::int64_t>(1 + crowd, 10);
  job.phase_ = Job::Phase::kDeferred;
  ++deferred_;
  wheel_.insert(job, now + delay);
}

/// The job whose turn it is; nullptr when none is ready.
const Job* Scheduler::head() const {
  const Job* best = nullptr;
  for (const auto& list : ready_) {
    const auto* first = static_cast<const Job*>(static_cast<const Timer*>(list.front()));
    if (first == nullptr) continue;
    if (first->critical() && critical_used_ + first->spec_.weight <= places() * 3 / 4) return first;
    if (best == nullptr || rank(*first) < rank(*best)) best = first;
  }
  return best;
}

bool Scheduler::fits(const Job& job) const {
  auto wanted = used_ + job.spec_.weight;
  // An eighth is kept for critical jobs, as far as there are so many and they do not use it already.
  auto kept = std::min(limit_.limit() / 8 * kPlace, critical_weight_);
  // Their own places are theirs also where the limit has fallen below what is in flight already: that may take the
  // timeouts of all of it to come back under the limit.
  if (job.critical() && critical_used_ + job.spec_.weight <= kept) return true;
  if (!job.critical() && kept > critical_used_) wanted += kept - critical_used_;
  return wanted <= places();
}

void Scheduler::dispatch(MonoTime now) {
  while (const Job* first = head()) {
    if (!fits(*first)) {
      limit_.note_full(now - first->due_);
      break;
    }
    Job& job = const_cast<Job&>(*first);
    job.unlink();
    --ready_count_;
    auto protocol = job.spec_.protocol;
    auto protocol_limit = protocol_limits_[protocol];
    // A job may have been woken by one gate and now wait at the other. The place that it was woken for stays free: pass
    // it on, or those behind it might never be woken.
    if (park(job, protocols_[protocol], protocol_limit, now)) {
      if (Gate* target = targets_.find(job.spec_.target)) wake_one(*target, options_.max_per_target);
      continue;
    }
    Gate* target = targets_.at(job.spec_.target);
    if (target == nullptr) {
      skip(job, now);
      wake_one(protocols_[protocol], protocol_limit);
    } else if (park(job, *target, options_.max_per_target, now)) {
      wake_one(protocols_[protocol], protocol_limit);
    } else {
      start(job, *target, now);
    }
  }
  note_gauges();
}

/// Lets the job wait at a full gate, or in the wheel when too many wait at gates and those here are more urgent.
bool Scheduler::park(Job& job, Gate& gate, std::size_t limit, MonoTime now) {
  if (!gate.full(limit)) return false;
  Job* last = gate.last();
  if (parked_ >= options_.queue_capacity && last != nullptr) {
    if (!job.critical() && rank(job) >= rank(*last)) {
      defer(job, now);
      return true;
    }
    last->unlink();
    --parked_;
    defer(*last, now);
  }
  gate.wait(job);
  ++parked_;
  return true;
}

/// One place of the gate is free: whoever waited longest may try again.
void Scheduler::wake_one(Gate& gate, std::size_t limit) {
  if (gate.full(limit)) return;
  if (Job* job = gate.next()) {
    --parked_;
    insert_ready(*job);
  }
}

/// Moves the job on to the last due time that has passed since the one at hand; returns how many have.
std::int64_t Scheduler::pass_missed(Job& job, MonoTime now) const {
  if (!job.spec_.exact) {
    auto interval = interval_of(job);
    auto missed = std::max<std::int64_t>((now - job.due_) / interval, 0);
    job.due_ += interval * missed;
    return missed;
  }
  std::int64_t missed = 0;
  for (auto next = following(job); next <= now && missed < kMostCounted; next = following(job)) {
    job.due_ = next;
    ++missed;
  }
  if (missed == kMostCounted) job.due_ = now;
  return missed;
}

/// Counts the due times that passed since the one at hand.
void Scheduler::skip_missed(Job& job, MonoTime now) {
  auto missed = pass_missed(job, now);
  bump(counters_.due, static_cast<std::uint64_t>(missed));
  bump(counters_.skipped, static_cast<std::uint64_t>(missed));
}

/// The due time passes without a round, for want of memory.
void Scheduler::skip(Job& job, MonoTime now) {
  note_refusal();
  skip_missed(job, now);
  bump(counters_.due);
  bump(counters_.skipped);
  arm(job, following(job));
}

void Scheduler::start(Job& job, Gate& target, MonoTime now) {
  auto lateness = now - job.due_;
  skip_missed(job, now);
  bump(counters_.due);
  note_in_flight(job, 1);
  ++protocols_[job.spec_.protocol].in_flight;
  ++target.in_flight;
  job.phase_ = Job::Phase::kInFlight;
  job.next_due_.store(following(job).time_since_epoch().count(), std::memory_order_relaxed);
  auto allowed = runner_.start(job);
  if (!allowed) {
    note_refusal();
    bump(counters_.skipped);
    finished(job, now);
    return;
  }
  bump(counters_.run);
  counters_.lateness.record(lateness);
  if (lateness > late_threshold(job.spec_.interval)) bump(counters_.late);
  // A round that has ended within start() is back on the wheel already.
  if (job.phase_ == Job::Phase::kInFlight && !job.linked()) wheel_.insert(job, now + *allowed);
}

void Scheduler::set_deadline(Job& job, MonoTime at) {
  CHECK(job.phase_ == Job::Phase::kInFlight);
  if (job.linked()) Wheel::remove(job);
  wheel_.insert(job, at);
}

void Scheduler::finished(Job& job, MonoTime now) {
  CHECK(job.phase_ == Job::Phase::kInFlight);
  if (job.linked()) Wheel::remove(job);
  note_in_flight(job, -1);
  auto& protocol = protocols_[job.spec_.protocol];
  --protocol.in_flight;
  wake_one(protocol, protocol_limits_[job.spec_.protocol]);
  auto& target = *targets_.find(job.spec_.target);
  --target.in_flight;
  wake_one(target, options_.max_per_target);
  targets_.drop_if_idle(job.spec_.target);
  skip_missed(job, now);
  arm(job, following(job));
}

void Scheduler::note_in_flight(const Job& job, int change) {
  auto weight = static_cast<std::size_t>(job.spec_.weight);
  used_ = change > 0 ? used_ + weight : used_ - weight;
  if (job.critical()) critical_used_ = change > 0 ? critical_used_ + weight : critical_used_ - weight;
  auto now = counters_.in_flight.load(std::memory_order_relaxed) + static_cast<std::size_t>(change);
  counters_.in_flight.store(now, std::memory_order_relaxed);
}

void Scheduler::note_gauges() {
  counters_.waiting.store(ready_count_ + parked_, std::memory_order_relaxed);
  counters_.waiting_in_wheel.store(deferred_, std::memory_order_relaxed);
  counters_.in_flight_limit.store(limit_.limit(), std::memory_order_relaxed);
  counters_.stretched.store(stretch_ > 1 ? low_jobs_ : 0, std::memory_order_relaxed);
}

}  // namespace holter::schedule
