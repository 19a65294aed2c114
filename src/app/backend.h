#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/alerting.h"
#include "api/backend.h"
#include "api/gate.h"
#include "api/status_pages.h"
#include "api/suggester.h"
#include "app/events.h"
#include "app/fleet.h"
#include "app/governor.h"
#include "app/owned_definitions.h"
#include "app/owned_folders.h"
#include "app/owned_monitors.h"
#include "app/shard_parts.h"
#include "collect/pushes.h"
#include "define/config.h"
#include "define/definitions.h"
#include "define/monitors.h"
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
    const define::Registry& definitions;
    const Clock& clock;
    const memory::Budget& ledger;
    const std::uint64_t& budget;
    const double& load;  ///< of all monitors, in pings a second
    const latest::Latest& latest;
    Fleet& fleet;
    Governor& governor;
    Events& events;
    const std::deque<std::unique_ptr<ShardParts>>& shards;
    const pipeline::Pipeline& pipeline;
    const std::unique_ptr<history::Client>& history;
    OwnedMonitors& owned;
    OwnedDefinitions& owned_definitions;
    api::Gate& gate;
    collect::Pushes& pushes;
    memory::Account& answers;  ///< what answers in Arrow take while they are made
    OwnedFolders& folders;
    api::Alerting& alerting;
    api::StatusPages& status_pages;
    api::Suggester& suggester;
    const define::MonitorFiles& files;
    std::function<Result<std::uint64_t>(std::uint64_t)> set_budget;
    std::function<boost::asio::awaitable<Result<api::ReloadReport>>(api::ReloadOrder)> reload;
  };
  explicit Backend(Parts parts);

  void set_ready() { ready_ = true; }
  /// Those that a list without end would show, in no certain order.
  void each_match(const api::ListQuery& query, const std::function<void(const Watched&)>& visit) const;

  api::Summary summary() const override;
  api::Overview overview(const access::Identity& who) const override;
  api::MonitorPage monitors(const api::ListQuery& query) const override;
  std::optional<api::MonitorDetail> monitor(MonitorId id) const override;
  api::OwnedMonitors& owned() override { return parts_.owned; }
  api::Definitions& definitions() override { return parts_.owned_definitions; }
  api::Gate& gate() override { return parts_.gate; }
  api::OwnedFolders& folders() override { return parts_.folders; }
  api::Alerting& alerting() override { return parts_.alerting; }
  api::StatusPages& status_pages() override { return parts_.status_pages; }
  std::optional<std::vector<api::SetResult>> results(MonitorId id) const override;
  boost::asio::awaitable<Result<std::vector<api::HistorySeries>>> history(api::HistoryQuery query,
                                                                          MonoTime deadline) override;
  boost::asio::awaitable<Result<std::vector<api::MonitorHeartbeats>>> heartbeats(api::HeartbeatsQuery query,
                                                                                 MonoTime deadline) override;
  boost::asio::awaitable<Result<api::RoundPage>> rounds(api::RoundsQuery query, MonoTime deadline) override;
  api::Suggester& suggester() override { return parts_.suggester; }
  api::MemoryReport memory() const override;
  Result<api::AdmissionAnswer> admission(const api::AdmissionQuery& query) const override;
  std::vector<api::Event> events(std::uint64_t after, std::size_t most) const override;
  void on_event(std::function<void()> callback) override { parts_.events.on_event(std::move(callback)); }
  std::uint64_t bytes_left() const override;
  Result<std::uint64_t> set_budget(std::uint64_t bytes) override { return parts_.set_budget(bytes); }
  boost::asio::awaitable<Result<api::ReloadReport>> reload(api::ReloadOrder order) override {
    return parts_.reload(order);
  }
  Status arrow_stream(const model::Table& table, const std::function<void(std::string_view)>& take) const override;
  Status push(std::string_view job, std::string_view text, bool openmetrics) override {
    return parts_.pushes.put(job, text, openmetrics);
  }
  bool refuses_heavy() const override { return parts_.governor.active(Action::kRefuseQueries); }
  bool refuses_work() const override { return parts_.governor.active(Action::kRefuseWork); }
  api::ScheduleReport schedule() const override;
  std::string not_ready() const override;
  std::size_t each_probe(std::size_t from, std::size_t most,
                         const std::function<void(const api::ProbeMetric&)>& visit) const override;

 private:
  using Slot = MonitorSet::Slot;
  const Watched& at(Slot slot) const { return parts_.fleet.monitors().at(slot); }
  api::MonitorRow row(Slot slot) const;
  std::vector<api::ParentState> parents(Slot slot) const;
  /// All but the counts of monitors.
  api::Summary summary_of_process() const;
  std::string_view sort_text(Slot slot, api::Sort sort) const;
  bool matches(Slot slot, const api::ListQuery& query, const std::string& text) const;
  void list_paused(api::MemoryReport& report) const;

  const Parts parts_;
  const std::int64_t started_ms_;
  bool ready_ = false;
};

}  // namespace holter::app
