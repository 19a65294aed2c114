#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "api/backend.h"
#include "app/shard_parts.h"
#include "collect/job.h"
#include "define/config.h"
#include "history/history.h"
#include "latest/latest.h"
#include "memory/account.h"
#include "pipeline/pipeline.h"

namespace holter::app {

/// Answers the API's questions from the running parts. Threads: the control executor's.
class Backend final : public api::Backend {
 public:
  struct Parts {
    const define::Config& config;
    const std::vector<model::Monitor>& monitors;
    std::vector<const collect::MonitorJob*> jobs;  ///< of the monitors, in their order
    const Clock& clock;
    const memory::Budget& budget;
    const latest::Latest& latest;
    const std::deque<std::unique_ptr<ShardParts>>& shards;
    const pipeline::Pipeline& pipeline;
    const std::unique_ptr<history::Client>& history;
  };
  explicit Backend(Parts parts);

  void set_ready() { ready_ = true; }

  api::Summary summary() const override;
  api::MonitorPage monitors(const api::ListQuery& query) const override;
  std::optional<api::MonitorDetail> monitor(MonitorId id) const override;
  std::optional<std::vector<api::SetResult>> results(MonitorId id) const override;
  boost::asio::awaitable<Result<std::vector<api::HistorySeries>>> history(api::HistoryQuery query,
                                                                          MonoTime deadline) override;
  api::MemoryReport memory() const override;
  api::ScheduleReport schedule() const override;
  std::string not_ready() const override;
  std::size_t each_probe(std::size_t from, std::size_t most,
                         const std::function<void(const api::ProbeMetric&)>& visit) const override;

 private:
  api::MonitorRow row(std::uint32_t index) const;
  std::optional<std::uint32_t> find(MonitorId id) const;
  bool matches(std::uint32_t index, const api::ListQuery& query, const std::string& text) const;

  const Parts parts_;
  const std::int64_t started_ms_;
  std::vector<std::uint32_t> by_name_;  ///< indices of monitors, sorted by name
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> index_;
  bool ready_ = false;
};

}  // namespace holter::app
