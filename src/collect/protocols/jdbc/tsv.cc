#include "collect/protocols/jdbc/tsv.h"

#include <vector>

#include <fmt/format.h>

namespace holter::collect::jdbc {
namespace {

constexpr std::size_t kMaxCells = 4096;

char escaped(char letter) {
  switch (letter) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return letter;
  }
}

void append_escaped(std::string_view text, std::string& out) {
  for (char c : text) {
    auto at = std::string_view("\t\n\r\0\\", 5).find(c);
    if (at == std::string_view::npos) {
      out += c;
    } else {
      out += '\\';
      out += "tnr0\\"[at];
    }
  }
}

/// One line: the cells' texts unescaped behind each other, and where each ends.
struct Line {
  std::string text;
  std::vector<std::size_t> ends;
  std::vector<bool> nulls;
  std::vector<Cell> cells;

  Status read(std::string_view line, std::size_t number) {
    text.clear();
    ends.clear();
    nulls.clear();
    bool null = false;
    auto end_cell = [&] {
      ends.push_back(text.size());
      nulls.push_back(std::exchange(null, false));
    };
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\t') {
        end_cell();
        if (ends.size() >= kMaxCells)
          return Error(ErrorCode::kProtocolViolation,
                       fmt::format("cannot read line {}: it has more than {} cells", number, kMaxCells));
      } else if (line[i] != '\\') {
        text += line[i];
      } else if (++i == line.size()) {
        return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read line {}: it ends in a backslash", number));
      } else if (line[i] == 'N' && text.size() == (ends.empty() ? 0 : ends.back()) &&
                 (i + 1 == line.size() || line[i + 1] == '\t')) {
        null = true;
      } else {
        text += escaped(line[i]);
      }
    }
    end_cell();
    cells.clear();
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (nulls[i])
        cells.emplace_back(std::nullopt);
      else
        cells.emplace_back(std::string_view(text).substr(begin, ends[i] - begin));
      begin = ends[i];
    }
    return {};
  }
};

}  // namespace

void append_line(std::span<const Cell> cells, std::string& out) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += '\t';
    if (cells[i])
      append_escaped(*cells[i], out);
    else
      out += "\\N";
  }
  out += '\n';
}

Status read_lines(std::string_view text, const OnLine& on_line) {
  Line line;
  std::size_t columns = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = text.find('\n');
    TRY_OK(line.read(text.substr(0, end), number));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (number == 1) columns = line.cells.size();
    if (line.cells.size() != columns)
      return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read line {}: it has {} cells, the first has {}",
                                                              number, line.cells.size(), columns));
    TRY(bool more, on_line(line.cells));
    if (!more) break;
  }
  return {};
}

}  // namespace holter::collect::jdbc
