#include "app/result_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/text_table.h"
#include "base/units.h"
#include "model/monitor.h"

namespace holter::app {
namespace {

using collect::Layout;
using collect::RawTable;
using Align = TextTable::Align;
using Scratch = Layout::Scratch;

std::string cell(const Layout& layout, const RawTable& table, std::size_t row, std::size_t field, Scratch& scratch) {
  auto value = layout.value(table, row, field, scratch);
  if (value.is_null) return "-";
  if (layout.fields()[field].secret) return "***";
  return layout.fields()[field].number ? fmt::format("{}", value.number) : std::string(value.text);
}

std::string one_row(const Layout& layout, const RawTable& table, std::size_t row, Scratch& scratch,
                    std::string_view indent) {
  TextTable text({Align::kLeft, Align::kLeft, Align::kLeft}, 200);
  for (std::size_t i = 0; i < layout.fields().size(); ++i) {
    auto value = cell(layout, table, row, i, scratch);
    auto unit = value == "-" ? "" : layout.fields()[i].unit;
    text.add({layout.fields()[i].name, std::move(value), std::move(unit)});
  }
  return text.text(indent);
}

std::string raw_cell(const RawTable& table, const RawTable::Cell& cell) {
  switch (cell.kind) {
    case RawTable::Kind::kNull:
      return "null";
    case RawTable::Kind::kInteger:
      return fmt::format("{}", cell.integer);
    case RawTable::Kind::kDouble:
      return fmt::format("{}", cell.number);
    case RawTable::Kind::kText:
      return fmt::format("\"{}\"", table.text(cell));
  }
  return "?";
}

/// Aliases and the cells of the first rows.
std::string raw_rows(const Layout& layout, const RawTable& table) {
  constexpr std::size_t kMostRows = 10;
  auto shown = std::min(table.rows(), kMostRows);
  auto out =
      fmt::format("  raw rows: {}{}\n", table.rows(), shown < table.rows() ? fmt::format(", the first {}", shown) : "");
  if (shown == 0 || layout.aliases().empty()) return out;
  TextTable text(std::vector(shown + 1, Align::kLeft), 60);
  for (std::size_t column = 0; column < layout.aliases().size(); ++column) {
    std::vector<std::string> line{layout.aliases()[column]};
    for (std::size_t row = 0; row < shown; ++row) line.push_back(raw_cell(table, table.at(row, column)));
    text.add(std::move(line));
  }
  return out + text.text("    ");
}

std::string answer_text(const collect::Trace& trace) {
  constexpr std::size_t kMostLines = 40;
  constexpr std::size_t kMostBytes = 4096;
  if (trace.answer.empty()) return {};
  auto out = fmt::format("  answer, {}:\n", format_size(trace.answer_bytes));
  std::string_view rest = std::string_view(trace.answer).substr(0, kMostBytes);
  std::size_t lines = 0;
  for (; !rest.empty() && lines < kMostLines; ++lines) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += fmt::format("    | {}\n", excerpt(line, 160));
  }
  if (!rest.empty() || trace.answer.size() > kMostBytes) out += "    | ... (--record DIR writes all of it)\n";
  return out;
}

}  // namespace

std::string rows_text(const Layout& layout, const RawTable& table, Scratch& scratch, std::string_view indent) {
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < table.rows(); ++row)
    if (layout.keeps(table, row, scratch)) kept.push_back(row);
  if (kept.empty())
    return table.rows() == 0 ? fmt::format("{}no rows\n", indent)
                             : fmt::format("{}no rows: the filters keep none of {}\n", indent, table.rows());
  if (kept.size() == 1) return one_row(layout, table, kept.front(), scratch, indent);
  std::vector<Align> columns;
  std::vector<std::string> head;
  for (const auto& field : layout.fields()) {
    columns.push_back(field.number ? Align::kRight : Align::kLeft);
    head.push_back(field.unit.empty() ? field.name : fmt::format("{} ({})", field.name, field.unit));
  }
  TextTable text(std::move(columns), 80);
  text.add(std::move(head));
  for (auto row : kept) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < layout.fields().size(); ++i) cells.push_back(cell(layout, table, row, i, scratch));
    text.add(std::move(cells));
  }
  return text.text(indent);
}

std::string result_text(const collect::TrialResult& result, memory::Account& account, WallTime now) {
  auto out = fmt::format("set {}{} (priority {}, {}): {}{}{}\n", result.set.name,
                         result.number == 0 ? "" : fmt::format(" #{}", result.number), result.set.priority,
                         result.set.protocol, to_string(result.outcome.code),
                         result.outcome.message.empty() ? "" : ": ", excerpt(result.outcome.message, 400));
  if (result.shot == nullptr || result.outcome.code != model::ResultCode::kSuccess) return out;
  Scratch scratch(account);
  if (!scratch.prepare(*result.layout, now)) return out + "  no memory to compute the values\n";
  if (!result.set.dynamic) out += rows_text(*result.layout, result.shot->table(), scratch, "  ");
  for (const auto& part : result.shot->parts()) {
    out += fmt::format("  part {}\n", part.set);
    out += rows_text(part.layout, part.table, scratch, "    ");
  }
  return out;
}

std::string explanation_text(const collect::TrialResult& result, memory::Account& account, WallTime now) {
  if (result.shot == nullptr) return {};
  auto out = answer_text(result.shot->trace());
  if (result.outcome.code != model::ResultCode::kSuccess || result.set.dynamic) return out;
  const auto& table = result.shot->table();
  out += raw_rows(*result.layout, table);
  Scratch scratch(account);
  if (table.rows() == 0 || !scratch.prepare(*result.layout, now)) return out;
  out += table.rows() == 1 ? "  values:\n" : "  values of the first row:\n";
  for (std::size_t i = 0; i < result.layout->fields().size(); ++i) {
    auto story = result.layout->explain(table, 0, i, scratch);
    out += fmt::format("    {}\n", story.field);
    for (const auto& line : story.lines()) out += fmt::format("      {}\n", line);
  }
  return out;
}

}  // namespace holter::app
