#include "api/prometheus.h"

#include <cmath>
#include <initializer_list>

#include <fmt/format.h>

#include "api/json.h"
#include "base/utf8.h"

namespace holter::api {
namespace {

/// Monitors asked of the backend at a time; a piece is closed when it is full, between two such steps.
constexpr std::size_t kStep = 64;

using Label = std::pair<std::string_view, std::string_view>;

/// Writes families: first head(), then its samples.
class Writer {
 public:
  explicit Writer(Body& out) : out_(out) {}

  void head(std::string_view name, std::string_view type, std::string_view help) {
    out_.append(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
  }
  template <class T>
  void sample(std::string_view name, std::initializer_list<Label> labels, T value) {
    out_.append(name);
    char before = '{';
    for (const auto& [key, text] : labels) {
      out_.append(before);
      out_.append(key);
      out_.append("=\"");
      append_label_value(out_, text);
      out_.append('"');
      before = ',';
    }
    if (labels.size() > 0) out_.append('}');
    fmt::memory_buffer number;
    fmt::format_to(std::back_inserter(number), " {}\n", value);
    out_.append(std::string_view(number.data(), number.size()));
  }
  /// A family of one sample without labels.
  template <class T>
  void single(std::string_view name, std::string_view type, std::string_view help, T value) {
    head(name, type, help);
    sample(name, {}, value);
  }

 private:
  Body& out_;
};

void write_summary(Writer& w, const Summary& summary) {
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
  w.single("holter_history_up", "gauge", "1 while the history process runs.", summary.history_running ? 1 : 0);
}

void write_accounts(Writer& w, const MemoryReport& memory) {
  struct Family {
    std::string_view name, type, help;
    std::uint64_t MemoryAccount::* value;
  };
  constexpr Family kFamilies[] = {
      {"holter_memory_account_bytes", "gauge", "Bytes that an account holds.", &MemoryAccount::used},
      {"holter_memory_account_peak_bytes", "gauge", "Most bytes that an account has held.", &MemoryAccount::peak},
      {"holter_memory_account_limit_bytes", "gauge", "Most bytes that an account may hold.", &MemoryAccount::limit},
      {"holter_memory_account_refused_total", "counter", "Requests for memory that were refused.",
       &MemoryAccount::refused}};
  for (const auto& family : kFamilies) {
    w.head(family.name, family.type, family.help);
    for (const auto& account : memory.accounts)
      w.sample(family.name, {{"account", account.name}}, account.*family.value);
  }
}

void write_memory(Writer& w, const MemoryReport& memory) {
  w.single("holter_memory_budget_bytes", "gauge", "Memory budget of the main process.", memory.budget);
  w.single("holter_memory_ledger_bytes", "gauge", "Bytes reserved on all accounts.", memory.ledger_used);
  w.head("holter_memory_resident_bytes", "gauge", "Resident set of each process.");
  w.sample("holter_memory_resident_bytes", {{"process", "main"}}, memory.resident);
  w.sample("holter_memory_resident_bytes", {{"process", "history"}}, memory.history_resident);
  w.head("holter_memory_resident_peak_bytes", "gauge", "Highest resident set of each process since its start.");
  w.sample("holter_memory_resident_peak_bytes", {{"process", "main"}}, memory.resident_peak);
  w.sample("holter_memory_resident_peak_bytes", {{"process", "history"}}, memory.history_resident_peak);
  w.single("holter_memory_anonymous_bytes", "gauge", "Heap, stacks and written data of the main process.",
           memory.anonymous);
  w.single("holter_memory_file_bytes", "gauge", "Program text and libraries of the main process.", memory.file);
  w.single("holter_allocator_mapped_bytes", "gauge", "Address space that the allocator holds.",
           memory.allocator_mapped);
  w.single("holter_allocator_cap_bytes", "gauge", "Most that the allocator may map; 0 without a cap.",
           memory.allocator_cap);
  w.single("holter_allocator_allocated_bytes", "gauge", "Bytes handed out by the allocator.",
           memory.allocator_allocated);
  w.single("holter_allocator_refused_total", "counter", "Mappings refused because of the cap.",
           memory.allocator_refused);
  write_accounts(w, memory);
}

void write_lateness(Writer& w, const ScheduleReport& schedule) {
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

void write_schedule(Writer& w, const ScheduleReport& schedule) {
  w.single("holter_schedule_due_total", "counter", "Checks that became due: run + skipped + paused.", schedule.due);
  w.single("holter_schedule_run_total", "counter", "Checks that were started.", schedule.run);
  w.single("holter_schedule_skipped_total", "counter", "Checks skipped: the one before still ran.", schedule.skipped);
  w.single("holter_schedule_paused_total", "counter", "Checks not started because the monitor was paused.",
           schedule.paused);
  w.single("holter_schedule_late_total", "counter", "Checks that started late.", schedule.late);
  w.single("holter_schedule_timeouts_total", "counter", "Checks cut off at their deadline.", schedule.timeouts);
  w.single("holter_schedule_jobs", "gauge", "Scheduled jobs.", schedule.jobs);
  w.single("holter_schedule_in_flight", "gauge", "Checks in flight.", schedule.in_flight);
  w.single("holter_schedule_in_flight_limit", "gauge", "Most checks in flight.", schedule.in_flight_limit);
  w.single("holter_schedule_waiting", "gauge", "Checks that are due and wait for a slot.", schedule.waiting);
  write_lateness(w, schedule);
  w.head("holter_shard_cpu_seconds_total", "counter", "CPU time of each shard's thread.");
  for (std::size_t i = 0; i < schedule.shards.size(); ++i)
    w.sample("holter_shard_cpu_seconds_total", {{"shard", fmt::format("{}", i)}}, schedule.shards[i].cpu_seconds);
}

void write_queues(Writer& w, const ScheduleReport& schedule) {
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

void write_history(Writer& w, const ScheduleReport& schedule) {
  w.single("holter_history_samples_sent_total", "counter", "Samples sent to the history process.",
           schedule.history_samples_sent);
  w.single("holter_history_samples_kept_total", "counter", "Samples that it has stored.",
           schedule.history_samples_kept);
  w.single("holter_history_samples_lost_total", "counter", "Samples that history lacks.",
           schedule.history_samples_lost);
  w.single("holter_history_restarts_total", "counter", "Restarts of the history process.", schedule.history_restarts);
  w.single("holter_history_file_bytes", "gauge", "Size of the history on disk.", schedule.history_file_bytes);
}

void write_api(Writer& w, const Stats& stats) {
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
  w.head("holter_api_timeouts_total", "counter", "Connections closed by a deadline.");
  w.sample("holter_api_timeouts_total", {{"phase", "idle"}}, stats.timeouts_idle);
  w.sample("holter_api_timeouts_total", {{"phase", "request"}}, stats.timeouts_request);
  w.sample("holter_api_timeouts_total", {{"phase", "answer"}}, stats.timeouts_answer);
}

/// One family of the monitors.
struct ProbeFamily {
  std::string_view name, help;
  void (*write)(Writer& w, const ProbeMetric& probe);
};

constexpr ProbeFamily kProbeFamilies[] = {
    {"probe_success", "1 when the newest check succeeded, else 0.",
     [](Writer& w, const ProbeMetric& p) {
       w.sample("probe_success", {{"monitor", p.name}, {"app", p.app}}, p.success ? 1 : 0);
     }},
    {"probe_duration_seconds", "How long the newest check took.",
     [](Writer& w, const ProbeMetric& p) {
       w.sample("probe_duration_seconds", {{"monitor", p.name}, {"app", p.app}}, p.duration_seconds);
     }},
    {"probe_icmp_duration_seconds", "Round trip of the newest answered ping.", [](Writer& w, const ProbeMetric& p) {
       if (p.icmp && p.success)
         w.sample("probe_icmp_duration_seconds", {{"monitor", p.name}, {"app", p.app}}, p.duration_seconds);
     }}};

class MetricsStream final : public BodyStream {
 public:
  MetricsStream(const Backend& backend, const Stats& stats) : backend_(backend), stats_(stats) {}

  bool next(Body& out) override {
    if (!own_written_) {
      own_written_ = true;
      write_own(out);
      return true;
    }
    while (family_ < std::size(kProbeFamilies) && out.size() < kPieceBytes && !out.refused()) write_some_probes(out);
    return out.size() > 0;
  }

 private:
  void write_own(Body& out) {
    Writer w(out);
    write_summary(w, backend_.summary());
    write_memory(w, backend_.memory());
    auto schedule = backend_.schedule();
    write_schedule(w, schedule);
    write_queues(w, schedule);
    write_history(w, schedule);
    write_api(w, stats_);
  }

  void write_some_probes(Body& out) {
    const auto& family = kProbeFamilies[family_];
    Writer w(out);
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

  const Backend& backend_;
  const Stats& stats_;
  bool own_written_ = false;
  std::size_t family_ = 0;
  std::size_t cursor_ = 0;
};

}  // namespace

std::unique_ptr<BodyStream> metrics_stream(const Backend& backend, const Stats& stats) {
  return std::make_unique<MetricsStream>(backend, stats);
}

void append_label_value(Body& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && static_cast<unsigned char>(text[plain]) < 0x80 && text[plain] != '"' &&
           text[plain] != '\\' && text[plain] != '\n')
      ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    auto n = utf8_sequence(text);
    if (text[0] == '\n')
      out.append("\\n");
    else if (text[0] == '"' || text[0] == '\\')
      out.append(text[0] == '"' ? "\\\"" : "\\\\");
    else
      out.append(n > 0 ? text.substr(0, n) : std::string_view("\xef\xbf\xbd"));
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
}

}  // namespace holter::api
