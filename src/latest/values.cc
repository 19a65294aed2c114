// The values: rows, cells, and the index by series. States are in latest.cc.
#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "batch/series_id.h"
#include "latest/latest.h"
#include "latest/table.h"

namespace holter::latest {

/// Makes holes of the monitor's rows. Their part of the index is free for others at once.
void Latest::forget_rows(const MonitorEntry& entry) {
  for (auto i = entry.first_row; i != kNone; i = rows_[i].next) {
    const auto& row = rows_[i];
    auto fields = set_of(row).fields.size();
    for (std::size_t field = 0; field < fields; ++field) {
      auto& cell = cells_[row.first_cell + field];
      if (cell.is_nothing()) continue;
      series_index_.erase(Place(i, field));
      (void)reserved_.resize(reserved_.bytes() - kIndexBytes);  // becoming smaller is never refused
      if (cell.is_text()) (void)replace_text(cell, {});         // neither is becoming empty
    }
    dead_cells_ += fields;
  }
  // Ids follow from labels: these are needed until the last is out of the index.
  for (auto i = entry.first_row; i != kNone; i = rows_[i].next) {
    if (rows_[i].labels != kNone) drop_text(labels_[rows_[i].labels]);
    ++dead_rows_;
  }
}

bool Latest::replace_text(Cell& cell, std::string_view text) {
  Text place(cell.text());
  bool replaced = replace(place, text, kLongestText);
  cell = Cell::text(place.release());
  return replaced;
}

const model::SetDef& Latest::set_of(const RowEntry& row) const {
  return monitors_[row.monitor].monitor->definition->sets[row.set];
}

std::string_view Latest::labels_of(const RowEntry& row) const {
  return row.labels == kNone ? std::string_view() : view(labels_[row.labels]);
}

std::uint64_t Latest::id_at(Place place) const {
  const auto& row = rows_[place.row()];
  const auto& set = set_of(row);
  return batch::series_id(monitors_[row.monitor].monitor->id, set.name, set.fields[place.field].field, labels_of(row))
      .value;
}

void Latest::apply_series(const batch::Batch& batch) {
  for (std::size_t row = 0; row < batch.series(); ++row) {
    if (series_index_.contains(batch.series_id()[row])) continue;
    auto* entry = find({batch.series_monitor()[row]});
    if (entry == nullptr) {
      ++unknown_rows_;
      continue;
    }
    try {
      if (!add_series(batch, row, *entry)) ++refused_series_;
    } catch (const std::bad_alloc&) {
      ++refused_series_;
    }
  }
}

/// The row of the set with those labels, or kNone. What comes in a batch belongs to the newest row as a rule.
std::uint32_t Latest::find_row(const MonitorEntry& entry, std::size_t set, std::string_view labels) const {
  if (entry.last_row == kNone) return kNone;
  const auto& last = rows_[entry.last_row];
  if (last.set == set && labels_of(last) == labels) return entry.last_row;
  const auto& def = entry.monitor->definition->sets[set];
  for (const auto& field : def.fields) {
    auto found = series_index_.find(batch::series_id(entry.monitor->id, def.name, field.field, labels).value);
    if (found != series_index_.end()) return found->row();
  }
  return kNone;
}

/// A row without values; kNone when there is no memory for it.
std::uint32_t Latest::add_row(MonitorEntry& entry, std::size_t set, std::string_view labels) {
  auto fields = entry.monitor->definition->sets[set].fields.size();
  auto bytes = kRowBytes + fields * kCellBytes;
  Text kept;
  auto undo = [&] {
    drop_text(kept);
    (void)reserved_.resize(reserved_.bytes() - bytes);  // becoming smaller is never refused
    return kNone;
  };
  if (!charge(bytes)) return kNone;
  if (!replace(kept, labels, kLongestText) || view(kept) != labels) return undo();
  auto index = static_cast<std::uint32_t>(rows_.size());
  auto first_cell = cells_.size();
  RowEntry row{.set = set,
               .monitor = static_cast<std::uint32_t>(&entry - monitors_.data()),
               .first_cell = static_cast<std::uint32_t>(first_cell)};
  if (kept) row.labels = static_cast<std::uint32_t>(labels_.size());
  try {
    if (kept && labels_.size() == labels_.capacity())
      labels_.reserve(std::max<std::size_t>(16, labels_.size() + labels_.size() / 4));
    cells_.resize(first_cell + fields);
    rows_.push_back(row);
  } catch (const std::bad_alloc&) {
    cells_.resize(first_cell);
    return undo();
  }
  if (kept) labels_.push_back(std::move(kept));
  (entry.last_row == kNone ? entry.first_row : rows_[entry.last_row].next) = index;
  entry.last_row = index;
  return index;
}

/// False when there is no memory for it.
bool Latest::add_series(const batch::Batch& batch, std::size_t row, MonitorEntry& entry) {
  const auto& defs = entry.monitor->definition->sets;
  auto set = position(defs, &model::SetDef::name, batch.series_set(row));
  auto field =
      set < 0 ? -1
              : position(defs[static_cast<std::size_t>(set)].fields, &model::FieldDef::field, batch.series_field(row));
  auto labels = batch.series_labels(row);
  // A series has the id that its names give it, or nobody would find it here.
  if (field < 0 ||
      batch.series_id()[row] !=
          batch::series_id(entry.monitor->id, batch.series_set(row), batch.series_field(row), labels).value) {
    ++unknown_rows_;
    return true;
  }
  auto set_index = static_cast<std::size_t>(set), field_index = static_cast<std::size_t>(field);
  if (set_index >= kMostSets || field_index >= kMostFields || !charge(kIndexBytes)) return false;
  auto undo = [&] {
    (void)reserved_.resize(reserved_.bytes() - kIndexBytes);
    return false;
  };
  auto at = find_row(entry, set_index, labels);
  if (at == kNone) at = add_row(entry, set_index, labels);
  if (at == kNone) return undo();
  try {
    series_index_.insert(Place(at, field_index));
  } catch (const std::bad_alloc&) {
    return undo();  // its row stays, for the next that is tried
  }
  bool number = model::is_number(defs[set_index].fields[field_index].type);
  cells_[rows_[at].first_cell + field_index] =
      number ? Cell::number(std::numeric_limits<double>::quiet_NaN()) : Cell::text(nullptr);
  return true;
}

void Latest::apply_values(const batch::Batch& batch) {
  auto put = [this](std::uint64_t id, std::int64_t time_ms, auto set) {
    auto found = series_index_.find(id);
    if (found == series_index_.end()) {
      ++unknown_rows_;
      return;
    }
    auto& row = rows_[found->row()];
    if (set(cells_[row.first_cell + found->field])) row.time_ms = static_cast<std::uint64_t>(time_ms);
  };
  for (std::size_t i = 0; i < batch.samples(); ++i)
    put(batch.sample_series()[i], batch.sample_time_ms()[i], [&](Cell& cell) {
      if (!cell.is_number()) return false;
      cell = Cell::number(batch.sample_value()[i]);
      return true;
    });
  for (std::size_t i = 0; i < batch.texts(); ++i)
    put(batch.text_series()[i], batch.text_time_ms()[i], [&](Cell& cell) {
      return cell.is_text() && replace_text(cell, batch.text_value(i));  // no room: the older text stays
    });
}

void Latest::each_row(MonitorId id, std::size_t set, const std::function<void(const Row&)>& visit) const {
  const auto* entry = find(id);
  if (entry == nullptr) return;
  for (auto i = entry->first_row; i != kNone; i = rows_[i].next) {
    const auto& row = rows_[i];
    if (row.set != set) continue;
    visit({labels_of(row), static_cast<std::int64_t>(row.time_ms), cells_.begin() + row.first_cell});
  }
}

void Latest::each_value(MonitorId id, const std::function<void(const Value&)>& visit) const {
  auto found = monitor_index_.find(id.value);
  if (found == monitor_index_.end()) return;
  const auto& entry = monitors_[found->second];
  for (auto i = entry.first_row; i != kNone; i = rows_[i].next) {
    const auto& row = rows_[i];
    const auto& set = set_of(row);
    for (std::size_t field = 0; field < set.fields.size(); ++field) {
      auto cell = cells_[row.first_cell + field];
      if (cell.is_nothing()) continue;
      Value value{.series = {id_at(Place(i, field))},
                  .set = set.name,
                  .field = set.fields[field].field,
                  .labels = labels_of(row),
                  .is_number = cell.is_number(),
                  .time_ms = static_cast<std::int64_t>(row.time_ms)};
      if (cell.is_number()) value.number = cell.number();
      if (cell.is_text() && cell.text() != nullptr) value.text = cell.text();
      visit(value);
    }
  }
}

}  // namespace holter::latest
