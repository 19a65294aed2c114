#include "collect/layout.h"

#include <algorithm>
#include <charconv>
#include <new>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"
#include "expr/number_text.h"

namespace holter::collect {
namespace {

using model::FieldType;

int index_of(const std::vector<std::string>& aliases, std::string_view name) {
  auto found = std::ranges::find(aliases, name);
  return found == aliases.end() ? -1 : static_cast<int>(found - aliases.begin());
}

bool same_unit(std::string_view a, std::string_view b) {
  auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// Compiles a calculation, unless it is the name of an alias: that comes first, since names of aliases may look like
/// expressions.
void feed(Layout::Field& field, const std::string& expression, const std::vector<std::string>& aliases,
          const expr::Scope& scope) {
  field.program.reset();
  field.defect.clear();
  field.column = index_of(aliases, expression);
  if (field.column >= 0) return;
  if (auto program = expr::compile(expression, scope))
    field.program = *std::move(program);
  else
    field.defect = program.error().message();
}

/// A cell as an expression of a number field sees it; `unit` becomes that of the data, if there is one.
expr::Value as_number(const RawTable& table, const RawTable::Cell& cell, std::string_view& unit) {
  switch (cell.kind) {
    case RawTable::Kind::kNull:
      return {};
    case RawTable::Kind::kInteger:
      return expr::Value::of(static_cast<double>(cell.integer));
    case RawTable::Kind::kDouble:
      return expr::Value::of(cell.number);
    case RawTable::Kind::kText:
      break;
  }
  auto text = table.text(cell);
  auto number = recognise_number(text);
  if (!number) return expr::Value::of(text);
  if (unit.empty()) unit = number->unit;
  return expr::Value::of(number->value);
}

/// A cell as text, as Java writes numbers.
std::string_view as_text(const RawTable& table, const RawTable::Cell& cell, char (&buffer)[expr::kMaxScalarText]) {
  if (cell.kind == RawTable::Kind::kText) return table.text(cell);
  return to_text(cell.kind == RawTable::Kind::kInteger ? expr::Value::of(cell.integer) : expr::Value::of(cell.number),
                 buffer);
}

/// Texts that expressions are made of, in bytes.
std::size_t bytes_of(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

}  // namespace

Result<Layout> Layout::make(const model::SetDef& set, const std::vector<std::string>& aliases,
                            const std::vector<model::Calculate>& calculates, const std::vector<model::UnitRule>& units,
                            const std::vector<std::string>& filters) {
  Layout layout;
  layout.columns_ = aliases.size();
  layout.aliases_ = aliases;
  expr::Scope scope{.json = true};
  for (const auto& alias : aliases) scope.names.push_back({alias});
  layout.fields_.reserve(set.fields.size());
  for (const auto& def : set.fields) {
    Field field{.name = def.field,
                .unit = def.unit,
                .number = model::is_number(def.type),
                .label = def.label,
                .time_of_day = def.type == FieldType::kTime,
                .secret = def.type == FieldType::kSecret};
    field.column = index_of(aliases, def.field);
    for (const auto& calculate : calculates)  // the last entry for a field wins
      if (calculate.field == def.field) feed(field, calculate.expression, aliases, scope);
    for (const auto& rule : units) {
      if (rule.field != def.field) continue;
      field.from = rule.from;
      field.to = rule.to;
      field.conversion = collect::conversion(rule.from, rule.to);
    }
    layout.labelled_ = layout.labelled_ || def.label;
    layout.computes_ = layout.computes_ || field.program.has_value();
    layout.fields_.push_back(std::move(field));
  }
  TRY_OK(layout.add_filters(set, filters));
  return layout;
}

Status Layout::add_filters(const model::SetDef& set, const std::vector<std::string>& filters) {
  if (filters.empty()) return {};
  expr::Scope scope{.json = true};
  for (const auto& field : fields_)
    scope.names.push_back({field.name, field.number ? expr::Type::kNumber : expr::Type::kText});
  for (const auto& filter : filters) {
    auto program = expr::compile(filter, scope);
    if (!program) return std::move(program).error().with_context(fmt::format("filter of set {}", set.name));
    filters_.push_back(*std::move(program));
  }
  computes_ = true;
  return {};
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

std::size_t Layout::held_bytes() const {
  std::size_t total = sizeof(*this) + fields_.capacity() * sizeof(Field) + filters_.capacity() * sizeof(expr::Program) +
                      aliases_.capacity() * sizeof(std::string);
  for (const auto& alias : aliases_) total += bytes_of(alias);
  for (const auto& field : fields_) {
    for (const auto* text : {&field.name, &field.unit, &field.from, &field.to, &field.defect}) total += bytes_of(*text);
    if (field.program) total += field.program->held_bytes();
  }
  for (const auto& filter : filters_) total += filter.held_bytes();
  return total;
}

bool Layout::Scratch::prepare(const Layout& layout, WallTime now) {
  if (!layout.computes()) return true;
  eval_.set_now(now);
  const auto slots = std::max(layout.columns_, slots_.size());
  const auto row = std::max(layout.filtered() ? layout.fields_.size() : 0, row_.size());
  // The text arenas take their memory at the first text, and then all of it.
  const auto wanted = sizeof(eval_) + 2 * expr::TextArena::kCapacity + row * sizeof(expr::Value) +
                      slots * (sizeof(expr::Value) + sizeof(ScalarText));
  try {
    if (charged_.bytes() == 0) {
      auto reserved = account_.reserve(wanted);
      if (!reserved) return false;
      charged_ = *std::move(reserved);
    } else if (charged_.bytes() < wanted && !charged_.resize(wanted)) {
      return false;
    }
    slots_.resize(slots);
    texts_.resize(slots);
    row_.resize(row);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

std::string_view Layout::fill_slots(const RawTable& table, std::size_t row, const Field& field,
                                    Scratch& scratch) const {
  CHECK(scratch.slots_.size() >= columns_);  // prepare()
  std::string_view unit;
  for (auto slot : field.program->slots()) {
    const auto& cell = table.at(row, slot);
    if (field.number)
      scratch.slots_[slot] = as_number(table, cell, unit);
    else if (cell.kind == RawTable::Kind::kNull)
      scratch.slots_[slot] = {};
    else
      scratch.slots_[slot] = expr::Value::of(as_text(table, cell, scratch.texts_[slot].text));
  }
  return unit;
}

Layout::Found Layout::compute(const RawTable& table, std::size_t row, const Field& field, Scratch& scratch) const {
  auto unit = fill_slots(table, row, field, scratch);
  auto outcome = expr::evaluate(*field.program, scratch.slots_, scratch.eval_);
  if (!outcome.ok()) return {};
  return found_of(field, outcome.value, unit, scratch);
}

/// What came out of an expression as what the field needs.
Layout::Found Layout::found_of(const Field& field, const expr::Value& value, std::string_view unit, Scratch& scratch) {
  using Kind = Found::Kind;
  if (value.is_null()) return {};
  if (!field.number) return {Kind::kText, 0, to_text(value, scratch.scalar_), {}};
  if (value.is_number()) return {Kind::kNumber, value.as_double(), {}, unit};
  if (!value.is_text()) return {};
  auto text = value.text();
  if (field.time_of_day) {
    auto seconds = seconds_of_day(text);
    return seconds ? Found{Kind::kNumber, static_cast<double>(*seconds), {}, {}} : Found{};
  }
  if (!field.unit.empty() && text.ends_with(field.unit)) text.remove_suffix(field.unit.size());
  auto number = expr::parse_number(text);
  return number ? Found{Kind::kNumber, number->as_double(), {}, unit} : Found{};
}

Layout::Found Layout::read(const RawTable& table, std::size_t row, const Field& field, Scratch& scratch) const {
  using Kind = Found::Kind;
  if (field.column < 0) return {};
  const auto& cell = table.at(row, static_cast<std::size_t>(field.column));
  if (cell.kind == RawTable::Kind::kNull) return {};
  if (!field.number) return {Kind::kText, 0, as_text(table, cell, scratch.scalar_), {}};
  if (field.time_of_day) {
    auto seconds = cell.kind == RawTable::Kind::kText ? seconds_of_day(table.text(cell)) : std::nullopt;
    return seconds ? Found{Kind::kNumber, static_cast<double>(*seconds), {}, {}} : Found{};
  }
  if (cell.kind == RawTable::Kind::kInteger) return {Kind::kNumber, static_cast<double>(cell.integer), {}, {}};
  if (cell.kind == RawTable::Kind::kDouble) return {Kind::kNumber, cell.number, {}, {}};
  auto number = recognise_number(table.text(cell));
  return number ? Found{Kind::kNumber, number->value, {}, number->unit} : Found{};
}

std::optional<Conversion> Layout::conversion_of(const Field& field, std::string_view unit) {
  if (unit.empty()) return field.conversion;
  // A unit in the data stands for that of the definition; without a rule, the field's own unit is the target.
  if (!field.to.empty()) return conversion(unit, field.to);
  return field.unit.empty() || same_unit(unit, field.unit) ? std::nullopt : conversion(unit, field.unit);
}

Layout::Value Layout::finish(const Field& field, Found found, Scratch& scratch) {
  if (found.kind == Found::Kind::kNone) return {};
  if (field.number) {
    auto conversion = conversion_of(field, found.unit).value_or(Conversion{});
    double number = field.exact ? found.number * conversion.factor() : round_field(found.number, conversion);
    return {number != number, number, {}};
  }
  if (!field.conversion) return {false, 0, found.text};
  // The format converts texts, too, when a rule says so.
  auto number = recognise_number(found.text);
  if (!number) return {};
  double rounded = round_field(number->value, conversion_of(field, number->unit).value_or(Conversion{}));
  auto& buffer = scratch.decimal_;
  auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), rounded, std::chars_format::fixed);
  if (rounded != rounded || written.ec != std::errc{}) return {};
  return {false, 0, std::string_view(buffer.data(), written.ptr)};
}

Layout::Value Layout::value(const RawTable& table, std::size_t row, std::size_t index, Scratch& scratch) const {
  const Field& field = fields_[index];
  if (field.program) return finish(field, compute(table, row, field, scratch), scratch);
  if (field.column < 0) return {};
  // Most cells are what the field wants; finish() would do the same with them.
  const auto& cell = table.at(row, static_cast<std::size_t>(field.column));
  const bool integer = cell.kind == RawTable::Kind::kInteger;
  if ((integer || cell.kind == RawTable::Kind::kDouble) && field.number && !field.time_of_day && !field.exact) {
    double number =
        round_field(integer ? static_cast<double>(cell.integer) : cell.number, field.conversion.value_or(Conversion{}));
    return {number != number, number, {}};
  }
  if (cell.kind == RawTable::Kind::kText && !field.number && !field.conversion) return {false, 0, table.text(cell)};
  return finish(field, read(table, row, field, scratch), scratch);
}

bool Layout::keeps(const RawTable& table, std::size_t row, Scratch& scratch) const {
  if (filters_.empty()) return true;
  CHECK(scratch.row_.size() >= fields_.size());  // prepare()
  scratch.row_texts_.clear();
  for (const auto& filter : filters_)
    for (auto slot : filter.slots()) {
      const auto& field = fields_[slot];
      auto got = value(table, row, slot, scratch);
      auto& value = scratch.row_[slot];
      value = {};
      if (got.is_null) continue;
      if (field.number) {
        value = expr::Value::of(got.number);
      } else if (auto text = scratch.row_texts_.copy(got.text)) {  // the next value takes the place of this one
        value = expr::Value::of(*text);
      }
    }
  return std::ranges::any_of(filters_, [&](const expr::Program& filter) {
    auto outcome = expr::evaluate(filter, scratch.row_, scratch.eval_);
    return outcome.ok() && outcome.value.is_boolean() && outcome.value.boolean();
  });
}

}  // namespace holter::collect
