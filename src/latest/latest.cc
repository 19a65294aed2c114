#include "latest/latest.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "latest/table.h"

namespace holter::latest {
Latest::Latest(const Clock& clock, memory::Account& account)
    : clock_(clock), account_(account), series_index_(0, IdHash{this}, SameId{this}) {}

Latest::~Latest() {
  for (auto cell : cells_)
    if (cell.is_text()) delete[] cell.text();
  account_.release(text_bytes_);
}

bool Latest::charge(std::size_t bytes) {
  if (reserved_.bytes() > 0) return reserved_.resize(reserved_.bytes() + bytes);
  auto reserved = account_.reserve(bytes);
  if (reserved) reserved_ = std::move(*reserved);
  return reserved.has_value();
}

std::size_t Latest::value_bytes(const model::Definition& definition) {
  std::size_t fields = 0;
  for (const auto& set : definition.sets) fields += set.fields.size();
  return fields * (kCellBytes + kIndexBytes) + definition.sets.size() * kRowBytes;
}

std::size_t Latest::expected_bytes(const model::Definition& definition) {
  return kMonitorBytes + definition.sets.size() * kSetBytes + value_bytes(definition);
}

holter::Status Latest::add(const model::Monitor& monitor) try {
  auto sets = monitor.definition->sets.size();
  auto more = kMonitorBytes + sets * kSetBytes;
  CHECK(!monitor_index_.contains(monitor.id.value));
  if (!charge(more))
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot keep the state of monitor {}: {} monitors fill the memory account {}",
                             monitor.name, monitor_index_.size(), account_.name()));
  auto first_set = sets_.size();
  auto index = monitors_.size();
  try {
    sets_.resize(first_set + sets);
    monitors_.push_back({.monitor = &monitor, .first_set = static_cast<std::uint32_t>(first_set)});
    monitor_index_[monitor.id.value] = static_cast<std::uint32_t>(index);
  } catch (const std::bad_alloc&) {
    monitors_.resize(index);
    sets_.resize(first_set);
    (void)reserved_.resize(reserved_.bytes() - more);  // becoming smaller is never refused
    throw;
  }
  // Others may depend on it already, or still: they start anew with it.
  if (auto* node = dependencies_.find(monitor.id))
    *node = {.first_parent = node->first_parent, .first_child = node->first_child};
  return {};
} catch (const std::bad_alloc&) {
  return Error(ErrorCode::kResourceExhausted, "cannot keep the state of a monitor: the allocator's cap is reached");
}

Latest::MonitorEntry* Latest::find(MonitorId id) {
  auto found = monitor_index_.find(id.value);
  return found == monitor_index_.end() ? nullptr : &monitors_[found->second];
}
const Latest::MonitorEntry* Latest::find(MonitorId id) const {
  return const_cast<Latest*>(this)->find(id);
}

void Latest::drop_text(Text& text) {
  (void)replace(text, {}, 0);  // becoming empty is never refused
}

void Latest::remove(MonitorId id) {
  auto* entry = find(id);
  if (entry == nullptr) return;
  auto sets = entry->monitor->definition->sets.size();
  for (std::size_t i = 0; i < sets; ++i) drop_text(sets_[entry->first_set + i].message);
  dead_sets_ += sets;
  forget_rows(*entry);
  drop_pause_text(id);
  (void)dependencies_.set(id, {});  // becoming smaller is never refused
  entry->monitor = nullptr;
  monitor_index_.erase(id.value);
  ++dead_monitors_;
  show_children(id, epoch_ms(clock_.wall()));
  auto dead =
      dead_monitors_ * kMonitorBytes + dead_sets_ * kSetBytes + dead_rows_ * kRowBytes + dead_cells_ * kCellBytes;
  if (dead > kLeastHoles && 2 * dead > reserved_.bytes()) compact();
}

/// Moves what lives together, into tables that are no larger than it. Needs memory for the new tables while the old
/// ones are there; when that is refused, the holes stay until the next removal.
void Latest::compact() try {
  std::vector<MonitorEntry> monitors;
  std::vector<SetEntry> sets;
  std::deque<RowEntry> rows(rows_.size() - dead_rows_);
  std::deque<Cell> cells(cells_.size() - dead_cells_);
  std::vector<Text> labels;
  monitors.reserve(monitors_.size() - dead_monitors_);
  sets.reserve(sets_.size() - dead_sets_);
  labels.reserve(
      static_cast<std::size_t>(std::ranges::count_if(labels_, [](const Text& text) { return text != nullptr; })));
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> monitor_index(monitors.capacity());
  SeriesIndex series_index(0, series_index_.hash_function(), series_index_.key_eq());
  series_index.reserve(series_index_.size());
  std::uint32_t row_count = 0, cell_count = 0;
  // Nothing is refused from here on: all has room.
  for (auto& entry : monitors_) {
    if (entry.monitor == nullptr) continue;
    auto old_set = std::exchange(entry.first_set, static_cast<std::uint32_t>(sets.size()));
    for (std::size_t i = 0; i < entry.monitor->definition->sets.size(); ++i)
      sets.push_back(std::move(sets_[old_set + i]));
    auto next = std::exchange(entry.first_row, kNone);
    entry.last_row = kNone;
    while (next != kNone) {
      auto fields = set_of(rows_[next]).fields.size();
      auto& moved = rows[row_count] = rows_[next];
      next = std::exchange(moved.next, kNone);
      auto old_cell = std::exchange(moved.first_cell, cell_count);
      for (std::size_t i = 0; i < fields; ++i) cells[cell_count++] = cells_[old_cell + i];
      moved.monitor = static_cast<std::uint32_t>(monitors.size());
      if (moved.labels != kNone) {
        labels.push_back(std::move(labels_[moved.labels]));
        moved.labels = static_cast<std::uint32_t>(labels.size() - 1);
      }
      (entry.last_row == kNone ? entry.first_row : rows[entry.last_row].next) = row_count;
      entry.last_row = row_count++;
    }
    monitor_index[entry.monitor->id.value] = static_cast<std::uint32_t>(monitors.size());
    monitors.push_back(entry);
  }
  monitors_ = std::move(monitors);
  sets_ = std::move(sets);
  rows_.swap(rows);
  cells_.swap(cells);
  labels_ = std::move(labels);
  monitor_index_ = std::move(monitor_index);
  for (std::uint32_t i = 0; i < rows_.size(); ++i)
    for (std::size_t field = 0; field < set_of(rows_[i]).fields.size(); ++field)
      if (!cells_[rows_[i].first_cell + field].is_nothing()) series_index.insert(Place(i, field));
  series_index_.swap(series_index);
  dead_monitors_ = dead_sets_ = dead_rows_ = dead_cells_ = 0;
  (void)reserved_.resize(monitors_.size() * kMonitorBytes + sets_.size() * kSetBytes + rows_.size() * kRowBytes +
                         cells_.size() * kCellBytes + series_index_.size() * kIndexBytes);
} catch (const std::bad_alloc&) {
}

void Latest::drop_pause_text(MonitorId id) {
  auto old = pause_texts_.find(id.value);
  if (old == pause_texts_.end()) return;
  drop_text(old->second);
  pause_texts_.erase(old);
}

void Latest::set_paused(MonitorId id, PauseReason reason, std::string_view text, std::int64_t time_ms) {
  auto* entry = find(id);
  if (entry == nullptr) return;
  drop_pause_text(id);
  bool resumed = entry->paused != PauseReason::kNone && reason == PauseReason::kNone;
  entry->paused = reason;
  entry->paused_ms = time_ms;
  if (resumed && clock_.mono() - entry->heard > fresh_for(*entry) - kStaleSlack) {
    entry->state = model::State::kUnknown;
    entry->since_ms = time_ms;
  }
  if (resumed) tell_anew(*entry, time_ms);
  if (!dependencies_.empty()) show_children(id, time_ms);
  if (reason == PauseReason::kNone || text.empty()) return;
  try {
    auto place = pause_texts_.try_emplace(id.value).first;
    if (!replace(place->second, text, kLongestMessage)) pause_texts_.erase(place);
  } catch (const std::bad_alloc&) {  // then the message is the reason's name
  }
}

/// By when a monitor that was heard of now should have been heard of again.
MonoTime Latest::due_again(const model::Cron& cron) const {
  constexpr milliseconds kMostPatience = std::chrono::minutes(5);
  auto now = clock_.wall();
  auto next = cron.next(now);
  if (next == WallTime::max()) return MonoTime::max();
  auto behind = cron.next(next);
  auto patience = behind == WallTime::max() ? kMostPatience : std::min(behind - next, kMostPatience);
  return clock_.mono() + (next - now) + patience;
}

/// From `heard` on.
nanoseconds Latest::fresh_for(const MonitorEntry& entry) const {
  if (entry.monitor->cron) {
    if (entry.due_again == MonoTime::max()) return nanoseconds::max();
    return entry.due_again - entry.heard + kStaleSlack;
  }
  const nanoseconds plain = 2 * entry.monitor->interval;
  const bool low = entry.monitor->criticality == model::Criticality::kLow;
  return (low ? stretch_.patience(entry.heard, plain) : plain) + kStaleSlack;
}

bool Latest::is_old(const MonitorEntry& entry) const {
  return entry.state != model::State::kUnknown && clock_.mono() - entry.heard > fresh_for(entry);
}

std::span<const Latest::SetEntry> Latest::sets_of(const MonitorEntry& entry) const {
  return std::span(sets_).subspan(entry.first_set, entry.monitor->definition->sets.size());
}

/// Puts `text`, cut to `most` bytes, into its place; false when there is no memory for it (the old text stays).
bool Latest::replace(Text& place, std::string_view text, std::size_t most) {
  text = text.substr(0, most);
  if (view(place) == text) return true;
  auto wanted = text.empty() ? 0 : text.size() + 1;
  auto held = place ? std::strlen(place.get()) + 1 : 0;
  if (wanted > held && !account_.try_reserve(wanted - held)) return false;
  Text fresh(wanted == 0 ? nullptr : new (std::nothrow) char[wanted]);
  if (wanted > 0 && !fresh) {
    if (wanted > held) account_.release(wanted - held);
    return false;
  }
  if (wanted < held) account_.release(held - wanted);
  text_bytes_ += wanted - held;
  place = std::move(fresh);
  if (wanted == 0) return true;
  std::ranges::transform(text, place.get(), [](char c) { return c == '\0' ? '?' : c; });
  place[wanted - 1] = '\0';
  return true;
}

void Latest::apply(const batch::Batch& batch) {
  apply_series(batch);
  apply_values(batch);
  apply_rounds(batch);
}

void Latest::apply_rounds(const batch::Batch& batch) {
  auto now = clock_.mono();
  for (std::size_t row = 0; row < batch.rounds(); ++row) {
    auto found = monitor_index_.find(batch.round_monitor()[row]);
    if (found == monitor_index_.end()) {
      ++unknown_rows_;
      continue;
    }
    auto& entry = monitors_[found->second];
    const auto& defs = entry.monitor->definition->sets;
    auto index = position(defs, &model::SetDef::name, batch.round_set(row));
    if (index < 0) {
      ++unknown_rows_;
      continue;
    }
    // We could not ask: that says nothing about the target. Its state stays, and grows STALE if this lasts.
    if (batch.round_code()[row] == static_cast<std::uint8_t>(model::ResultCode::kUnavailable)) {
      ++unavailable_rounds_;
      continue;
    }
    auto& set = sets_[entry.first_set + static_cast<std::size_t>(index)];
    set.time_ms = batch.round_time_ms()[row];
    set.duration_us = batch.round_duration_us()[row];
    set.code = static_cast<model::ResultCode>(batch.round_code()[row]);
    (void)replace(set.message, batch.round_message(row), kLongestMessage);  // no room: the older message stays
    if (defs[static_cast<std::size_t>(index)].priority != 0) continue;
    bool was_old = is_old(entry);
    entry.heard = now;
    if (entry.monitor->cron) entry.due_again = due_again(*entry.monitor->cron);
    decide(entry, set, was_old);
  }
}

/// UP when every set of priority 0 that has been heard of succeeded last, else DOWN.
void Latest::decide(MonitorEntry& entry, const SetEntry& newest, bool was_old) {
  const auto& defs = entry.monitor->definition->sets;
  auto sets = sets_of(entry);
  bool up = true;
  for (std::size_t i = 0; i < defs.size(); ++i)
    if (defs[i].priority == 0 && sets[i].time_ms != 0 && sets[i].code != model::ResultCode::kSuccess) up = false;
  auto before = std::exchange(entry.state, up ? model::State::kUp : model::State::kDown);
  if (entry.state != before) entry.since_ms = newest.time_ms;
  follow(entry, before, newest, was_old);
}

std::optional<MonitorStatus> Latest::status(MonitorId id) const {
  auto found = monitor_index_.find(id.value);
  if (found == monitor_index_.end()) return std::nullopt;
  const auto& entry = monitors_[found->second];
  MonitorStatus status{.state = entry.state, .since_ms = entry.since_ms};
  const auto& defs = entry.monitor->definition->sets;
  auto sets = sets_of(entry);
  for (std::size_t i = 0; i < defs.size(); ++i) {
    if (defs[i].priority != 0 || sets[i].time_ms == 0) continue;
    status.last_check_ms = std::max(status.last_check_ms, sets[i].time_ms);
    status.duration_us = std::max(status.duration_us, sets[i].duration_us);
    if (sets[i].code == model::ResultCode::kSuccess || !status.message.empty()) continue;
    status.code = sets[i].code;
    status.message = view(sets[i].message);
  }
  if (entry.paused != PauseReason::kNone || entry.monitor->paused) {
    status.state = model::State::kPaused;
    status.paused = entry.paused != PauseReason::kNone ? entry.paused : PauseReason::kUser;
    if (entry.paused == PauseReason::kNone) return status;
    status.since_ms = entry.paused_ms;
    auto text = pause_texts_.find(id.value);
    status.message = text != pause_texts_.end()             ? view(text->second)
                     : entry.paused == PauseReason::kMemory ? "paused: memory is short"
                                                            : "paused by the user";
  } else if (is_old(entry)) {
    status.state = model::State::kStale;
    status.since_ms = status.last_check_ms + std::chrono::duration_cast<milliseconds>(fresh_for(entry)).count();
  }
  if (status.state != model::State::kDown || dependencies_.empty()) return status;
  if (const auto* node = dependencies_.find(id)) {
    if (blocker(*node).monitor != nullptr) status.state = model::State::kUnreachable;
    if (node->shown == status.state) status.since_ms = node->since_ms;
  }
  return status;
}

std::optional<SetStatus> Latest::set_status(MonitorId id, std::string_view set) const {
  auto found = monitor_index_.find(id.value);
  if (found == monitor_index_.end()) return std::nullopt;
  const auto& entry = monitors_[found->second];
  auto index = position(entry.monitor->definition->sets, &model::SetDef::name, set);
  if (index < 0) return std::nullopt;
  const auto& s = sets_of(entry)[static_cast<std::size_t>(index)];
  return SetStatus{s.time_ms, s.duration_us, s.code, view(s.message)};
}

Stats Latest::stats() const {
  return {monitor_index_.size(),
          series_index_.size(),
          reserved_.bytes() + text_bytes_ + dependencies_.bytes(),
          refused_series_,
          unknown_rows_,
          unavailable_rounds_,
          series_index_.size() * kIndexBytes + cells_.size() * kCellBytes + rows_.size() * kRowBytes};
}

}  // namespace holter::latest
