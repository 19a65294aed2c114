#include "alert/periodic_schedule.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/hash.h"

namespace holter::alert {
namespace {

std::size_t place_of(QuerySource source) {
  return static_cast<std::size_t>(source);
}

}  // namespace

void PeriodicSchedule::set(const std::vector<Task>& tasks, WallTime wall, MonoTime now) {
  std::set<std::string_view> named;
  for (const auto& task : tasks) named.insert(task.name);
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& entry = at->second;
    if (named.contains(at->first)) {
      ++at;
      continue;
    }
    forget_times(entry);
    entry.gone = true;
    at = entry.running ? std::next(at) : entries_.erase(at);
  }
  for (const auto& task : tasks) {
    CHECK(task.interval > milliseconds(0));
    auto [place, fresh] = entries_.try_emplace(task.name);
    auto& entry = place->second;
    const bool planned = !fresh && !entry.gone && due_.contains({entry.next, &entry});
    const bool same = planned && entry.task.interval == task.interval && entry.task.source == task.source;
    if (fresh || entry.gone || entry.task.meaning != task.meaning) entry.generation = ++generations_;
    if (!same) forget_times(entry);
    entry.gone = false;
    entry.task = task;
    if (!same) plan(entry, wall, now);
  }
}

/// The first slot of the rule that is not before now.
void PeriodicSchedule::plan(Entry& entry, WallTime wall, MonoTime now) {
  const auto interval = entry.task.interval.count();
  const auto phase = static_cast<std::int64_t>(stable_hash(entry.task.name) % static_cast<std::uint64_t>(interval));
  const auto past = ((epoch_ms(wall) - phase) % interval + interval) % interval;
  entry.next = now + milliseconds(past == 0 ? 0 : interval - past);
  due_.emplace(entry.next, &entry);
}

void PeriodicSchedule::forget_times(Entry& entry) {
  due_.erase({entry.next, &entry});
  if (entry.waiting) waiting_[place_of(entry.task.source)].erase({entry.planned, &entry});
  entry.waiting = false;
}

/// False when there is no memory to wait in.
bool PeriodicSchedule::wait(Entry& entry, MonoTime slot) {
  try {
    waiting_[place_of(entry.task.source)].emplace(slot, &entry);
  } catch (const std::bad_alloc&) {
    return false;
  }
  entry.waiting = true;
  entry.planned = slot;
  return true;
}

/// Puts what is due where it waits, and counts what comes too late for that.
void PeriodicSchedule::pass_slots(MonoTime now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    auto place = due_.extract(due_.begin());
    auto& entry = *place.value().second;
    // After a pause of the process only the newest slot counts.
    const auto behind = static_cast<std::uint64_t>((now - entry.next) / entry.task.interval);
    const auto slot = entry.next + behind * entry.task.interval;
    entry.skipped += behind;
    entry.next = slot + entry.task.interval;
    place.value().first = entry.next;
    due_.insert(std::move(place));
    if (entry.running || entry.waiting || !wait(entry, slot)) ++entry.skipped;
  }
}

std::optional<PeriodicSchedule::Run> PeriodicSchedule::begin(MonoTime now) {
  pass_slots(now);
  for (std::size_t source = 0; source < kSources; ++source) {
    auto& waiting = waiting_[source];
    if (waiting.empty() || running_[source] >= limits_.in_flight[source]) continue;
    auto& entry = *waiting.begin()->second;
    Run run{entry.task.name, entry.task.source, entry.planned, entry.generation};
    waiting.erase(waiting.begin());
    entry.waiting = false;
    entry.running = true;
    ++running_[source];
    return run;
  }
  return std::nullopt;
}

bool PeriodicSchedule::ended(const Run& run) {
  auto& running = running_[place_of(run.source)];
  CHECK(running > 0);
  --running;
  auto found = entries_.find(run.name);
  CHECK(found != entries_.end() && found->second.running);
  auto& entry = found->second;
  entry.running = false;
  if (entry.gone) {
    entries_.erase(found);
    return false;
  }
  return entry.generation == run.generation;
}

std::uint64_t PeriodicSchedule::skipped(std::string_view name) const {
  auto found = entries_.find(name);
  return found == entries_.end() ? 0 : found->second.skipped;
}

}  // namespace holter::alert
