#include <fmt/format.h>

#include "base/units.h"
#include "collect/layout.h"

namespace holter::collect {
namespace {

constexpr std::string_view kNone = "(none)";

std::string shown(const expr::Value& value) {
  return excerpt(to_literal(value), FieldExplanation::kMaxShown);
}

expr::Value value_of(const RawTable& table, const RawTable::Cell& cell) {
  switch (cell.kind) {
    case RawTable::Kind::kNull:
      return {};
    case RawTable::Kind::kInteger:
      return expr::Value::of(cell.integer);
    case RawTable::Kind::kDouble:
      return expr::Value::of(cell.number);
    case RawTable::Kind::kText:
      break;
  }
  return expr::Value::of(table.text(cell));
}

/// Why a field without a calculation that failed has no value.
std::string why_none(const Layout::Field& field, const FieldExplanation& told) {
  if (!field.defect.empty()) return field.defect;
  auto name = excerpt(field.name);
  if (!field.program && told.cells.empty())
    return fmt::format("cannot fill the field '{}': no column has its name and no calculation is for it", name);
  if (!told.evaluation.why.empty()) return told.evaluation.why;
  auto found = field.program ? told.evaluation.result : told.cells.front().value;
  if (found == "null")
    return field.program
               ? fmt::format("cannot fill the field '{}': its calculation yields null", name)
               : fmt::format("cannot fill the field '{}': '{}' is null in this row", name, told.cells.front().alias);
  return fmt::format("cannot use {} for the field '{}': {} is needed", found, name,
                     field.time_of_day ? "a time of day, HH:mm[:ss]," : "a finite number, alone or with a unit,");
}

}  // namespace

FieldExplanation Layout::explain(const RawTable& table, std::size_t row, std::size_t index, Scratch& scratch) const {
  const Field& field = fields_[index];
  FieldExplanation out{.field = excerpt(field.name)};
  if (field.secret) {
    out.found = out.result = value(table, row, index, scratch).is_null ? kNone : "(secret)";
    if (out.result == kNone) out.why = fmt::format("cannot fill the secret field '{}'", out.field);
    return out;
  }
  auto tell_cell = [&](std::size_t column) {
    out.cells.push_back({excerpt(column < aliases_.size() ? aliases_[column] : field.name),
                         shown(value_of(table, table.at(row, column)))});
  };
  if (field.program) {
    for (auto slot : field.program->slots()) tell_cell(slot);
    fill_slots(table, row, field, scratch);
    out.expression = excerpt(field.program->source(), FieldExplanation::kMaxShown);
    out.evaluation = expr::explain(*field.program, scratch.slots_, scratch.eval_);
  } else if (field.column >= 0) {
    tell_cell(static_cast<std::size_t>(field.column));
  }
  auto found = field.program ? compute(table, row, field, scratch) : read(table, row, field, scratch);
  out.found = found.kind == Found::Kind::kNone     ? std::string(kNone)
              : found.kind == Found::Kind::kNumber ? shown(expr::Value::of(found.number))
                                                   : shown(expr::Value::of(found.text));
  auto number = field.number || !field.conversion ? std::nullopt : recognise_number(found.text);
  auto unit = number ? number->unit : found.unit;
  auto conversion = conversion_of(field, unit);
  if (conversion && found.kind != Found::Kind::kNone) {
    out.from = excerpt(unit.empty() ? std::string_view(field.from) : unit);
    out.to = excerpt(field.to.empty() ? field.unit : field.to);
    out.factor = conversion->factor();
  }
  auto value = finish(field, found, scratch);
  if (value.is_null) {
    out.result = kNone;
    out.why = why_none(field, out);
    return out;
  }
  out.rounded = field.number && value.number != found.number * out.factor;
  out.result = field.number ? fmt::format("{}", value.number) : shown(expr::Value::of(value.text));
  return out;
}

std::vector<std::string> FieldExplanation::lines() const {
  std::vector<std::string> out;
  for (const auto& cell : cells) out.push_back(fmt::format("{} = {}", cell.alias, cell.value));
  for (const auto& step : evaluation.steps) out.push_back(fmt::format("{} = {}", step.expression, step.value));
  if (!from.empty() || !to.empty()) out.push_back(fmt::format("{} -> {}: times {}", from, to, factor));
  if (rounded) out.emplace_back("rounded to 4 decimals");
  out.push_back(why.empty() ? fmt::format("{} = {}", field, result) : fmt::format("{} = {}: {}", field, result, why));
  return out;
}

}  // namespace holter::collect
