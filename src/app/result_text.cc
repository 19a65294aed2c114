#include "app/result_text.h"

#include <fmt/format.h>

#include "app/text_table.h"
#include "base/units.h"
#include "model/monitor.h"

namespace holter::app {
namespace {

using collect::Layout;
using collect::RawTable;
using Align = TextTable::Align;

std::string cell(const Layout& layout, const RawTable& table, std::size_t row, std::size_t field,
                 std::string& scratch) {
  auto value = layout.value(table, row, field, scratch);
  if (value.is_null) return "-";
  return layout.fields()[field].number ? fmt::format("{}", value.number) : std::string(value.text);
}

std::string one_row(const Layout& layout, const RawTable& table, std::string& scratch, std::string_view indent) {
  TextTable text({Align::kLeft, Align::kLeft, Align::kLeft}, 200);
  for (std::size_t i = 0; i < layout.fields().size(); ++i) {
    auto value = cell(layout, table, 0, i, scratch);
    auto unit = value == "-" ? "" : layout.fields()[i].unit;
    text.add({layout.fields()[i].name, std::move(value), std::move(unit)});
  }
  return text.text(indent);
}

}  // namespace

std::string rows_text(const Layout& layout, const RawTable& table, memory::Account&, std::string_view indent) {
  std::string scratch;
  if (table.rows() == 0) return fmt::format("{}no rows\n", indent);
  if (table.rows() == 1) return one_row(layout, table, scratch, indent);
  std::vector<Align> columns;
  std::vector<std::string> head;
  for (const auto& field : layout.fields()) {
    columns.push_back(field.number ? Align::kRight : Align::kLeft);
    head.push_back(field.unit.empty() ? field.name : fmt::format("{} ({})", field.name, field.unit));
  }
  TextTable text(std::move(columns), 80);
  text.add(std::move(head));
  for (std::size_t row = 0; row < table.rows(); ++row) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < layout.fields().size(); ++i) cells.push_back(cell(layout, table, row, i, scratch));
    text.add(std::move(cells));
  }
  return text.text(indent);
}

std::string result_text(const collect::TrialResult& result, memory::Account& account) {
  auto out = fmt::format("set {}{} (priority {}, {}): {}{}{}\n", result.set.name,
                         result.number == 0 ? "" : fmt::format(" #{}", result.number), result.set.priority,
                         result.set.protocol, to_string(result.outcome.code),
                         result.outcome.message.empty() ? "" : ": ", excerpt(result.outcome.message, 400));
  if (result.shot == nullptr || result.outcome.code != model::ResultCode::kSuccess) return out;
  if (!result.set.dynamic) out += rows_text(*result.layout, result.shot->table(), account, "  ");
  for (const auto& part : result.shot->parts()) {
    out += fmt::format("  part {}\n", part.set);
    out += rows_text(part.layout, part.table, account, "    ");
  }
  return out;
}

}  // namespace holter::app
