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
    : options_(options), runner_(runner), limit_(options.max_in_flight), wheel_(now), targets_(options.max_in_flight) {
  protocol_limits_.fill(options.max_in_flight);
  // Fixed at construction; a refusal here means a budget below the least that works, which start-up has checked.
  if (auto reserved = account.reserve(sizeof(*this) + targets_.bytes())) reserved_ = std::move(*reserved);
}

Scheduler::~Scheduler() {
  CHECK(counters_.jobs.load() == 0);
}

void Scheduler::add(Job& job, MonoTime now, WallTime wall) {
  CHECK(job.phase_ == Job::Phase::kDetached && job.spec_.interval.count() > 0 && job.spec_.protocol < kMaxProtocols);
  counters_.jobs.fetch_add(1, std::memory_order_relaxed);
  arm(job, now + until_first_due(job.spec_.hash, job.spec_.interval, wall));
}

void Scheduler::remove(Job& job) {
  CHECK(job.phase_ != Job::Phase::kDetached && job.phase_ != Job::Phase::kInFlight);
  take_from_queue(job);
  job.phase_ = Job::Phase::kDetached;
  job.next_due_.store(0, std::memory_order_relaxed);
  counters_.jobs.fetch_sub(1, std::memory_order_relaxed);
  targets_.drop_if_idle(job.spec_.target);
}

/// Takes the job off the wheel, the ready list or a gate.
void Scheduler::take_from_queue(Job& job) {
  if (job.phase_ == Job::Phase::kReady) --ready_count_;
  if (job.phase_ == Job::Phase::kWaiting) --parked_;
  job.unlink();
  note_waiting();
}

void Scheduler::set_paused(Job& job, bool paused, MonoTime now) {
  job.spec_.paused = paused;
  if (!paused || (job.phase_ != Job::Phase::kReady && job.phase_ != Job::Phase::kWaiting)) return;
  take_from_queue(job);
  became_due(job, now);
}

void Scheduler::arm(Job& job, MonoTime at) {
  job.phase_ = Job::Phase::kIdle;
  job.next_due_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  job.due_ = at;
  wheel_.insert(job, at);
}

void Scheduler::advance(MonoTime now) {
  List due;
  wheel_.advance(now, due);
  while (Link* link = due.pop_front()) {
    auto& job = static_cast<Job&>(static_cast<Timer&>(*link));
    if (job.phase_ == Job::Phase::kInFlight) {
      bump(counters_.timeouts);
      runner_.expire(job);
      CHECK(job.phase_ != Job::Phase::kInFlight || job.linked());  // else the round would hang for ever
    } else {
      became_due(job, now);
    }
  }
  dispatch(now);
}

void Scheduler::became_due(Job& job, MonoTime now) {
  if (!job.spec_.paused) {
    make_ready(job, false);
    return;
  }
  auto points = static_cast<std::uint64_t>((now - job.due_) / job.spec_.interval) + 1;
  bump(counters_.due, points);
  bump(counters_.paused, points);
  arm(job, job.due_ + job.spec_.interval * static_cast<std::int64_t>(points));
}

void Scheduler::make_ready(Job& job, bool in_front) {
  job.phase_ = Job::Phase::kReady;
  auto& list = ready_[static_cast<std::size_t>(job.spec_.criticality)];
  in_front ? list.push_front(job) : list.push_back(job);
  ++ready_count_;
  note_waiting();
}

Job* Scheduler::take_ready() {
  Job* best = nullptr;
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    auto* head = static_cast<Job*>(static_cast<Timer*>(ready_[i].front()));
    if (head == nullptr) continue;
    if (best == nullptr ||
        head->due_ - kHeadStart[i] < best->due_ - kHeadStart[static_cast<std::size_t>(best->spec_.criticality)])
      best = head;
  }
  if (best != nullptr) {
    best->unlink();
    --ready_count_;
  }
  return best;
}

void Scheduler::dispatch(MonoTime now) {
  while (can_start()) {
    Job& job = *take_ready();
    auto protocol = job.spec_.protocol;
    auto protocol_limit = protocol_limits_[protocol];
    // A job may have been woken by one gate and now wait at the other. The place that it was woken for stays free: pass
    // it on, or those behind it might never be woken.
    if (park(job, protocols_[protocol], protocol_limit)) {
      if (Gate* target = targets_.find(job.spec_.target)) wake_one(*target, options_.max_per_target);
      continue;
    }
    if (park(job, targets_.at(job.spec_.target), options_.max_per_target)) {
      wake_one(protocols_[protocol], protocol_limit);
      continue;
    }
    start(job, now);
  }
  note_waiting();
}

/// Lets the job wait at a full gate.
bool Scheduler::park(Job& job, Gate& gate, std::size_t limit) {
  if (!gate.full(limit)) return false;
  gate.wait(job);
  ++parked_;
  return true;
}

/// One place of the gate is free: whoever waited longest may try again.
void Scheduler::wake_one(Gate& gate, std::size_t limit) {
  if (gate.full(limit)) return;
  if (Job* job = gate.next()) {
    --parked_;
    make_ready(*job, true);
  }
}

/// Counts the due times that passed since the one at hand, and moves the job on to the last of them.
void Scheduler::skip_missed(Job& job, MonoTime now) {
  auto missed = (now - job.due_) / job.spec_.interval;
  if (missed <= 0) return;
  bump(counters_.due, static_cast<std::uint64_t>(missed));
  bump(counters_.skipped, static_cast<std::uint64_t>(missed));
  job.due_ += job.spec_.interval * missed;
}

void Scheduler::start(Job& job, MonoTime now) {
  skip_missed(job, now);
  bump(counters_.due);
  note_in_flight(1);
  ++protocols_[job.spec_.protocol].in_flight;
  ++targets_.at(job.spec_.target).in_flight;
  job.phase_ = Job::Phase::kInFlight;
  job.next_due_.store((job.due_ + job.spec_.interval).time_since_epoch().count(), std::memory_order_relaxed);
  auto lateness = now - job.due_;
  auto allowed = runner_.start(job);
  if (!allowed) {
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
  note_in_flight(-1);
  auto& protocol = protocols_[job.spec_.protocol];
  --protocol.in_flight;
  wake_one(protocol, protocol_limits_[job.spec_.protocol]);
  auto& target = targets_.at(job.spec_.target);
  --target.in_flight;
  wake_one(target, options_.max_per_target);
  targets_.drop_if_idle(job.spec_.target);
  skip_missed(job, now);
  arm(job, job.due_ + job.spec_.interval);
}

void Scheduler::note_in_flight(int change) {
  auto now = counters_.in_flight.load(std::memory_order_relaxed) + static_cast<std::size_t>(change);
  counters_.in_flight.store(now, std::memory_order_relaxed);
}

void Scheduler::note_waiting() {
  counters_.waiting.store(ready_count_ + parked_, std::memory_order_relaxed);
}

}  // namespace holter::schedule
