#include "collect/recorder.h"

#include <algorithm>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"
#include "batch/series_id.h"

namespace holter::collect {
namespace {

std::uint32_t hash_text(std::string_view text) {
  auto hash = static_cast<std::uint32_t>(stable_hash(text));
  return hash == 0 ? 1 : hash;  // 0 means: nothing sent yet
}

}  // namespace

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
      out += c == '\0' ? '?' : c;
  }
  out += '"';
}

/// Where the series of a result are kept, and how many were refused.
struct Recorder::Target {
  SetMemory& memory;
  std::atomic<std::uint32_t>& series;
  Merged& merged;
  bool numbered = true;  ///< rows without labels are told apart by their place
};

Recorder::Recorder(Options options, const Clock& clock, arrow::MemoryPool& pool, memory::Account& account,
                   Publish publish)
    : options_(options),
      clock_(clock),
      started_(clock.mono()),
      account_(account),
      publish_(std::move(publish)),
      builder_(pool, options.batch_rows),
      scratch_(account) {}

std::uint32_t Recorder::hour() const {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::hours>(clock_.mono() - started_).count()) +
         1;
}

void Recorder::record(const Collected& result, SetMemory& memory, std::atomic<std::uint32_t>& series) noexcept {
  if (builder_.empty()) oldest_ = clock_.mono();
  Merged merged;
  try {
    Target target{memory, series, merged};
    if (result.code == model::ResultCode::kSuccess) record_values(result, target);
  } catch (const std::bad_alloc&) {
    merged.lost = true;
  }
  add_round(result, merged);
  flush_if_full();
}

void Recorder::record_rows(const Collected& rows, Merged& merged, SetMemory& memory,
                           std::atomic<std::uint32_t>& series) noexcept {
  if (builder_.empty()) oldest_ = clock_.mono();
  try {
    if (!scratch_.prepare(rows.layout, WallTime(milliseconds(rows.time_ms)))) throw std::bad_alloc();
    Target target{memory, series, merged};
    for (std::size_t row = 0; row < rows.table.rows(); ++row) record_labelled_row(rows, row, target);
  } catch (const std::bad_alloc&) {
    merged.lost = true;
  }
  merged.rows += rows.table.rows();
  flush_if_full();
}

void Recorder::record_end(const Collected& end, const Merged& merged, SetMemory& memory,
                          std::atomic<std::uint32_t>& series) noexcept {
  if (builder_.empty()) oldest_ = clock_.mono();
  Merged all = merged;
  Target target{memory, series, all};
  if (end.code == model::ResultCode::kSuccess) drop_old(target);
  add_round(end, merged);
  flush_if_full();
}

/// The round row; its message is that of the result, unless a part of that was lost.
void Recorder::add_round(const Collected& result, const Merged& merged) {
  auto us = std::clamp<std::int64_t>(result.duration.count() / 1000, 0, std::numeric_limits<std::uint32_t>::max());
  auto add = [&](std::string_view message) {
    builder_.add_round(result.monitor, result.set, result.time_ms, static_cast<std::uint32_t>(us), result.code,
                       message);
  };
  if (!merged.lost && merged.refused == 0) return add(result.message);
  try {
    if (!merged.lost)
      return add(
          merged.limit == 0
              ? fmt::format("{} values have no series: the memory account {} is full", merged.refused, account_.name())
              : fmt::format("{} values have no series: more than {}", merged.refused, merged.limit));
  } catch (const std::bad_alloc&) {  // told below
  }
  counters_.lost_results.fetch_add(1, std::memory_order_relaxed);
  add("a part of the result is lost: no memory is left for it");
}

void Recorder::record_part(const Collected& part, SetMemory& memory, std::atomic<std::uint32_t>& series) noexcept {
  if (builder_.empty()) oldest_ = clock_.mono();
  Merged merged;
  try {
    if (!scratch_.prepare(part.layout, WallTime(milliseconds(part.time_ms)))) throw std::bad_alloc();
    Target target{memory, series, merged};
    target.numbered = part.table.rows() > 1;
    for (std::size_t row = 0; row < part.table.rows(); ++row) record_labelled_row(part, row, target);
  } catch (const std::bad_alloc&) {
    counters_.lost_results.fetch_add(1, std::memory_order_relaxed);
  }
  flush_if_full();
}

void Recorder::flush_if_full() noexcept {
  counters_.dropped_rows.store(builder_.dropped_rows(), std::memory_order_relaxed);
  if (builder_.full() || (early_ && builder_.rows() >= Options::kEarlyRows)) flush();
}

void Recorder::record_values(const Collected& result, Target& target) {
  if (!scratch_.prepare(result.layout, WallTime(milliseconds(result.time_ms)))) throw std::bad_alloc();
  if (!result.layout.labelled() && result.table.rows() == 1) return record_plain_row(result, target);
  for (std::size_t row = 0; row < result.table.rows(); ++row) record_labelled_row(result, row, target);
  drop_old(target);
}

/// Once an hour forgets the labelled series of the set that were not seen in the last one.
void Recorder::drop_old(Target& target) {
  if (target.memory.announced_hour == hour()) return;
  target.memory.announced_hour = hour();
  drop_series(target.memory, target.series, hour() - 1);
}

bool Recorder::keeps(const Collected& result, std::size_t row) {
  if (result.layout.keeps(result.table, row, scratch_)) return true;
  counters_.filtered_rows.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void Recorder::record_plain_row(const Collected& result, Target& target) {
  if (!keeps(result, 0)) return;
  auto fields = result.layout.fields();
  auto& memory = target.memory;
  const bool announce = !memory.announced_plain || memory.announced_hour != hour();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    // Cheaper to make than to keep: eight bytes for each field of a million sets.
    auto series = batch::series_id(result.monitor, result.set, fields[i].name, {});
    if (announce) builder_.add_series(series, result.monitor, result.set, fields[i].name, {});
    auto value = result.layout.value(result.table, 0, i, scratch_);
    if (value.is_null) continue;
    if (fields[i].number)
      builder_.add_sample(series, result.time_ms, value.number);
    else
      add_text(series, result.time_ms, value.text, announce, target);
  }
  memory.announced_plain = true;
  memory.announced_hour = hour();
}

void Recorder::record_labelled_row(const Collected& result, std::size_t row, Target& target) {
  const auto& layout = result.layout;
  if (!keeps(result, row)) return;
  auto fields = layout.fields();
  labels_.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].label) continue;
    auto value = layout.value(result.table, row, i, scratch_);
    if (value.is_null) continue;
    append_label(labels_, fields[i].name, fields[i].number ? fmt::format("{}", value.number) : value.text);
  }
  // Rows that nothing tells apart are told apart by their place.
  if (!layout.labelled() && target.numbered) append_label(labels_, "row", fmt::format("{}", target.merged.rows + row));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].label) continue;
    auto value = layout.value(result.table, row, i, scratch_);
    if (value.is_null) continue;
    auto series = batch::series_id(result.monitor, result.set, fields[i].name, labels_);
    auto* known = know(series, target);
    if (known == nullptr) continue;
    bool announce = known->announced_hour != hour();
    if (announce) {
      builder_.add_series(series, result.monitor, result.set, fields[i].name, labels_);
      known->announced_hour = hour();
    }
    if (fields[i].number)
      builder_.add_sample(series, result.time_ms, value.number);
    else
      add_text(series, result.time_ms, value.text, announce, target);
  }
}

void Recorder::add_text(SeriesId series, std::int64_t time_ms, std::string_view text, bool announce, Target& target) {
  auto* known = know(series, target);
  if (known == nullptr) return;
  known->announced_hour = hour();
  auto hash = hash_text(text);
  if (known->text_hash == hash && !announce) return;
  builder_.add_text(series, time_ms, text);
  known->text_hash = hash;
}

/// The index entry of a series; nullptr when there may be no more.
SeriesIndex::Known* Recorder::know(SeriesId series, Target& target) {
  auto& index = target.memory.index;
  if (!index) index = std::make_unique<SeriesIndex>(account_);
  if (auto* known = index->find(series)) return known;
  auto of_monitor = target.series.load(std::memory_order_relaxed);
  SeriesIndex::Known* added = nullptr;
  if (of_monitor >= options_.max_series_per_monitor)
    target.merged.limit = options_.max_series_per_monitor;
  else if (counters_.series.load(std::memory_order_relaxed) >= options_.max_series)
    target.merged.limit = options_.max_series;
  else
    added = index->add(series);
  if (added == nullptr) {
    static log::Repeats repeats;
    ++target.merged.refused;
    counters_.refused_series.fetch_add(1, std::memory_order_relaxed);
    if (auto n = repeats.count())
      log::warning("collect", "cannot keep one more series of a monitor with {}: its value is dropped (repeat {})",
                   of_monitor, n);
    return nullptr;
  }
  target.series.store(of_monitor + 1, std::memory_order_relaxed);
  counters_.series.fetch_add(1, std::memory_order_relaxed);
  return added;
}

void Recorder::drop_series(SetMemory& memory, std::atomic<std::uint32_t>& series, std::uint32_t before_hour) {
  if (!memory.index) return;
  auto dropped = memory.index->drop_before(before_hour);
  series.fetch_sub(static_cast<std::uint32_t>(dropped), std::memory_order_relaxed);
  counters_.series.fetch_sub(dropped, std::memory_order_relaxed);
  counters_.dropped_series.fetch_add(dropped, std::memory_order_relaxed);
}

void Recorder::shrink(SetMemory& memory, std::atomic<std::uint32_t>& series) {
  drop_series(memory, series, hour());
}

void Recorder::forget(SetMemory& memory, std::atomic<std::uint32_t>& series) {
  if (!memory.index) return;
  series.fetch_sub(static_cast<std::uint32_t>(memory.index->size()), std::memory_order_relaxed);
  counters_.series.fetch_sub(memory.index->size(), std::memory_order_relaxed);
  memory.index.reset();
}

void Recorder::flush_old() noexcept {
  auto age = early_ ? Options::kEarlyInterval : options_.flush_interval;
  // Half a tick of slack, or what is due a moment later would wait for a whole one.
  if (!builder_.empty() && clock_.mono() - oldest_ + age / 8 >= age) flush();
}

void Recorder::flush() noexcept {
  if (builder_.empty()) return;
  static log::Repeats repeats;
  try {
    auto batch = builder_.finish();
    counters_.dropped_rows.store(builder_.dropped_rows(), std::memory_order_relaxed);
    if (!batch) {
      if (auto n = repeats.count()) log::warning("collect", "{} (repeat {})", batch.error().message(), n);
      return;
    }
    counters_.rows.fetch_add((*batch)->rows(), std::memory_order_relaxed);
    publish_(std::move(*batch));
  } catch (const std::bad_alloc&) {
    counters_.lost_results.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace holter::collect
