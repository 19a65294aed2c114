#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alert/rule.h"
#include "base/clock.h"

namespace holter::alert {

/// When which periodic rule is run, and when not. Pure logic: time comes in as an argument, runs go out as values.
///
/// The first run of a rule is at a place in its interval that follows from its name, pinned to the time of day: load is
/// spread, and a restart does not move it. From then on a run is planned each interval. A rule that is due while as
/// many of its source run as may waits, first come first served; one whose next slot comes while it still waits or runs
/// misses that slot, which is counted. So no rule ever runs twice at once, and no more wait than there are rules.
///
/// Threads: one. A rule takes about kBytesOfRule and its name.
class PeriodicSchedule {
 public:
  static constexpr std::size_t kSources = 2;        ///< of QuerySource
  static constexpr std::size_t kBytesOfRule = 320;  ///< with its places in the indexes

  /// The most that run at once, by source.
  struct Limits {
    std::array<std::size_t, kSources> in_flight{2, 8};
  };
  struct Task {
    std::string name;
    milliseconds interval{0};
    QuerySource source = QuerySource::kHistorySql;
    std::uint64_t meaning = 0;  ///< meaning_of(rule): with another one, what runs is not an answer any more
  };
  /// A run that begins.
  struct Run {
    std::string name;
    QuerySource source = QuerySource::kHistorySql;
    MonoTime planned{};
    std::uint64_t generation = 0;
  };

  PeriodicSchedule() : PeriodicSchedule(Limits{}) {}
  explicit PeriodicSchedule(Limits limits) : limits_(limits) {}
  PeriodicSchedule(const PeriodicSchedule&) = delete;
  PeriodicSchedule& operator=(const PeriodicSchedule&) = delete;

  /// All rules from now on, in any order, each name once. One that is there keeps its times while its interval stays.
  /// After std::bad_alloc some may be followed already; the same call made again follows all.
  void set(const std::vector<Task>& tasks, WallTime wall, MonoTime now);
  /// A run that begins now, of those that are due the one that waited longest; it must be ended(). Nothing when none
  /// may begin: call until then. std::bad_alloc changes nothing.
  std::optional<Run> begin(MonoTime now);
  /// A run is over. False when its rule is gone or means something else by now: its answer is to be thrown away.
  bool ended(const Run& run);

  /// When begin() has something to do at the earliest, but for what waits for another run's end.
  MonoTime next() const { return due_.empty() ? MonoTime::max() : due_.begin()->first; }
  /// Slots that the rule has missed.
  std::uint64_t skipped(std::string_view name) const;
  std::size_t running() const { return running_[0] + running_[1]; }
  std::size_t waiting() const { return waiting_[0].size() + waiting_[1].size(); }
  std::size_t size() const { return due_.size(); }

 private:
  struct Entry {
    Task task;
    MonoTime next{};               ///< slot
    MonoTime planned{};            ///< of what waits
    std::uint64_t generation = 0;  ///< of what runs, or would
    std::uint64_t skipped = 0;
    bool running = false, waiting = false;
    bool gone = false;  ///< only its run is still there
  };
  using Place = std::pair<MonoTime, Entry*>;
  struct Earlier {  // of those at the same time, by name: pointers have no order that stays
    bool operator()(const Place& a, const Place& b) const {
      return a.first != b.first ? a.first < b.first : a.second->task.name < b.second->task.name;
    }
  };
  using Places = std::set<Place, Earlier>;

  void plan(Entry& entry, WallTime wall, MonoTime now);
  void forget_times(Entry& entry);
  bool wait(Entry& entry, MonoTime slot);
  void pass_slots(MonoTime now);

  const Limits limits_;
  std::map<std::string, Entry, std::less<>> entries_;
  Places due_;                            ///< by next slot: all rules
  std::array<Places, kSources> waiting_;  ///< by planned time
  std::array<std::size_t, kSources> running_{};
  std::uint64_t generations_ = 0;
};

}  // namespace holter::alert
