#include "app/text_table.h"

#include <algorithm>
#include <cwchar>

#include "base/check.h"
#include "base/units.h"

namespace holter::app {
namespace {

/// The code point at the front of `text`, which it is taken off; bytes that are not UTF-8 stand for themselves.
char32_t take_code_point(std::string_view& text) {
  auto first = static_cast<unsigned char>(text.front());
  std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  text.remove_prefix(1);
  char32_t point = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (; length > 1 && !text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0u) == 0x80u; --length) {
    point = (point << 6) | (static_cast<unsigned char>(text.front()) & 0x3Fu);
    text.remove_prefix(1);
  }
  return point;
}

/// Ranges of Unicode's East_Asian_Width W and F (UAX #11) that texts have in practice.
bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

bool is_mark(char32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x200B && c <= 0x200F) || (c >= 0xFE00 && c <= 0xFE0F);
}

}  // namespace

std::size_t text_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    auto c = take_code_point(text);
    width += is_mark(c) ? 0 : is_wide(c) ? 2 : 1;
  }
  return width;
}

void TextTable::add(std::vector<std::string> row) {
  CHECK(row.size() == columns_.size());
  for (auto& text : row) text = excerpt(text, most_);
  rows_.push_back(std::move(row));
}

std::string TextTable::text(std::string_view indent) const {
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
  std::string out;
  for (const auto& row : rows_) {
    out += indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string pad(widths[i] - text_width(row[i]), ' ');
      bool right = columns_[i] == Align::kRight;
      if (right) out += pad;
      out += row[i];
      if (i + 1 == row.size()) break;
      if (!right) out += pad;
      out += "  ";
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

}  // namespace holter::app
