#include "api/prometheus.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "api/alerting.h"
#include "api/prometheus_writer.h"

namespace holter::api {
namespace {

/// Monitors asked of the backend at a time; a piece is closed when it is full, between two such steps.
constexpr std::size_t kStep = 64;
/// Of an alert while it waits to be written: its names are of a few hundred bytes.
constexpr std::size_t kAlertBytes = 512;

void write_summary(MetricsWriter& w, const Summary& summary) {
  w.head("holter_build_info", "gauge", "Version of the program.");
  w.sample("holter_build_info", {{"version", summary.version}}, 1);
  w.single("holter_start_time_seconds", "gauge", "Start of the program, in seconds since 1970.",
           static_cast<double>(summary.started_ms) / 1000);
  w.head("holter_monitors", "gauge", "Monitors by state.");
  w.sample("holter_monitors", {{"state", "up"}}, summary.up);
  w.sample("holter_monitors", {{"state", "down"}}, summary.down);
  w.sample("holter_monitors", {{"state", "unknown"}}, summary.unknown);
  w.sample("holter_monitors", {{"state", "stale"}}, summary.stale);
  w.sample("holter_monitors", {{"state", "paused"}}, summary.paused);
  w.sample("holter_monitors", {{"state", "unreachable"}}, summary.unreachable);
  w.single("holter_history_up", "gauge", "1 while the history process runs.", summary.history_running ? 1 : 0);
}

void write_lateness(MetricsWriter& w, const ScheduleReport& schedule) {
  constexpr std::string_view kName = "holter_schedule_lateness_seconds";
  w.head(kName, "histogram", "How long after their due time checks started.");
  std::uint64_t count = 0;
  for (const auto& [bound_ms, at_most] : schedule.lateness_ms) {
    if (std::isfinite(bound_ms))
      w.sample("holter_schedule_lateness_seconds_bucket", {{"le", fmt::format("{}", bound_ms / 1000)}}, at_most);
    count = at_most;
  }
  w.sample("holter_schedule_lateness_seconds_bucket", {{"le", "+Inf"}}, count);
  w.sample("holter_schedule_lateness_seconds_sum", {}, schedule.lateness_sum_ms / 1000);
  w.sample("holter_schedule_lateness_seconds_count", {}, count);
}

void write_schedule(MetricsWriter& w, const ScheduleReport& schedule) {
  w.single("holter_schedule_due_total", "counter", "Checks that became due: run + skipped + paused.", schedule.due);
  w.single("holter_schedule_run_total", "counter", "Checks that were started.", schedule.run);
  w.single("holter_schedule_skipped_total", "counter", "Checks skipped: the one before still ran.", schedule.skipped);
  w.single("holter_schedule_paused_total", "counter", "Checks not started because the monitor was paused.",
           schedule.paused);
  w.single("holter_schedule_late_total", "counter", "Checks that started late.", schedule.late);
  w.single("holter_schedule_timeouts_total", "counter", "Checks cut off at their deadline.", schedule.timeouts);
  w.single("holter_schedule_jobs", "gauge", "Scheduled jobs.", schedule.jobs);
  w.single("holter_schedule_in_flight", "gauge", "Checks in flight.", schedule.in_flight);
  w.single("holter_schedule_in_flight_limit", "gauge", "Most checks in flight, as adapted to load and memory.",
           schedule.in_flight_limit);
  w.single("holter_schedule_in_flight_most", "gauge", "What that limit is never above.", schedule.in_flight_most);
  w.single("holter_schedule_waiting", "gauge", "Checks that are due and wait for a slot.", schedule.waiting);
  w.single("holter_schedule_queue_capacity", "gauge", "Most checks that wait for a slot.", schedule.queue_capacity);
  w.single("holter_schedule_deferred_total", "counter",
           "Times that due checks were put off because the queue was full.", schedule.deferred);
  w.single("holter_schedule_stretched", "gauge", "Monitors whose interval is longer for want of memory.",
           schedule.stretched);
  write_lateness(w, schedule);
  w.head("holter_shard_cpu_seconds_total", "counter", "CPU time of each shard's thread.");
  for (std::size_t i = 0; i < schedule.shards.size(); ++i)
    w.sample("holter_shard_cpu_seconds_total", {{"shard", fmt::format("{}", i)}}, schedule.shards[i].cpu_seconds);
}

void write_queues(MetricsWriter& w, const ScheduleReport& schedule) {
  using Queue = ScheduleReport::Queue;
  struct Family {
    std::string_view name, type, help;
    std::uint64_t Queue::* value;
  };
  constexpr Family kFamilies[] = {
      {"holter_pipeline_batches_total", "counter", "Batches taken into a consumer's queue.", &Queue::batches},
      {"holter_pipeline_rows_total", "counter", "Rows taken into a consumer's queue.", &Queue::rows},
      {"holter_pipeline_dropped_batches_total", "counter", "Batches that did not fit.", &Queue::dropped_batches},
      {"holter_pipeline_dropped_rows_total", "counter", "Rows that did not fit.", &Queue::dropped_rows},
      {"holter_pipeline_queued_bytes", "gauge", "Bytes that wait in a consumer's queue.", &Queue::queued_bytes},
      {"holter_pipeline_limit_bytes", "gauge", "Most bytes that may wait in a consumer's queue.", &Queue::limit_bytes}};
  for (const auto& family : kFamilies) {
    w.head(family.name, family.type, family.help);
    for (const auto& queue : schedule.queues) w.sample(family.name, {{"consumer", queue.name}}, queue.*family.value);
  }
}

void write_sessions(MetricsWriter& w, const ScheduleReport& schedule) {
  using Sessions = ScheduleReport::Sessions;
  struct Family {
    std::string_view name, type, help;
    std::uint64_t Sessions::* value;
  };
  constexpr Family kFamilies[] = {
      {"holter_sessions_open", "gauge", "Sessions to peers that are open, idle ones included.", &Sessions::open},
      {"holter_sessions_idle", "gauge", "Sessions that are kept for the next check.", &Sessions::idle},
      {"holter_sessions_waiting", "gauge", "Checks that wait for a session.", &Sessions::waiting},
      {"holter_sessions_limit", "gauge", "Most sessions, as memory has room for them.", &Sessions::most},
      {"holter_sessions_opened_total", "counter", "Sessions opened.", &Sessions::opened},
      {"holter_sessions_reused_total", "counter", "Times that a kept session was used again.", &Sessions::reused},
      {"holter_sessions_expired_total", "counter", "Sessions closed because nobody wanted them for long.",
       &Sessions::expired},
      {"holter_sessions_evicted_total", "counter", "Idle sessions that made way for others.", &Sessions::evicted},
      {"holter_sessions_refused_total", "counter", "Sessions not opened for want of memory.", &Sessions::refused}};
  for (const auto& family : kFamilies) {
    w.head(family.name, family.type, family.help);
    for (const auto& each : schedule.sessions) w.sample(family.name, {{"protocol", each.protocol}}, each.*family.value);
  }
}

void write_history(MetricsWriter& w, const ScheduleReport& schedule) {
  w.single("holter_history_samples_sent_total", "counter", "Samples sent to the history process.",
           schedule.history_samples_sent);
  w.single("holter_history_samples_kept_total", "counter", "Samples that it has stored.",
           schedule.history_samples_kept);
  w.single("holter_history_samples_lost_total", "counter", "Samples that history lacks.",
           schedule.history_samples_lost);
  w.single("holter_history_restarts_total", "counter", "Restarts of the history process.", schedule.history_restarts);
  w.single("holter_history_file_bytes", "gauge", "Size of the history on disk.", schedule.history_file_bytes);
}

void write_api(MetricsWriter& w, const Stats& stats) {
  w.head("holter_api_requests_total", "counter", "Answers by route and status.");
  for (const auto& [key, count] : stats.answers)
    w.sample("holter_api_requests_total", {{"route", key.first}, {"status", fmt::format("{}", key.second)}}, count);
  w.single("holter_api_sent_bytes_total", "counter", "Bytes of bodies sent.", stats.sent_bytes);
  w.single("holter_api_connections", "gauge", "Open connections.", stats.connections);
  w.single("holter_api_connections_total", "counter", "Connections accepted.", stats.connections_total);
  w.single("holter_api_connections_refused_total", "counter", "Connections over the limit or without memory.",
           stats.connections_refused);
  w.single("holter_api_accept_failures_total", "counter", "Failed accepts.", stats.accept_failures);
  w.single("holter_api_malformed_total", "counter", "Connections closed because of bytes that are not HTTP.",
           stats.malformed);
  w.single("holter_api_out_of_memory_total", "counter", "Connections and requests that an allocation failed in.",
           stats.out_of_memory);
  w.single("holter_api_refused_by_level_total", "counter", "Requests refused because of memory pressure.",
           stats.refused_by_level);
  w.head("holter_api_refused_by_rate_total", "counter",
         "Requests refused because their address makes too many, or their token or session.");
  w.sample("holter_api_refused_by_rate_total", {{"by", "address"}}, stats.refused_by_rate);
  w.sample("holter_api_refused_by_rate_total", {{"by", "caller"}}, stats.refused_by_caller);
  w.single("holter_api_event_streams", "gauge", "Open event streams.", stats.streams);
  w.single("holter_api_event_streams_total", "counter", "Event streams begun.", stats.streams_total);
  w.single("holter_api_event_streams_refused_total", "counter", "Event streams over the limit or without memory.",
           stats.streams_refused);
  w.single("holter_api_event_streams_slow_total", "counter", "Event streams ended because the peer did not read.",
           stats.streams_slow);
  w.single("holter_api_events_sent_total", "counter", "Events sent over all streams.", stats.events_sent);
  w.single("holter_api_tls_handshakes_failed_total", "counter", "TLS handshakes that ended without a session.",
           stats.handshakes_failed);
  w.head("holter_api_timeouts_total", "counter", "Connections closed by a deadline.");
  w.sample("holter_api_timeouts_total", {{"phase", "idle"}}, stats.timeouts_idle);
  w.sample("holter_api_timeouts_total", {{"phase", "request"}}, stats.timeouts_request);
  w.sample("holter_api_timeouts_total", {{"phase", "answer"}}, stats.timeouts_answer);
  w.sample("holter_api_timeouts_total", {{"phase", "handshake"}}, stats.timeouts_handshake);
}

/// One family of the monitors.
struct ProbeFamily {
  std::string_view name, help;
  void (*write)(MetricsWriter& w, const ProbeMetric& probe);
};

constexpr ProbeFamily kProbeFamilies[] = {
    {"probe_success", "1 when the newest check succeeded, else 0.",
     [](MetricsWriter& w, const ProbeMetric& p) {
       w.sample("probe_success", {{"monitor", p.name}, {"app", p.app}}, p.success ? 1 : 0);
     }},
    {"probe_duration_seconds", "How long the newest check took.",
     [](MetricsWriter& w, const ProbeMetric& p) {
       w.sample("probe_duration_seconds", {{"monitor", p.name}, {"app", p.app}}, p.duration_seconds);
     }},
    {"probe_icmp_duration_seconds", "Round trip of the newest answered ping.",
     [](MetricsWriter& w, const ProbeMetric& p) {
       if (p.icmp && p.success)
         w.sample("probe_icmp_duration_seconds", {{"monitor", p.name}, {"app", p.app}}, p.duration_seconds);
     }}};

class MetricsStream final : public BodyStream {
 public:
  MetricsStream(Backend& backend, const Stats& stats, memory::Account& account, bool essential_only)
      : backend_(backend), stats_(stats), account_(account), essential_only_(essential_only) {
    if (essential_only) family_ = std::size(kProbeFamilies);
  }

  bool next(Body& out) override {
    if (!own_written_) {
      own_written_ = true;
      write_own(out);
      return true;
    }
    if (!alerting_written_) {
      alerting_written_ = true;
      write_alerting(out);
      return true;
    }
    write_some_alerts(out);
    while (family_ < std::size(kProbeFamilies) && out.size() < kPieceBytes && !out.refused()) write_some_probes(out);
    return out.size() > 0;
  }

 private:
  void write_own(Body& out) {
    MetricsWriter w(out);
    write_summary(w, backend_.summary());
    write_memory_metrics(w, backend_.memory());
    auto schedule = backend_.schedule();
    write_schedule(w, schedule);
    write_queues(w, schedule);
    write_sessions(w, schedule);
    write_history(w, schedule);
    write_api(w, stats_);
    w.single("holter_metrics_truncated", "gauge", "1 when the lines of each monitor are left out for want of memory.",
             essential_only_ ? 1 : 0);
  }

  /// What alerting counts; ALERTS comes behind, in pieces.
  void write_alerting(Body& out) {
    MetricsWriter w(out);
    auto& alerting = backend_.alerting();
    auto counted = alerting.stats(0);
    write_alert_metrics(w, counted);
    auto lines = std::min(counted.left_out, kMostAlertLines);
    if (lines > 0) {
      if (auto held = account_.reserve(lines * kAlertBytes)) {
        reserved_ = std::move(*held);
        counted = alerting.stats(lines);
        alerts_ = std::move(counted.alerts);
      }
    }
    w.single("holter_alerts_left_out", "gauge", "Alerts that have no line of ALERTS, which has at most 1000.",
             counted.left_out);
    w.head("ALERTS", "gauge", "1 for each alert that fires or is pending, of a rule and a monitor.");
  }

  void write_some_alerts(Body& out) {
    MetricsWriter w(out);
    while (next_alert_ < alerts_.size() && out.size() < kPieceBytes && !out.refused())
      write_alert(w, alerts_[next_alert_++]);
    if (next_alert_ < alerts_.size() || alerts_.empty()) return;
    alerts_ = {};
    reserved_.reset();
    next_alert_ = 0;
  }

  void write_some_probes(Body& out) {
    const auto& family = kProbeFamilies[family_];
    MetricsWriter w(out);
    if (cursor_ == 0) w.head(family.name, "gauge", family.help);
    auto visited = backend_.each_probe(cursor_, kStep, [&w, &family](const ProbeMetric& probe) {
      if (probe.known) family.write(w, probe);
    });
    cursor_ += visited;
    if (visited < kStep) {
      ++family_;
      cursor_ = 0;
    }
  }

  Backend& backend_;
  const Stats& stats_;
  memory::Account& account_;
  const bool essential_only_;
  bool own_written_ = false, alerting_written_ = false;
  memory::Reservation reserved_;  ///< of alerts_
  std::vector<AlertStats::Alert> alerts_;
  std::size_t next_alert_ = 0;
  std::size_t family_ = 0;
  std::size_t cursor_ = 0;
};

}  // namespace

std::unique_ptr<BodyStream> metrics_stream(Backend& backend, const Stats& stats, memory::Account& account,
                                           bool essential_only) {
  return std::make_unique<MetricsStream>(backend, stats, account, essential_only);
}

}  // namespace holter::api
