#pragma once

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
  std::unique_ptr<Probe> probe;
  std::shared_ptr<const Layout> layout;
  const model::SetDef* def = nullptr;  ///< the monitor's definition keeps it alive
  SetMemory memory;
  MonoTime last_start{};  ///< for sets with an interval of their own
};

/// A monitor as the shard knows it: scheduler's node and its sets in order of priority.
class MonitorJob final : public schedule::Job {
 public:
  MonitorJob(const model::Monitor& monitor, const Spec& spec, std::vector<SetPlan> plans)
      : Job(spec), monitor_(monitor), sets(std::move(plans)) {}

  const model::Monitor& monitor() const { return monitor_; }
  /// Memory held, in bytes, without the monitor.
  std::size_t bytes() const;

 private:
  const model::Monitor& monitor_;  // outlives the job

 public:
  std::vector<SetPlan> sets;
  Round* round = nullptr;  ///< while in flight
};

/// Makes jobs from monitors; shares layouts between monitors of one definition. Threads: one.
class JobFactory {
 public:
  JobFactory();
  /// `sets` are the monitor's sets with parameters filled in. The monitor must outlive the job. Errors:
  /// kInvalidArgument, naming set, key and value.
  Result<std::unique_ptr<MonitorJob>> make(const model::Monitor& monitor, std::span<const model::ResolvedSet> sets);

 private:
  struct Variant {
    std::vector<std::string> aliases;
    std::shared_ptr<const Layout> layout;
  };
  Result<std::shared_ptr<const Layout>> layout_of(const model::ResolvedSet& set);

  std::vector<const PluginInfo*> plugins_;  ///< index: Job::Spec::protocol
  boost::unordered_flat_map<const model::SetDef*, std::vector<Variant>> layouts_;
};

}  // namespace holter::collect
