#include "app/backend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "memory/allocator.h"
#include "memory/resident.h"

namespace holter::app {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool has_labels(const model::Labels& labels, const std::vector<std::pair<std::string, std::string>>& wanted) {
  return std::ranges::all_of(wanted,
                             [&](const auto& label) { return std::ranges::find(labels, label) != labels.end(); });
}

/// What needs attention first.
double state_rank(model::State state) {
  switch (state) {
    case model::State::kDown:
      return 0;
    case model::State::kStale:
      return 1;
    case model::State::kUnknown:
      return 2;
    case model::State::kPaused:
      return 3;
    case model::State::kUp:
      return 4;
  }
  return 5;
}

/// What a list sorted by anything but the name compares.
double sort_key(const api::MonitorRow& row, api::Sort sort) {
  switch (sort) {
    case api::Sort::kState:
      return state_rank(row.state);
    case api::Sort::kSince:
      return static_cast<double>(row.since_ms);
    case api::Sort::kLastCheck:
      return static_cast<double>(row.last_check_ms);
    case api::Sort::kDuration:
      return static_cast<double>(row.duration_us);
    case api::Sort::kName:
      break;
  }
  return 0;
}

}  // namespace

Backend::Backend(Parts parts)
    : parts_(std::move(parts)), started_ms_(epoch_ms(parts_.clock.wall())), by_name_(parts_.monitors.size()) {
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::ranges::sort(by_name_, {}, [this](std::uint32_t i) { return std::string_view(parts_.monitors[i].name); });
  index_.reserve(parts_.monitors.size());
  for (std::uint32_t i = 0; i < parts_.monitors.size(); ++i) index_[parts_.monitors[i].id.value] = i;
}

std::optional<std::uint32_t> Backend::find(MonitorId id) const {
  auto found = index_.find(id.value);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

api::MonitorRow Backend::row(std::uint32_t index) const {
  const auto& monitor = parts_.monitors[index];
  auto status = *parts_.latest.status(monitor.id);
  api::MonitorRow row{.id = monitor.id,
                      .name = monitor.name,
                      .app = monitor.definition->app,
                      .labels = monitor.labels.get(),
                      .criticality = monitor.criticality,
                      .state = status.state,
                      .since_ms = status.since_ms,
                      .last_check_ms = status.last_check_ms,
                      .interval_ms = monitor.interval.count(),
                      .duration_us = status.duration_us,
                      .code = status.code,
                      .message = std::string(status.message)};
  auto next = parts_.jobs[index]->next_due();
  if (next != MonoTime{} && !monitor.paused)
    row.next_check_ms =
        epoch_ms(parts_.clock.wall()) + std::chrono::duration_cast<milliseconds>(next - parts_.clock.mono()).count();
  return row;
}

api::Summary Backend::summary() const {
  api::Summary s{.version = HOLTER_VERSION,
                 .started_ms = started_ms_,
                 .now_ms = epoch_ms(parts_.clock.wall()),
                 .monitors = parts_.monitors.size()};
  for (const auto& monitor : parts_.monitors) {
    switch (parts_.latest.status(monitor.id)->state) {
      case model::State::kUp:
        ++s.up;
        break;
      case model::State::kDown:
        ++s.down;
        break;
      case model::State::kUnknown:
        ++s.unknown;
        break;
      case model::State::kStale:
        ++s.stale;
        break;
      case model::State::kPaused:
        ++s.paused;
        break;
    }
  }
  s.budget_bytes = parts_.config.memory.budget;
  if (auto resident = memory::resident_set()) s.resident_bytes = resident->resident;
  auto history = parts_.history->stats();
  s.history_running = history.running;
  s.history_resident_bytes = history.child_resident;
  return s;
}

bool Backend::matches(std::uint32_t index, const api::ListQuery& query, const std::string& text) const {
  const auto& monitor = parts_.monitors[index];
  if (!query.app.empty() && monitor.definition->app != query.app) return false;
  if (!text.empty() && lower(monitor.name).find(text) == std::string::npos) return false;
  if (!has_labels(*monitor.labels, query.labels)) return false;
  return !query.state || parts_.latest.status(monitor.id)->state == *query.state;
}

api::MonitorPage Backend::monitors(const api::ListQuery& query) const {
  std::vector<std::uint32_t> found;
  auto text = lower(query.text);
  for (auto index : by_name_)
    if (matches(index, query, text)) found.push_back(index);
  api::MonitorPage page{.total = found.size()};
  auto end = std::min(found.size(), query.offset + query.limit);
  if (query.sort == api::Sort::kName) {
    if (query.descending) std::ranges::reverse(found);
  } else {
    std::vector<std::pair<double, std::uint32_t>> keyed;
    keyed.reserve(found.size());
    // Equal keys stay in the order of names.
    for (std::uint32_t place = 0; place < found.size(); ++place) {
      auto key = sort_key(row(found[place]), query.sort);
      keyed.emplace_back(query.descending ? -key : key, place);
    }
    std::ranges::partial_sort(keyed, keyed.begin() + static_cast<std::ptrdiff_t>(end));
    auto order = found;
    for (std::size_t i = 0; i < end; ++i) found[i] = order[keyed[i].second];
  }
  for (auto i = query.offset; i < end; ++i) page.rows.push_back(row(found[i]));
  return page;
}

std::optional<api::MonitorDetail> Backend::monitor(MonitorId id) const {
  auto index = find(id);
  if (!index) return std::nullopt;
  api::MonitorDetail detail{.row = row(*index)};
  const auto& monitor = parts_.monitors[*index];
  for (const auto& def : monitor.definition->params) {
    const auto* value = monitor.param(def.field);
    if (value == nullptr) continue;
    bool secret = def.type == model::ParamType::kPassword && !value->empty();
    detail.params.emplace_back(def.field, secret ? "******" : *value);
  }
  return detail;
}

std::optional<std::vector<api::SetResult>> Backend::results(MonitorId id) const {
  auto index = find(id);
  if (!index) return std::nullopt;
  const auto& definition = *parts_.monitors[*index].definition;
  std::vector<api::SetResult> sets;
  for (const auto& def : definition.sets) {
    auto status = *parts_.latest.set_status(id, def.name);
    sets.push_back({.set = def.name,
                    .priority = def.priority,
                    .time_ms = status.time_ms,
                    .duration_us = status.duration_us,
                    .code = status.code,
                    .message = std::string(status.message)});
  }
  parts_.latest.each_value(id, [&](const latest::Value& value) {
    auto& set = *std::ranges::find(sets, value.set, &api::SetResult::set);
    auto row = std::ranges::find(set.rows, value.labels, &api::ResultRow::labels);
    if (row == set.rows.end()) row = set.rows.insert(set.rows.end(), {std::string(value.labels), {}});
    const auto& def = *std::ranges::find(definition.sets, value.set, &model::SetDef::name);
    const auto& field = *std::ranges::find(def.fields, value.field, &model::FieldDef::field);
    row->cells.push_back({.field = std::string(value.field),
                          .unit = field.unit,
                          .is_number = value.is_number,
                          .number = value.number,
                          .text = std::string(value.text),
                          .series = fmt::format("{:016x}", value.series.value)});
  });
  return sets;
}

boost::asio::awaitable<Result<std::vector<api::HistorySeries>>> Backend::history(api::HistoryQuery query,
                                                                                 MonoTime deadline) {
  constexpr std::size_t kMostSeries = 64;
  auto index = find(query.monitor);
  if (!index) co_return Error(ErrorCode::kNotFound, "cannot find the monitor");
  const auto& definition = *parts_.monitors[*index].definition;
  std::vector<api::HistorySeries> out;
  history::RangeQuery range{.from_ms = query.from_ms, .to_ms = query.to_ms, .step_ms = query.step_ms};
  parts_.latest.each_value(query.monitor, [&](const latest::Value& value) {
    if (!value.is_number || range.series.size() >= kMostSeries) return;
    if (query.set.empty() && query.field.empty() && !out.empty() &&
        (out[0].field != value.field || out[0].set != value.set))
      return;
    if (!query.set.empty() && value.set != query.set) return;
    if (!query.field.empty() && value.field != query.field) return;
    const auto& def = *std::ranges::find(definition.sets, value.set, &model::SetDef::name);
    const auto& field = *std::ranges::find(def.fields, value.field, &model::FieldDef::field);
    out.push_back({.series = fmt::format("{:016x}", value.series.value),
                   .set = std::string(value.set),
                   .field = std::string(value.field),
                   .unit = field.unit,
                   .labels = std::string(value.labels),
                   .points = {}});
    range.series.push_back(value.series);
  });
  if (out.empty()) co_return out;
  auto series = range.series;
  CO_TRY(auto answer, co_await parts_.history->query(std::move(range), deadline));
  for (const auto& found : answer) {
    auto at = std::ranges::find(series, found.series) - series.begin();
    for (const auto& b : found.buckets)
      out[static_cast<std::size_t>(at)].points.push_back({b.start_ms, b.min, b.max, b.avg, b.count});
  }
  co_return out;
}

api::MemoryReport Backend::memory() const {
  api::MemoryReport report{.budget = parts_.config.memory.budget, .ledger_used = parts_.budget.used()};
  if (auto resident = memory::resident_set()) {
    report.resident = resident->resident;
    report.resident_peak = resident->peak;
    report.anonymous = resident->anonymous;
    report.file = resident->file;
  }
  auto allocator = memory::allocator_stats();
  report.allocator_mapped = allocator.mapped;
  report.allocator_cap = allocator.cap;
  report.allocator_allocated = allocator.allocated;
  report.allocator_refused = allocator.refused;
  auto history = parts_.history->stats();
  report.history_resident = history.child_resident;
  report.history_resident_peak = history.child_peak;
  for (const auto& a : parts_.budget.snapshot())
    report.accounts.push_back({a.name, a.used, a.peak, a.limit, a.refused});
  return report;
}

api::ScheduleReport Backend::schedule() const {
  api::ScheduleReport report;
  using schedule::Histogram;
  std::array<std::uint64_t, Histogram::kBoundsMs.size() + 1> counts{};
  for (const auto& shard : parts_.shards) {
    const auto& c = shard->collector.counters();
    report.due += c.due;
    report.run += c.run;
    report.late += c.late;
    report.skipped += c.skipped;
    report.paused += c.paused;
    report.timeouts += c.timeouts;
    report.jobs += c.jobs;
    report.in_flight += c.in_flight;
    report.waiting += c.waiting;
    report.in_flight_limit += parts_.config.collect.max_in_flight;
    report.lateness_sum_ms += c.lateness.sum_ms();
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += c.lateness.count(i);
    report.shards.push_back(
        {c.jobs, c.in_flight, c.waiting, std::chrono::duration<double>(shard->shard.cpu_time()).count()});
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    report.lateness_ms.emplace_back(i < Histogram::kBoundsMs.size() ? Histogram::kBoundsMs[i] : INFINITY, total);
  }
  for (const auto& q : parts_.pipeline.stats())
    report.queues.push_back(
        {q.name, q.batches, q.rows, q.dropped_batches, q.dropped_rows, q.queued_bytes, q.limit_bytes});
  auto history = parts_.history->stats();
  report.history_samples_sent = history.samples_sent;
  report.history_samples_kept = history.samples_kept;
  report.history_samples_lost = history.samples_lost;
  report.history_restarts = history.restarts;
  report.history_file_bytes = history.file_bytes;
  report.history_error = history.last_error;
  return report;
}

std::string Backend::not_ready() const {
  if (!ready_) return "starting";
  return parts_.history->stats().running ? "" : "the history process is not running";
}

std::size_t Backend::each_probe(std::size_t from, std::size_t most,
                                const std::function<void(const api::ProbeMetric&)>& visit) const {
  auto end = std::min(parts_.monitors.size(), from + most);
  for (auto i = from; i < end; ++i) {
    const auto& monitor = parts_.monitors[i];
    auto status = *parts_.latest.status(monitor.id);
    visit({.name = monitor.name,
           .app = monitor.definition->app,
           .success = status.state == model::State::kUp,
           .known = status.state == model::State::kUp || status.state == model::State::kDown,
           .icmp = !monitor.definition->sets.empty() && monitor.definition->sets.front().protocol == "icmp",
           .duration_seconds = status.duration_us / 1e6});
  }
  return end > from ? end - from : 0;
}

}  // namespace holter::app
