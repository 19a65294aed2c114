#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "api/backend.h"

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

  FakeBackend() { rows_.push_back(row("gateway")); }

  Summary summary() const override {
    return {"1.2.3", 1'764'000'000'000, 1'764'000'060'500, 5, 1, 1, 1, 1, 1, 64U << 20, 40U << 20, 96U << 20, true};
  }
  MonitorPage monitors(const ListQuery& query) const override {
    asked_list = query;
    if (on_list) on_list();
    MonitorPage page{rows_.size(), {}};
    for (std::size_t i = query.offset; i < std::min(rows_.size(), query.offset + query.limit); ++i)
      page.rows.push_back(rows_[i]);
    return page;
  }
  std::optional<MonitorDetail> monitor(MonitorId id) const override {
    if (id != kId) return std::nullopt;
    return MonitorDetail{rows_[0], {{"host", "127.0.0.1"}, {"password", "******"}}};
  }
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
  MemoryReport memory() const override {
    return {64U << 20, 5000, 6000, 7000, 8000, 9000, 1, 2, 3, 4, 10'000, 11'000, {{"process/api", 1, 2, 3, 4}}};
  }
  ScheduleReport schedule() const override {
    ScheduleReport report;
    report.due = 10, report.run = 7, report.skipped = 2, report.paused = 1;
    report.lateness_ms = {{1, 3}, {10, 6}, {std::numeric_limits<double>::infinity(), 7}};
    report.lateness_sum_ms = 42.5;
    report.shards = {{5, 1, 0, 0.5}};
    report.queues = {{"latest", 1, 2, 3, 4, 5, 6}};
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
  std::vector<Probe> probes;
  std::string not_ready_reason;
  std::optional<Error> history_error;
  std::function<void()> on_list;
  std::function<boost::asio::awaitable<void>()> on_history;
  mutable ListQuery asked_list;
  HistoryQuery asked_history;

 private:
  model::Labels labels_{{"rack", "r1"}, {"site", "lab"}};
};

}  // namespace holter::api
