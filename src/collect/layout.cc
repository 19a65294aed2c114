#include "collect/layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/number.h"

namespace holter::collect {
namespace {

int index_of(const std::vector<std::string>& aliases, std::string_view name) {
  auto found = std::ranges::find(aliases, name);
  return found == aliases.end() ? -1 : static_cast<int>(found - aliases.begin());
}

/// Operators and calls make an expression; anything else that is no alias is a name that feeds nothing.
bool looks_like_expression(std::string_view text) {
  return text.find_first_of("+*/?(=") != std::string_view::npos;
}

bool differs(std::string_view a, std::string_view b) {
  return !std::ranges::equal(a, b, [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

Result<Layout> Layout::make(const model::SetDef& set, const std::vector<std::string>& aliases,
                            const std::vector<model::Calculate>& calculates,
                            const std::vector<model::UnitRule>& units) {
  Layout layout;
  layout.columns_ = aliases.size();
  for (const auto& def : set.fields) {
    Field field{
        .name = def.field, .unit = def.unit, .number = def.type == model::FieldType::kNumber, .label = def.label};
    field.column = index_of(aliases, def.field);
    for (const auto& calculate : calculates) {  // the last entry for a field wins
      if (calculate.field != def.field) continue;
      field.column = index_of(aliases, calculate.expression);
      if (field.column < 0 && looks_like_expression(calculate.expression))
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("cannot use the calculation '{}={}' of set {}: this version evaluates renames only",
                                 calculate.field, excerpt(calculate.expression), set.name));
    }
    for (const auto& rule : units) {
      if (rule.field != def.field) continue;
      field.from = rule.from;
      field.to = rule.to;
      field.factor = unit_factor(rule.from, rule.to).value_or(1);
    }
    layout.labelled_ = layout.labelled_ || def.label;
    layout.fields_.push_back(std::move(field));
  }
  return layout;
}

Layout Layout::of(std::vector<Field> fields) {
  Layout layout;
  layout.columns_ = fields.size();
  layout.fields_ = std::move(fields);
  for (std::size_t i = 0; i < layout.fields_.size(); ++i) {
    layout.fields_[i].column = static_cast<int>(i);
    layout.labelled_ = layout.labelled_ || layout.fields_[i].label;
  }
  return layout;
}

Layout::Value Layout::value(const RawTable& table, std::size_t row, std::size_t index, std::string& scratch) const {
  const Field& field = fields_[index];
  if (field.column < 0) return {};
  const auto& cell = table.at(row, static_cast<std::size_t>(field.column));
  if (cell.kind == RawTable::Kind::kNull) return {};
  if (!field.number) {
    if (cell.kind == RawTable::Kind::kText) return {false, 0, table.text(cell)};
    scratch = cell.kind == RawTable::Kind::kInteger ? fmt::format("{}", cell.integer) : fmt::format("{}", cell.number);
    return {false, 0, scratch};
  }
  double number = 0;
  double factor = field.factor;
  if (cell.kind == RawTable::Kind::kText) {
    auto recognised = recognise_number(table.text(cell));
    if (!recognised) return {};
    number = recognised->value;
    // A unit in the data overrides that of the definition; without one there, the field's own unit is the target.
    if (!recognised->unit.empty() &&
        (!field.to.empty() || (!field.unit.empty() && differs(recognised->unit, field.unit))))
      factor = unit_factor(recognised->unit, field.to.empty() ? field.unit : field.to).value_or(1);
  } else {
    number = cell.kind == RawTable::Kind::kInteger ? static_cast<double>(cell.integer) : cell.number;
  }
  double rounded = field.exact ? number * factor : round_field(number * factor);
  return {rounded != rounded, rounded, {}};
}

}  // namespace holter::collect
