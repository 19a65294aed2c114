#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "collect/layout.h"
#include "collect/plugin.h"
#include "collect/recorder.h"
#include "model/monitor.h"
#include "schedule/job.h"

namespace holter::collect {

struct Round;

/// One set of a monitor, ready to run.
struct SetPlan {
  std::unique_ptr<Probe> probe;          ///< or a PerRow
  std::shared_ptr<const Layout> layout;  ///< of a PerRow: names and types of the fields only
  const model::SetDef* def = nullptr;    ///< the monitor's definition keeps it alive
  SetMemory memory;
  MonoTime last_start{};  ///< for sets with an interval of their own
};

/// A monitor as the shard knows it: scheduler's node and its sets in order of priority. Threads: its shard's, except
/// where said.
class MonitorJob final : public schedule::Job {
 public:
  MonitorJob(const model::Monitor& monitor, const Spec& spec, std::vector<SetPlan> plans);

  /// Not once the job has been removed: a job whose attempt hangs outlives its monitor.
  const model::Monitor& monitor() const { return monitor_; }
  /// Memory held, in bytes, without the monitor and without what a round in flight holds. Any thread.
  std::size_t bytes() const;
  /// The most that a recent round held while in flight: attempts, answers, tables; falls by an eighth with each
  /// smaller round. Any thread.
  std::size_t round_bytes() const { return round_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class Collector;
  friend class Recorder;

  // The order leaves no gaps: there are 100,000 of these, and malloc has a size class at 128 bytes.
  bool refers_ = false;         // a set refers to results of another
  std::uint16_t attempts_ = 0;  // that hold a plan of this job
  std::uint32_t index_ = 0;     // in the collector's list
  const model::Monitor& monitor_;

 public:
  std::vector<SetPlan> sets;
  union {
    Round* round = nullptr;    ///< while in flight
    MonitorJob* next_retired;  ///< once removed
  };

 private:
  std::atomic<std::uint32_t> series_{0};  // labelled and text series known, all sets
  std::atomic<std::uint32_t> round_bytes_{0};
};

/// Makes jobs from monitors; shares layouts between monitors of one definition. Threads: one.
class JobFactory {
 public:
  JobFactory();
  /// `sets` are the monitor's sets with parameters filled in. The monitor must outlive the job. Errors:
  /// kInvalidArgument, naming set, key and value.
  Result<std::unique_ptr<MonitorJob>> make(const model::Monitor& monitor, std::span<const model::ResolvedSet> sets);

 private:
  static constexpr std::size_t kMostVariants = 16;  ///< of a set; monitors beyond have a layout of their own
  /// A layout and the texts that it was made from; its aliases are in it.
  struct Variant {
    std::vector<model::Calculate> calculates;
    std::vector<model::UnitRule> units;
    std::vector<std::string> filters;
    std::shared_ptr<const Layout> layout;
  };
  Result<std::shared_ptr<const Layout>> layout_of(const model::ResolvedSet& set);
  Result<SetPlan> plan_of(const model::Monitor& monitor, const model::ResolvedSet& set, const PluginInfo& plugin);

  std::vector<const PluginInfo*> plugins_;  ///< index: Job::Spec::protocol
  boost::unordered_flat_map<const model::SetDef*, std::vector<Variant>> layouts_;
  boost::unordered_flat_map<const model::SetDef*, SharedParts> of_sets_;
  SharedParts of_monitor_{SharedParts::Counts::kFirst};  // of the one that is being made
};

}  // namespace holter::collect
