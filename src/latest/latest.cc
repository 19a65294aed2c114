#include "latest/latest.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"

namespace holter::latest {
namespace {

constexpr std::size_t kMonitorBytes = 64 + 24;  // entry, and its share of the index
constexpr std::size_t kSetBytes = 32;
constexpr std::size_t kSeriesBytes = 56 + 24;
constexpr std::size_t kLongestMessage = 512;
constexpr std::size_t kLongestText = 16 * 1024;

/// Position of the element whose member `name` is `wanted`, or -1.
template <class Range, class Member>
int position(const Range& range, Member name, std::string_view wanted) {
  for (std::size_t i = 0; i < range.size(); ++i)
    if (range[i].*name == wanted) return static_cast<int>(i);
  return -1;
}

std::string_view view(const std::unique_ptr<char[]>& text) {
  return text ? std::string_view(text.get()) : std::string_view();
}

}  // namespace

Latest::Latest(const Clock& clock, memory::Account& account) : clock_(clock), account_(account) {}

Latest::~Latest() {
  account_.release(text_bytes_);
}

holter::Status Latest::add(const model::Monitor& monitor) {
  auto sets = monitor.definition->sets.size();
  auto more = kMonitorBytes + sets * kSetBytes;
  if (reserved_.bytes() == 0) {
    TRY(reserved_, account_.reserve(more));
  } else if (!reserved_.resize(reserved_.bytes() + more)) {
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot keep the state of monitor {}: {} monitors fill the memory account {}",
                             monitor.name, monitors_.size(), account_.name()));
  }
  CHECK(!monitor_index_.contains(monitor.id.value));
  monitor_index_[monitor.id.value] = static_cast<std::uint32_t>(monitors_.size());
  monitors_.push_back({.monitor = &monitor, .first_set = static_cast<std::uint32_t>(sets_.size())});
  sets_.resize(sets_.size() + sets);
  return {};
}

std::span<const Latest::SetEntry> Latest::sets_of(const MonitorEntry& entry) const {
  return std::span(sets_).subspan(entry.first_set, entry.monitor->definition->sets.size());
}

/// Puts `text`, cut to `most` bytes, into its place; false when there is no memory for it (the old text stays).
bool Latest::replace(Text& place, std::string_view text, std::size_t most) {
  if (view(place) == text.substr(0, most)) return true;
  auto wanted = text.empty() ? 0 : std::min(text.size(), most) + 1;
  auto held = place ? std::strlen(place.get()) + 1 : 0;
  if (wanted > held && !account_.try_reserve(wanted - held)) return false;
  if (wanted < held) account_.release(held - wanted);
  text_bytes_ += wanted - held;
  place.reset();
  if (wanted == 0) return true;
  place = std::make_unique_for_overwrite<char[]>(wanted);
  std::ranges::transform(text.substr(0, wanted - 1), place.get(), [](char c) { return c == '\0' ? '?' : c; });
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
    entry.heard = now;
    decide(entry, set.time_ms);
  }
}

/// UP when every set of priority 0 that has been heard of succeeded last, else DOWN.
void Latest::decide(MonitorEntry& entry, std::int64_t time_ms) {
  const auto& defs = entry.monitor->definition->sets;
  auto sets = sets_of(entry);
  bool up = true;
  for (std::size_t i = 0; i < defs.size(); ++i)
    if (defs[i].priority == 0 && sets[i].time_ms != 0 && sets[i].code != model::ResultCode::kSuccess) up = false;
  auto state = up ? model::State::kUp : model::State::kDown;
  if (state == entry.state) return;
  entry.state = state;
  entry.since_ms = time_ms;
}

void Latest::apply_series(const batch::Batch& batch) {
  for (std::size_t row = 0; row < batch.series(); ++row) {
    auto id = batch.series_id()[row];
    if (series_index_.contains(id)) continue;
    auto found = monitor_index_.find(batch.series_monitor()[row]);
    if (found == monitor_index_.end()) {
      ++unknown_rows_;
      continue;
    }
    auto& entry = monitors_[found->second];
    const auto& defs = entry.monitor->definition->sets;
    auto set = position(defs, &model::SetDef::name, batch.series_set(row));
    auto field = set < 0 ? -1
                         : position(defs[static_cast<std::size_t>(set)].fields, &model::FieldDef::field,
                                    batch.series_field(row));
    SeriesEntry series{.id = {id}, .set = static_cast<std::uint16_t>(set), .field = static_cast<std::uint16_t>(field)};
    if (field < 0) {
      ++unknown_rows_;
      continue;
    }
    if (!reserved_.resize(reserved_.bytes() + kSeriesBytes) ||
        !replace(series.labels, batch.series_labels(row), kLongestText)) {
      ++refused_series_;
      continue;
    }
    auto index = static_cast<std::uint32_t>(series_.size());
    series_.push_back(std::move(series));
    series_index_[id] = index;
    (entry.last_series == kNone ? entry.first_series : series_[entry.last_series].next) = index;
    entry.last_series = index;
  }
}

Latest::SeriesEntry* Latest::find_series(std::uint64_t id) {
  auto found = series_index_.find(id);
  if (found == series_index_.end()) {
    ++unknown_rows_;
    return nullptr;
  }
  return &series_[found->second];
}

void Latest::apply_values(const batch::Batch& batch) {
  for (std::size_t row = 0; row < batch.samples(); ++row) {
    auto* series = find_series(batch.sample_series()[row]);
    if (series == nullptr) continue;
    series->number = batch.sample_value()[row];
    series->time_ms = batch.sample_time_ms()[row];
  }
  for (std::size_t row = 0; row < batch.texts(); ++row) {
    auto* series = find_series(batch.text_series()[row]);
    if (series == nullptr) continue;
    (void)replace(series->text, batch.text_value(row), kLongestText);  // no room: the older text stays, with its time
    series->time_ms = batch.text_time_ms()[row];
  }
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
  if (entry.monitor->paused) {
    status.state = model::State::kPaused;
  } else if (entry.state != model::State::kUnknown) {
    auto fresh_for = 2 * entry.monitor->interval + seconds(10);
    if (clock_.mono() - entry.heard > fresh_for) {
      status.state = model::State::kStale;
      status.since_ms = status.last_check_ms + fresh_for.count();
    }
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

void Latest::each_value(MonitorId id, const std::function<void(const Value&)>& visit) const {
  auto found = monitor_index_.find(id.value);
  if (found == monitor_index_.end()) return;
  const auto& entry = monitors_[found->second];
  for (auto i = entry.first_series; i != kNone; i = series_[i].next) {
    const auto& s = series_[i];
    const auto& set = entry.monitor->definition->sets[s.set];
    const auto& field = set.fields[s.field];
    visit({.series = s.id,
           .set = set.name,
           .field = field.field,
           .labels = view(s.labels),
           .is_number = field.type == model::FieldType::kNumber,
           .number = s.number,
           .text = view(s.text),
           .time_ms = s.time_ms});
  }
}

Stats Latest::stats() const {
  return {monitors_.size(), series_.size(), reserved_.bytes() + text_bytes_,
          refused_series_,  unknown_rows_,  unavailable_rounds_};
}

}  // namespace holter::latest
