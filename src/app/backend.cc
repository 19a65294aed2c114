#include "app/backend.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <arrow/buffer.h>
#include <fmt/format.h>

#include "app/admission.h"
#include "base/units.h"
#include "batch/table_stream.h"
#include "memory/allocator.h"
#include "memory/arrow_pool.h"
#include "memory/resident.h"

namespace holter::app {
namespace {

/// ms since 1970, to 10 ms: the two clocks are read one after the other, and 12:00:19.999 for a check at 12:00:20 would
/// look wrong.
std::int64_t next_check_ms(const Clock& clock, MonoTime next) {
  auto ms = epoch_ms(clock.wall()) + std::chrono::round<milliseconds>(next - clock.mono()).count();
  return (ms + 5) / 10 * 10;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool has_labels(const model::Labels& labels, const std::vector<std::pair<std::string, std::string>>& wanted) {
  return std::ranges::all_of(wanted,
                             [&](const auto& label) { return std::ranges::find(labels, label) != labels.end(); });
}

/// What a list sorted by anything but a text compares.
double sort_key(const api::MonitorRow& row, api::Sort sort) {
  switch (sort) {
    case api::Sort::kState:
      return static_cast<double>(std::ranges::find(model::kWorstFirst, row.state) - model::kWorstFirst.begin());
    case api::Sort::kSince:
      return static_cast<double>(row.since_ms);
    case api::Sort::kLastCheck:
      return static_cast<double>(row.last_check_ms);
    case api::Sort::kDuration:
      return static_cast<double>(row.duration_us);
    case api::Sort::kName:
    case api::Sort::kApp:
    case api::Sort::kFolder:
      break;
  }
  return 0;
}

}  // namespace

Backend::Backend(Parts parts) : parts_(std::move(parts)), started_ms_(epoch_ms(parts_.clock.wall())) {}

api::MonitorRow Backend::row(Slot slot) const {
  const auto& watched = at(slot);
  const auto& monitor = watched.monitor;
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
  row.paused_for_memory = watched.job == nullptr;
  if (row.paused_for_memory) row.message = why_paused(watched);
  row.in_file = watched.file != 0;
  row.folder = parts_.fleet.relations().folder(monitor.id);
  if (row.state == model::State::kUnreachable) row.unreachable_because = parts_.latest.unreachable_because(monitor.id);
  if (const auto* fault = row.in_file ? nullptr : parts_.owned.fault(monitor.id)) {
    row.faulty = !row.paused_for_memory;
    row.message = *fault;
  }
  auto next = watched.job != nullptr ? watched.job->next_due() : MonoTime{};
  if (next != MonoTime{} && !monitor.paused) row.next_check_ms = next_check_ms(parts_.clock, next);
  return row;
}

bool Backend::matches(Slot slot, const api::ListQuery& query, const std::string& text) const {
  const auto& monitor = at(slot).monitor;
  if (!query.app.empty() && monitor.definition->app != query.app) return false;
  if (!text.empty() && lower(monitor.name).find(text) == std::string::npos) return false;
  auto folder = parts_.fleet.relations().folder(monitor.id);
  if (!access::is_within(folder, query.folder)) return false;
  if (query.who != nullptr && query.who->role_in(folder) < access::Role::kViewer) return false;
  if (!has_labels(*monitor.labels, query.labels)) return false;
  return !query.state || parts_.latest.status(monitor.id)->state == *query.state;
}

void Backend::each_match(const api::ListQuery& query, const std::function<void(const Watched&)>& visit) const {
  auto text = lower(query.text);
  parts_.fleet.monitors().each([&](Slot slot, const Watched& watched) {
    if (matches(slot, query, text)) visit(watched);
    return true;
  });
}

Status Backend::arrow_stream(const model::Table& table, const std::function<void(std::string_view)>& take) const {
  memory::ArrowPool pool(parts_.answers, "answers");
  TRY(auto buffer, batch::encode(table, pool));
  take({reinterpret_cast<const char*>(buffer->data()), static_cast<std::size_t>(buffer->size())});
  return {};
}

std::string_view Backend::sort_text(Slot slot, api::Sort sort) const {
  const auto& monitor = at(slot).monitor;
  return sort == api::Sort::kApp ? std::string_view(monitor.definition->app)
                                 : parts_.fleet.relations().folder(monitor.id);
}

api::MonitorPage Backend::monitors(const api::ListQuery& query) const {
  // The key of the sort, and the place by name. Equal keys stay in the order of names.
  using Keyed = std::pair<double, std::uint32_t>;
  std::vector<Slot> found;
  auto text = lower(query.text);
  for (auto slot : parts_.fleet.monitors().by_name())
    if (matches(slot, query, text)) found.push_back(slot);
  api::MonitorPage page{.total = found.size()};
  bool by_name = query.sort == api::Sort::kName;
  if (by_name && query.descending) std::ranges::reverse(found);
  auto name_of = [&](std::uint32_t place) -> const std::string& { return at(found[place]).monitor.name; };
  // Texts are compared by their places among those that there are; one that is gone lies between two others.
  bool texts = api::by_text(query.sort);
  std::set<std::string_view> distinct;
  if (texts)
    for (auto slot : found) distinct.insert(sort_text(slot, query.sort));
  const std::vector<std::string_view> ordered(distinct.begin(), distinct.end());
  auto place_of = [&](std::string_view wanted) {
    auto at_least = std::ranges::lower_bound(ordered, wanted);
    auto place = static_cast<double>(at_least - ordered.begin());
    return at_least != ordered.end() && *at_least == wanted ? place : place - 0.5;
  };
  auto signed_key = [&](double key) { return query.descending ? -key : key; };
  double after_key = !query.after ? 0 : texts ? signed_key(place_of(query.after->text)) : query.after->key;
  auto is_after = [&](const Keyed& keyed) {
    if (!query.after) return true;
    if (keyed.first != after_key) return keyed.first > after_key;
    return by_name && query.descending ? name_of(keyed.second) < query.after->name
                                       : name_of(keyed.second) > query.after->name;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(found.size());
  for (std::uint32_t place = 0; place < found.size(); ++place) {
    auto key = by_name ? 0
               : texts ? place_of(sort_text(found[place], query.sort))
                       : sort_key(row(found[place]), query.sort);
    if (Keyed one{signed_key(key), place}; is_after(one)) keyed.push_back(one);
  }
  auto end = std::min(keyed.size(), query.offset + query.limit);
  if (!by_name) std::ranges::partial_sort(keyed, keyed.begin() + static_cast<std::ptrdiff_t>(end));
  for (auto i = query.offset; i < end; ++i) page.rows.push_back(row(found[keyed[i].second]));
  if (end < keyed.size() && !page.rows.empty()) {
    const auto& last = keyed[end - 1];
    page.last = {texts ? 0 : last.first, page.rows.back().name};
    if (texts) page.last->text = sort_text(found[last.second], query.sort);
  }
  return page;
}

std::optional<api::MonitorDetail> Backend::monitor(MonitorId id) const {
  auto slot = parts_.fleet.monitors().find(id);
  if (!slot) return std::nullopt;
  api::MonitorDetail detail{.row = row(*slot)};
  const auto& monitor = at(*slot).monitor;
  for (const auto& def : monitor.definition->params) {
    const auto* value = monitor.param(def.field);
    if (value == nullptr) continue;
    bool secret = def.type == model::ParamType::kPassword && !value->empty();
    detail.params.push_back({def.field, secret ? "" : *value, secret});
  }
  detail.parents = parents(*slot);
  if (auto file = at(*slot).file; file != 0) detail.file = parts_.files.names.at(file - 1U);
  if (monitor.cron) {
    detail.cron = monitor.cron->text();
    detail.timezone = monitor.cron->zone();
  }
  return detail;
}

std::vector<api::ParentState> Backend::parents(Slot slot) const {
  std::vector<api::ParentState> all;
  auto add = [&](std::optional<MonitorId> id, std::string_view name) {
    auto& parent = all.emplace_back(api::ParentState{.id = id, .name = std::string(name)});
    auto found = id ? parts_.fleet.monitors().find(*id) : std::nullopt;
    if (!found) return;
    parent.name = at(*found).monitor.name;
    parent.state = parts_.latest.status(*id)->state;
  };
  auto id = at(slot).monitor.id;
  const auto& names = parts_.fleet.relations().depends_on(id);
  for (const auto& name : names) {
    auto found = parts_.fleet.find(name);
    add(found ? std::optional(at(*found).monitor.id) : std::nullopt, name);
  }
  if (names.empty())
    for (auto parent : parts_.fleet.parents(id)) add(parent, "");
  return all;
}

std::optional<std::vector<api::SetResult>> Backend::results(MonitorId id) const {
  auto slot = parts_.fleet.monitors().find(id);
  if (!slot) return std::nullopt;
  const auto& definition = *at(*slot).monitor.definition;
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

api::MemoryReport Backend::memory() const {
  api::MemoryReport report{.ledger_used = parts_.ledger.used(), .ledger_limit = parts_.ledger.limit()};
  parts_.governor.report(report);
  auto allocator = memory::allocator_stats();
  report.allocator_mapped = allocator.mapped;
  report.allocator_cap = allocator.cap;
  report.allocator_allocated = allocator.allocated;
  report.allocator_refused = allocator.refused;
  auto history = parts_.history->stats();
  report.history_resident = history.child_resident;
  report.history_resident_peak = history.child_peak;
  for (const auto& a : parts_.ledger.snapshot())
    report.accounts.push_back({a.name, a.used, a.peak, a.limit, a.refused, a.reserved});
  report.paused_count = parts_.fleet.paused();
  report.paused_bytes = parts_.fleet.paused_bytes();
  list_paused(report);
  return report;
}

/// The first hundred of those that are paused for memory, in the order in which they will be resumed.
void Backend::list_paused(api::MemoryReport& report) const {
  constexpr std::size_t kMost = 100;
  using Key = std::tuple<model::Criticality, std::uint32_t, Slot>;
  std::vector<Key> first;  // a heap whose top is the last of them
  parts_.fleet.monitors().each([&](Slot slot, const Watched& watched) {
    if (watched.job != nullptr) return true;
    ++report.paused_by[static_cast<std::size_t>(watched.monitor.criticality)];
    first.emplace_back(watched.monitor.criticality, watched.job_bytes, slot);
    std::ranges::push_heap(first);
    if (first.size() > kMost) {
      std::ranges::pop_heap(first);
      first.pop_back();
    }
    return true;
  });
  std::ranges::sort(first);
  for (const auto& [criticality, bytes, slot] : first) {
    const auto& watched = at(slot);
    report.paused.push_back({.id = watched.monitor.id,
                             .name = watched.monitor.name,
                             .app = watched.monitor.definition->app,
                             .criticality = criticality,
                             .since_ms = watched.paused_ms,
                             .bytes = bytes,
                             .reason = why_paused(watched)});
  }
}

std::uint64_t Backend::bytes_left() const {
  api::MemoryReport report;
  parts_.governor.report(report);
  return report.budget > report.resident ? report.budget - report.resident : 0;
}

Result<api::AdmissionAnswer> Backend::admission(const api::AdmissionQuery& query) const {
  auto definition = parts_.definitions.find(query.app);
  if (!definition) {
    auto apps = parts_.definitions.apps();
    auto near = nearest_in(query.app, apps);
    return Error(ErrorCode::kNotFound, fmt::format("cannot find the application '{}'{}", excerpt(query.app),
                                                   near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  auto wanted = query;
  if (wanted.interval_ms == 0) wanted.interval_ms = model::Monitor{}.interval.count();
  if (milliseconds(wanted.interval_ms) < parts_.config.collect.min_interval)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot check every {}: at least {} are needed (collect.min_interval)",
                             format_duration(milliseconds(wanted.interval_ms)),
                             format_duration(parts_.config.collect.min_interval)));
  auto sample = sample_monitor(definition);
  TRY(auto share, parts_.fleet.try_out_share(sample));
  auto left = parts_.governor.bytes_left();
  return admit(wanted, *definition, cost_of(sample, share.job),
               {.bytes = left - std::min<std::uint64_t>(left, share.shared),
                .pings_now = parts_.load,
                .pings_most = kPingsPerShard * static_cast<double>(parts_.shards.size())});
}

std::vector<api::Event> Backend::events(std::uint64_t after, std::size_t most) const {
  return parts_.events.since(after, most);
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
    report.in_flight_limit += c.in_flight_limit;
    report.in_flight_most += parts_.config.collect.max_in_flight;
    report.queue_capacity += parts_.config.collect.queue_capacity;
    report.deferred += c.deferred;
    report.stretched += c.stretched;
    report.lateness_sum_ms += c.lateness.sum_ms();
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += c.lateness.count(i);
    report.shards.push_back(
        {c.jobs, c.in_flight, c.waiting, std::chrono::duration<double>(shard->shard.cpu_time()).count()});
  }
  std::map<std::string_view, net::SessionPoolStats> sessions;
  for (const auto& shard : parts_.shards)
    for (const auto& [protocol, stats] : shard->objects.sessions()) sessions[protocol] += stats;
  for (const auto& [protocol, s] : sessions)
    report.sessions.push_back(
        {protocol, s.open, s.idle, s.waiting, s.most, s.opened, s.reused, s.expired, s.evicted, s.refused});
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
  auto order = parts_.fleet.monitors().by_name();
  auto end = std::min(order.size(), from + most);
  for (auto i = from; i < end; ++i) {
    const auto& monitor = at(order[i]).monitor;
    auto status = *parts_.latest.status(monitor.id);
    visit({.name = monitor.name,
           .app = monitor.definition->app,
           .success = status.state == model::State::kUp,
           .known = status.state == model::State::kUp || status.state == model::State::kDown ||
                    status.state == model::State::kUnreachable,
           .icmp = !monitor.definition->sets.empty() && monitor.definition->sets.front().protocol == "icmp",
           .duration_seconds = status.duration_us / 1e6});
  }
  return end > from ? end - from : 0;
}

}  // namespace holter::app
