#include "api/csv.h"

#include <fmt/format.h>

namespace holter::api {
namespace {

constexpr std::string_view kFormulas = "=+-@\t\r'";

bool is_formula(std::string_view text) {
  return !text.empty() && kFormulas.contains(text.front());
}

}  // namespace

void write_cell(Body& out, std::string_view text) {
  bool formula = is_formula(text);
  bool quoted = formula || text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (!quoted) {
    out.append(text);
    return;
  }
  out.append(formula ? "\"'" : "\"");
  for (char c : text) {
    if (c == '"') out.append(c);
    out.append(c);
  }
  out.append("\"");
}

Error CsvReader::bad(std::string_view why) const {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot read the CSV: line {}: {}", line_, why)};
}

Result<std::string> CsvReader::cell() {
  std::string out;
  bool quoted = rest_.starts_with('"');
  if (quoted) rest_.remove_prefix(1);
  for (;;) {
    if (rest_.empty()) {
      if (quoted) return bad("a quote is not closed");
      break;
    }
    char c = rest_.front();
    if (quoted && c == '"' && !rest_.starts_with("\"\"")) {
      rest_.remove_prefix(1);
      if (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n' && !rest_.starts_with("\r\n"))
        return bad("something stands behind a closing quote");
      break;
    }
    if (quoted && c == '"') rest_.remove_prefix(1);
    if (!quoted && (c == ',' || c == '\n' || rest_.starts_with("\r\n"))) break;
    if (!quoted && c == '"') return bad("a quote stands within a cell");
    if (c == '\n') ++next_line_;
    out += c;
    rest_.remove_prefix(1);
  }
  if (out.starts_with('\'') && is_formula(std::string_view(out).substr(1))) out.erase(0, 1);
  return out;
}

Result<std::optional<std::vector<std::string>>> CsvReader::next() {
  while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) {
    rest_.remove_prefix(rest_.front() == '\n' ? 1 : 2);
    ++next_line_;
  }
  line_ = next_line_;
  if (rest_.empty()) return std::nullopt;
  std::vector<std::string> row;
  for (;;) {
    if (row.size() >= kMostCells) return bad(fmt::format("there are more than {} cells", kMostCells));
    TRY(auto text, cell());
    row.push_back(std::move(text));
    if (rest_.starts_with(',')) {
      rest_.remove_prefix(1);
      continue;
    }
    if (!rest_.empty()) {
      rest_.remove_prefix(rest_.front() == '\n' ? 1 : 2);
      ++next_line_;
    }
    return std::optional(std::move(row));
  }
}

}  // namespace holter::api
