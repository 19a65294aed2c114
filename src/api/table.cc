#include "api/table.h"

#include <cmath>

#include <fmt/format.h>

#include "api/csv.h"
#include "base/units.h"

namespace holter::api {
namespace {

constexpr Choice<Format> kFormats[] = {{"json", Format::kJson}, {"csv", Format::kCsv}, {"arrow", Format::kArrow}};
constexpr std::string_view kCsvType = "text/csv; charset=utf-8", kArrowType = "application/vnd.apache.arrow.stream";

void write_value(Body& out, const model::Table::Times& times, std::size_t row) {
  if (times.ms[row] != 0) out.append(format_time(WallTime(milliseconds(times.ms[row]))));
}
void write_value(Body& out, const std::vector<double>& numbers, std::size_t row) {
  if (std::isfinite(numbers[row])) out.append(fmt::format("{}", numbers[row]));
}
void write_value(Body& out, const std::vector<std::uint64_t>& counts, std::size_t row) {
  out.append(fmt::format("{}", counts[row]));
}
void write_value(Body& out, const std::vector<std::string>& texts, std::size_t row) {
  write_cell(out, texts[row]);
}

void write_csv(Body& out, const model::Table& table) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out.append(",");
    write_cell(out, table.columns[i].name);
  }
  out.append("\r\n");
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) out.append(",");
      std::visit([&](const auto& values) { write_value(out, values, row); }, table.columns[i].values);
    }
    out.append("\r\n");
  }
}

}  // namespace

Format format_of(ParamReader& params, std::string_view accept) {
  if (auto format = params.choice<Format>("format", kFormats)) return *format;
  if (accept.contains("text/csv")) return Format::kCsv;
  return accept.contains(kArrowType) ? Format::kArrow : Format::kJson;
}

Response table_response(const Context& context, const model::Table& table, Format format, std::string_view name) {
  Response response(*context.bodies);
  response.content_type = format == Format::kCsv ? kCsvType : kArrowType;
  auto file = fmt::format("attachment; filename=\"{}.{}\"", name, format == Format::kCsv ? "csv" : "arrows");
  response.headers.emplace_back("Content-Disposition", std::move(file));
  if (format == Format::kCsv) {
    write_csv(response.body, table);
    return finished(std::move(response), *context.bodies);
  }
  auto made = context.backend->arrow_stream(table, [&](std::string_view bytes) { response.body.append(bytes); });
  if (!made) return refuse(context, to_problem(made.error()));
  return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
