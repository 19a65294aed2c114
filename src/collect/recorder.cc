#include "collect/recorder.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"

namespace holter::collect {
namespace {

/// Bytes per entry of the series index, its share of empty slots included.
constexpr std::size_t kIndexEntryBytes = 24;

std::uint32_t hash_text(std::string_view text) {
  auto hash = static_cast<std::uint32_t>(stable_hash(text));
  return hash == 0 ? 1 : hash;  // 0 means: nothing sent yet
}

}  // namespace

SeriesId series_id(MonitorId monitor, std::string_view set, std::string_view field, std::string_view labels) {
  std::uint64_t state = kHashSeed ^ monitor.value;
  for (auto part : {set, field, labels}) state = hash_step(state, part);
  return {mix64(state)};
}

void append_label(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ',';
  out += key;
  out += "=\"";
  for (char c : value) {
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else
      out += c;
  }
  out += '"';
}

Recorder::Recorder(Options options, const Clock& clock, arrow::MemoryPool& pool, memory::Account& account,
                   Publish publish)
    : options_(options),
      clock_(clock),
      started_(clock.mono()),
      account_(account),
      publish_(std::move(publish)),
      builder_(pool, options.batch_rows) {}

std::uint32_t Recorder::hour() const {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::hours>(clock_.mono() - started_).count()) +
         1;
}

void Recorder::record(MonitorId monitor, std::string_view set, const Layout& layout, SetMemory& memory,
                      const RawTable& table, std::int64_t time_ms, nanoseconds duration, model::ResultCode code,
                      std::string_view message) {
  auto us = std::clamp<std::int64_t>(duration.count() / 1000, 0, std::numeric_limits<std::uint32_t>::max());
  builder_.add_round(monitor, set, time_ms, static_cast<std::uint32_t>(us), code, message);
  if (code == model::ResultCode::kSuccess) {
    bool plain = !layout.labelled() && table.rows() == 1;
    if (plain) record_plain_row(monitor, set, layout, memory, table, time_ms);
    for (std::size_t row = 0; !plain && row < table.rows(); ++row)
      record_labelled_row(monitor, set, layout, table, row, time_ms);
  }
  counters_.dropped_rows.store(builder_.dropped_rows(), std::memory_order_relaxed);
  if (builder_.full()) flush();
}

void Recorder::record_plain_row(MonitorId monitor, std::string_view set, const Layout& layout, SetMemory& memory,
                                const RawTable& table, std::int64_t time_ms) {
  auto fields = layout.fields();
  if (!memory.series) {
    memory.series = std::make_unique<SeriesId[]>(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) memory.series[i] = series_id(monitor, set, fields[i].name, {});
  }
  bool announce = memory.announced_hour != hour();
  if (announce) {
    memory.announced_hour = hour();
    for (std::size_t i = 0; i < fields.size(); ++i)
      builder_.add_series(memory.series[i], monitor, set, fields[i].name, {});
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto value = layout.value(table, 0, i, scratch_);
    if (value.is_null) continue;
    if (fields[i].number)
      builder_.add_sample(memory.series[i], time_ms, value.number);
    else
      add_text(memory.series[i], time_ms, value.text, announce);
  }
}

void Recorder::record_labelled_row(MonitorId monitor, std::string_view set, const Layout& layout, const RawTable& table,
                                   std::size_t row, std::int64_t time_ms) {
  auto fields = layout.fields();
  labels_.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].label) continue;
    auto value = layout.value(table, row, i, scratch_);
    if (value.is_null) continue;
    append_label(labels_, fields[i].name, fields[i].number ? fmt::format("{}", value.number) : value.text);
  }
  // Rows that nothing tells apart are told apart by their place.
  if (!layout.labelled()) append_label(labels_, "row", fmt::format("{}", row));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].label) continue;
    auto value = layout.value(table, row, i, scratch_);
    if (value.is_null) continue;
    auto series = series_id(monitor, set, fields[i].name, labels_);
    Known* known = know(series);
    if (known == nullptr) continue;
    bool announce = known->announced_hour != hour();
    if (announce) {
      known->announced_hour = hour();
      builder_.add_series(series, monitor, set, fields[i].name, labels_);
    }
    if (fields[i].number)
      builder_.add_sample(series, time_ms, value.number);
    else
      add_text(series, time_ms, value.text, announce);
  }
}

void Recorder::add_text(SeriesId series, std::int64_t time_ms, std::string_view text, bool announce) {
  Known* known = know(series);
  if (known == nullptr) return;
  auto hash = hash_text(text);
  if (known->text_hash == hash && !announce) return;
  known->text_hash = hash;
  builder_.add_text(series, time_ms, text);
}

/// The index entry of a series; nullptr when there may be no more.
Recorder::Known* Recorder::know(SeriesId series) {
  if (auto found = known_.find(series.value); found != known_.end()) return &found->second;
  static log::Repeats repeats;
  if (reserved_.bytes() == 0) {
    if (auto r = account_.reserve(kIndexEntryBytes)) reserved_ = std::move(*r);
  }
  if (known_.size() >= options_.max_series || !reserved_.resize((known_.size() + 1) * kIndexEntryBytes)) {
    counters_.refused_series.fetch_add(1, std::memory_order_relaxed);
    if (auto n = repeats.count())
      log::warning("collect", "cannot keep more than {} series on a shard: a value is dropped (repeat {})",
                   known_.size(), n);
    return nullptr;
  }
  counters_.series.store(known_.size() + 1, std::memory_order_relaxed);
  return &known_[series.value];
}

void Recorder::flush() {
  if (builder_.empty()) return;
  static log::Repeats repeats;
  auto batch = builder_.finish();
  counters_.dropped_rows.store(builder_.dropped_rows(), std::memory_order_relaxed);
  if (!batch) {
    if (auto n = repeats.count()) log::warning("collect", "{} (repeat {})", batch.error().message(), n);
    return;
  }
  counters_.rows.fetch_add((*batch)->rows(), std::memory_order_relaxed);
  publish_(std::move(*batch));
}

}  // namespace holter::collect
