#include "app/alert_feed.h"

#include <algorithm>

#include "alert/row_labels.h"

namespace holter::app {
namespace {

expr::Value value_of(latest::Cell cell) {
  if (cell.is_number()) return expr::Value::of(cell.number());
  if (cell.is_text()) return expr::Value::of(std::string_view(cell.text() == nullptr ? "" : cell.text()));
  return {};
}

/// The place of the set in the definition; nothing where it has none of that name any more.
std::optional<std::size_t> place_of(const model::Definition& definition, std::string_view set) {
  for (std::size_t i = 0; i < definition.sets.size(); ++i)
    if (definition.sets[i].name == set) return i;
  return std::nullopt;
}

}  // namespace

void AlertFeed::read_rows(const model::Monitor& monitor, std::size_t set, std::int64_t time_ms) {
  cells_.clear();
  labels_.clear();
  rows_.clear();
  const auto& definitions = monitor.definition->sets[set].fields;
  auto fields = definitions.size();
  latest_.each_row(monitor.id, set, [&](const latest::Row& row) {
    bool numbers = false;
    auto begin = cells_.size();
    for (std::size_t field = 0; field < fields; ++field) {
      auto cell = row.cells[static_cast<std::ptrdiff_t>(field)];
      numbers = numbers || cell.is_number();
      cells_.push_back(value_of(cell));
    }
    if (numbers && row.time_ms < time_ms)
      cells_.resize(begin);  // it was not in this answer
    else
      labels_.push_back(row.labels);
  });
  if (std::ranges::any_of(definitions, &model::FieldDef::label)) fill_labels(definitions);
  // Only now do the cells stay where they are.
  for (std::size_t i = 0; i < labels_.size(); ++i)
    rows_.push_back({labels_[i], std::span(cells_).subspan(i * fields, fields)});
}

/// What tells rows apart has no cells: it stands in the labels of the row alone.
void AlertFeed::fill_labels(const std::vector<model::FieldDef>& fields) {
  texts_.assign(labels_.size(), {});
  for (std::size_t row = 0; row < labels_.size(); ++row) {
    if (!alert::parse_row_labels(labels_[row], texts_[row])) continue;
    for (const auto& [name, text] : texts_[row]) {
      auto field = std::ranges::find(fields, name, &model::FieldDef::field);
      if (field == fields.end() || !field->label) continue;
      cells_[row * fields.size() + static_cast<std::size_t>(field - fields.begin())] =
          alert::label_field_value(*field, text);
    }
  }
}

void AlertFeed::each_round(const batch::Batch& batch, const std::function<bool(const alert::RoundView&)>& wants_rows,
                           const std::function<void(const alert::RoundView&)>& visit) {
  for (std::size_t i = 0; i < batch.rounds(); ++i) {
    auto code = static_cast<model::ResultCode>(batch.round_code()[i]);
    if (code == model::ResultCode::kUnavailable) continue;  // our own want of memory says nothing about the target
    auto slot = fleet_.monitors().find(MonitorId{batch.round_monitor()[i]});
    if (!slot) continue;
    const auto& monitor = fleet_.monitors().at(*slot).monitor;
    auto set = place_of(*monitor.definition, batch.round_set(i));
    auto status = latest_.status(monitor.id);
    if (!set || !status) continue;
    const auto& definition = monitor.definition->sets[*set];
    alert::RoundView round{.monitor = monitor,
                           .folder = fleet_.relations().folder(monitor.id),
                           .set = definition,
                           .decides = definition.priority == 0,
                           .code = code,
                           .state = status->state,
                           .time_ms = batch.round_time_ms()[i],
                           .duration_us = batch.round_duration_us()[i],
                           .rows = {}};
    if (code == model::ResultCode::kSuccess && wants_rows(round)) {
      read_rows(monitor, *set, round.time_ms);
      round.rows = rows_;
    }
    visit(round);
  }
}

std::optional<alert::MonitorView> AlertMonitors::find(MonitorId id) const {
  auto slot = fleet_.monitors().find(id);
  if (!slot) return std::nullopt;
  return alert::MonitorView{&fleet_.monitors().at(*slot).monitor, fleet_.relations().folder(id)};
}

std::size_t AlertMonitors::each(std::size_t from, std::size_t most,
                                const std::function<void(const alert::MonitorView&, model::State)>& visit) const {
  const auto& monitors = fleet_.monitors();
  auto end = std::min(monitors.slots(), from + most);
  for (auto slot = from; slot < end; ++slot) {
    if (!monitors.listed(static_cast<Fleet::Slot>(slot))) continue;
    const auto& monitor = monitors.at(static_cast<Fleet::Slot>(slot)).monitor;
    if (auto status = latest_.status(monitor.id))
      visit({&monitor, fleet_.relations().folder(monitor.id)}, status->state);
  }
  return end == monitors.slots() ? 0 : end;
}

}  // namespace holter::app
