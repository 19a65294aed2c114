#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "api/backend.h"
#include "api/fake_alerting.h"
#include "api/fake_definitions.h"
#include "api/fake_folders.h"
#include "api/fake_gate.h"
#include "api/fake_owned.h"
#include "api/fake_status.h"
#include "api/fake_suggester.h"

namespace holter::api {

/// A backend for tests: answers with what it was given, every field filled in, and remembers what it was asked.
class FakeBackend final : public Backend {
 public:
  static constexpr MonitorId kId{0x0123456789abcdefULL};

  struct Probe {
    std::string name, app = "ping";
    bool success = true, known = true, icmp = true;
    double seconds = 0.0125;
  };

  FakeBackend() {
    rows_.push_back(row("gateway"));
    auto owned_row = row("gateway");
    owned_row.in_file = false;
    owned_.detail = {.row = owned_row,
                     .params = {{"host", "127.0.0.1"}, {"password", "", true}},
                     .cron = "0 0 * * * *",
                     .timezone = "Europe/Berlin",
                     .ownership = Ownership{7,
                                            "the way out",
                                            {{"runbook", "https://wiki.example"}},
                                            1'764'000'000'000,
                                            1'764'000'060'000,
                                            "api",
                                            "api"}};
  }

  Summary summary() const override {
    return {"1.2.3", 1'764'000'000'000, 1'764'000'060'500, 6, 1, 1, 1, 1, 1, 1, 64U << 20, 40U << 20, 96U << 20, true};
  }
  Overview overview(const access::Identity& who) const override {
    asked_overview = who.account();
    Overview all{.summary = summary(), .apps = {{"ping", 6, {1, 1, 1, 1, 1, 1}}}, .folders = {}};
    all.folders = {{"dc1", 2, {0, 2, 0, 0, 0, 0}}, {"dc2", 0, {}}};
    return all;
  }
  MonitorPage monitors(const ListQuery& query) const override {
    asked_list = query;
    if (on_list) on_list();
    MonitorPage page{rows_.size(), {}};
    for (std::size_t i = query.offset; i < std::min(rows_.size(), query.offset + query.limit); ++i)
      page.rows.push_back(rows_[i]);
    if (more) page.last = {0, "gateway", by_text(query.sort) ? "dc1/rack2" : ""};
    return page;
  }
  std::optional<MonitorDetail> monitor(MonitorId id) const override {
    if (id != kId) return std::nullopt;
    return MonitorDetail{
        .row = rows_[0],
        .params = {{"host", "127.0.0.1"}, {"password", "", true}},
        .file = "monitors/site.yml",
        .parents = {{kId, "router-1", model::State::kUp}, {std::nullopt, "of nobody", model::State::kUnknown}}};
  }
  OwnedMonitors& owned() override { return owned_; }
  Definitions& definitions() override { return definitions_; }
  Gate& gate() override { return real_gate != nullptr ? *real_gate : gate_; }
  OwnedFolders& folders() override { return folders_; }
  Alerting& alerting() override { return alerting_; }
  StatusPages& status_pages() override { return status_; }
  std::optional<std::vector<SetResult>> results(MonitorId id) const override {
    if (id != kId) return std::nullopt;
    Cell number{"responseTime", "ms", true, 0.25, "", "00000000000000ff"};
    Cell none{"loss", "%", true, std::numeric_limits<double>::quiet_NaN(), "", ""};
    Cell text{"version", "", false, 0, "<b>8.0</b>", ""};
    SetResult set{
        "summary", 0, 1'764'000'060'000, 1250, model::ResultCode::kSuccess, "", {{"disk=\"/\"", {number, none, text}}}};
    return std::vector<SetResult>{set, {"never", 1, 0, 0, {}, "", {}}};
  }
  boost::asio::awaitable<Result<std::vector<HistorySeries>>> history(HistoryQuery query, MonoTime deadline) override {
    asked_history = query;
    if (history_error) co_return *history_error;
    if (on_history) co_await on_history();
    co_return std::vector<HistorySeries>{
        {"00000000000000ff", "summary", "responseTime", "ms", "", {{1'764'000'000'000, 0.1, 0.5, 0.25, 12}}}};
  }
  boost::asio::awaitable<Result<std::vector<MonitorHeartbeats>>> heartbeats(HeartbeatsQuery query, MonoTime) override {
    asked_heartbeats = query;
    if (history_error) co_return *history_error;
    std::vector<MonitorHeartbeats> all;
    for (auto id : query.monitors)
      all.push_back({id, {{query.from_ms, 12, 2, 0.75, model::ResultCode::kTimeout, "<no answer>"}}});
    co_return all;
  }
  boost::asio::awaitable<Result<RoundPage>> rounds(RoundsQuery query, MonoTime) override {
    asked_rounds = query;
    if (history_error) co_return *history_error;
    co_return round_page;
  }
  Suggester& suggester() override { return suggester_; }
  Status push(std::string_view job, std::string_view text, bool openmetrics) override {
    pushed = {std::string(job), std::string(text)};
    pushed_openmetrics = openmetrics;
    return push_error ? Status(*push_error) : Status();
  }
  Status arrow_stream(const model::Table& table, const std::function<void(std::string_view)>& take) const override {
    take("ARROW of " + std::to_string(table.columns.size()) + " columns, " + std::to_string(table.rows()) + " rows");
    return {};
  }
  MemoryReport memory() const override {
    MemoryReport report;
    report.budget = 64U << 20, report.ledger_used = 5000, report.ledger_limit = 50'000;
    report.resident = 60U << 20, report.resident_peak = 61U << 20, report.anonymous = 8000, report.file = 9000;
    report.fixed = 20'000, report.unexplained = -300, report.least_left = 3U << 20;
    report.allocator_mapped = 1, report.allocator_cap = 2, report.allocator_allocated = 3;
    report.allocator_refused = 4;
    report.history_resident = 10'000, report.history_resident_peak = 11'000;
    report.level = memory::Level::kHigh, report.level_since_ms = 1'764'000'050'000;
    report.signals = {0.83, 0.5, 0.25};
    report.stall_source = "/proc/pressure/memory";
    report.seconds_at = {100, 20, 3.5, 0, 0};
    report.level_history = {{1'764'000'040'000, memory::Level::kNormal, memory::Level::kElevated, {0.71, 0.5, 0}},
                            {1'764'000'050'000, memory::Level::kElevated, memory::Level::kHigh, {0.83, 0.5, 0.25}}};
    report.actions = {{"flush", memory::Level::kElevated, true, 2, 1'764'000'040'000, ""},
                      {"pause", memory::Level::kCritical, false, 1, 1'764'000'030'000, "paused 120 monitors"}};
    report.paused_count = 3, report.paused_bytes = 9000, report.paused_by = {0, 1, 2};
    report.paused = {{kId, "gateway", "ping", model::Criticality::kLow, 1'764'000'031'000, 3000, "memory at 91%"}};
    report.accounts = {{"process/api", 1, 2, 3, 4, 5}};
    return report;
  }
  Result<AdmissionAnswer> admission(const AdmissionQuery& query) const override {
    asked_admission = query;
    if (query.app != "ping") return Error(ErrorCode::kNotFound, "cannot find the app '" + query.app + "'");
    return AdmissionAnswer{AdmissionAnswer::Verdict::kFitsAtInterval,
                           query.interval_ms,
                           30'000,
                           500,
                           3000,
                           3000 * query.count,
                           1'500'000,
                           100,
                           33.5,
                           "fits with an interval of 30s"};
  }
  std::vector<Event> events(std::uint64_t after, std::size_t most) const override {
    std::scoped_lock lock(events_mutex_);
    std::vector<Event> out;
    for (const auto& event : events_)
      if (event.id > after && out.size() < most) out.push_back(event);
    return out;
  }
  void on_event(std::function<void()> callback) override { event_callback = std::move(callback); }
  Result<std::uint64_t> set_budget(std::uint64_t bytes) override {
    if (bytes != 0 && bytes < (24U << 20))
      return Error(ErrorCode::kInvalidArgument, "cannot run in so little: at least 24.0 MiB are needed");
    asked_budget = bytes;
    return bytes == 0 ? 512U << 20 : bytes;
  }
  boost::asio::awaitable<Result<ReloadReport>> reload(ReloadOrder order) override {
    ++(order.dry_run ? dry_reloads : reloads);
    if (reload_error) co_return *reload_error;
    co_return ReloadReport{{{ReloadReport::Kind::kRemoved, "gateway"}},
                           1,
                           2,
                           3,
                           4,
                           {"memory.budget"},
                           {"server.listen"},
                           {"holter.yml:1:1: warning: odd"}};
  }
  bool refuses_heavy() const override { return heavy_refused; }
  bool refuses_work() const override { return work_refused; }
  ScheduleReport schedule() const override {
    ScheduleReport report;
    report.due = 10, report.run = 7, report.skipped = 2, report.paused = 1;
    report.lateness_ms = {{1, 3}, {10, 6}, {std::numeric_limits<double>::infinity(), 7}};
    report.lateness_sum_ms = 42.5;
    report.shards = {{5, 1, 0, 0.5}};
    report.queues = {{"latest", 1, 2, 3, 4, 5, 6}};
    report.sessions = {{"jdbc/mysql", 5, 3, 1, 12, 40, 900, 7, 21, 2}};
    report.in_flight_limit = 256, report.in_flight_most = 512, report.queue_capacity = 1000;
    report.deferred = 6, report.stretched = 8;
    report.history_error = "none of note";
    return report;
  }
  std::string not_ready() const override { return not_ready_reason; }
  std::size_t each_probe(std::size_t from, std::size_t most,
                         const std::function<void(const ProbeMetric&)>& visit) const override {
    auto end = std::min(probes.size(), from + most);
    for (std::size_t i = from; i < end; ++i)
      visit({probes[i].name, probes[i].app, probes[i].success, probes[i].known, probes[i].icmp, probes[i].seconds});
    return from < end ? end - from : 0;
  }

  MonitorRow row(std::string name) const {
    return {kId,
            std::move(name),
            "ping",
            &labels_,
            model::Criticality::kCritical,
            model::State::kDown,
            1'764'000'000'000,
            1'764'000'059'000,
            1'764'000'119'000,
            60'000,
            1500,
            model::ResultCode::kTimeout,
            "no answer"};
  }

  std::vector<MonitorRow> rows_;
  FakeOwned owned_;
  FakeFolders folders_;
  FakeDefinitions definitions_;
  FakeAlerting alerting_;
  FakeStatus status_;
  FakeGate gate_;
  Gate* real_gate = nullptr;  ///< instead
  std::vector<Probe> probes;
  bool more = false;  ///< monitors than a list has shown
  std::string not_ready_reason;
  std::optional<Error> history_error;
  std::function<void()> on_list;
  std::function<boost::asio::awaitable<void>()> on_history;
  mutable ListQuery asked_list;
  HistoryQuery asked_history;
  HeartbeatsQuery asked_heartbeats;
  RoundsQuery asked_rounds;
  RoundPage round_page{{{1'764'000'060'000, 1500, "summary", model::ResultCode::kTimeout, "no answer"},
                        {1'764'000'000'000, 1250, "header", model::ResultCode::kSuccess, ""},
                        {1'764'000'000'000, 1250, "summary", model::ResultCode::kSuccess, ""}},
                       false};
  FakeSuggester suggester_;
  mutable std::string asked_overview;
  mutable AdmissionQuery asked_admission;
  std::optional<std::uint64_t> asked_budget;
  std::pair<std::string, std::string> pushed;  ///< job, text
  bool pushed_openmetrics = false;
  std::optional<Error> push_error;
  int reloads = 0, dry_reloads = 0;
  std::optional<Error> reload_error;
  bool heavy_refused = false, work_refused = false;
  std::function<void()> event_callback;  ///< to be called on the server's executor

  /// From any thread. The server learns of it by event_callback.
  void add_event(std::string text, std::string kind = "memory.level",
                 std::shared_ptr<const JobProgress> job = nullptr) {
    std::scoped_lock lock(events_mutex_);
    events_.push_back({++last_event_, 1'764'000'000'000, std::move(kind), "warning", std::move(text), std::move(job)});
    if (events_.size() > kMostEvents) events_.erase(events_.begin());
  }
  void add_event(IncidentChange incident) {
    add_event("of an incident", "incident");
    std::scoped_lock lock(events_mutex_);
    events_.back().incident = std::make_shared<const IncidentChange>(std::move(incident));
  }
  void add_event(DeadNotification notification) {
    add_event("of a notification", "notification");
    std::scoped_lock lock(events_mutex_);
    events_.back().notification = std::make_shared<const DeadNotification>(std::move(notification));
  }

 private:
  static constexpr std::size_t kMostEvents = 100;
  mutable std::mutex events_mutex_;
  std::vector<Event> events_;
  std::uint64_t last_event_ = 0;
  model::Labels labels_{{"rack", "r1"}, {"site", "lab"}};
};

}  // namespace holter::api
