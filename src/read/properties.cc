#include "read/properties.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "read/meter.h"

namespace holter::read {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}
bool is_end(char c) {
  return c == '\n' || c == '\r';
}

class Reader {
 public:
  Reader(std::string_view text, memory::Account& account, PropertySink& sink)
      : text_(text), sink_(sink), meter_(account, 8 * kMaxPropertyLine), decoded_(meter_) {}

  Status read() {
    while (at_ < text_.size()) {
      while (at_ < text_.size() && (is_blank(text_[at_]) || is_end(text_[at_]))) step();
      if (at_ == text_.size()) break;
      if (text_[at_] == '#' || text_[at_] == '!') {
        while (at_ < text_.size() && !is_end(text_[at_])) ++at_;
        continue;
      }
      TRY_OK(read_entry());
    }
    return {};
  }

 private:
  void step() { lines_ += text_[at_++] == '\n' ? 1 : 0; }

  Status read_entry() {
    begin_ = at_;
    decoded_.clear();
    TRY_OK(decode(true));
    const std::size_t key = decoded_.size();
    bool separated = false;
    while (at_ < text_.size() && !is_end(text_[at_])) {
      if (!separated && (text_[at_] == '=' || text_[at_] == ':'))
        separated = true;
      else if (!is_blank(text_[at_]) && !continues())
        break;
      if (continues())
        skip_continuation();
      else
        ++at_;
    }
    TRY_OK(decode(false));
    return sink_.property({decoded_.data(), key}, {decoded_.data() + key, decoded_.size() - key});
  }

  /// A backslash before a line's end.
  bool continues() const { return text_[at_] == '\\' && (at_ + 1 == text_.size() || is_end(text_[at_ + 1])); }
  void skip_continuation() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '\r' && text_.substr(at_).starts_with("\r\n")) ++at_;
    if (at_ < text_.size()) step();
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  /// Up to a separator (of a key) or the end of the line.
  Status decode(bool key) {
    while (at_ < text_.size() && !is_end(text_[at_])) {
      const char c = text_[at_];
      if (key && (c == '=' || c == ':' || is_blank(c))) break;
      if (at_ - begin_ > kMaxPropertyLine)
        return Error(ErrorCode::kTooLarge, fmt::format("cannot read the properties: the entry at line {} is longer "
                                                       "than {}",
                                                       lines_, format_size(kMaxPropertyLine)));
      if (c != '\\') {
        ++at_;
        if (!decoded_.push(c)) return meter_.refusal("read the properties");
      } else if (continues()) {
        skip_continuation();
      } else {
        TRY_OK(decode_escape());
      }
    }
    return {};
  }

  Status decode_escape() {
    const char c = text_[at_ + 1];
    at_ += 2;
    if (c == 'u') return decode_unicode();
    constexpr std::string_view kFrom = "tnrf";
    constexpr std::string_view kTo = "\t\n\r\f";
    const auto known = kFrom.find(c);
    if (decoded_.push(known == std::string_view::npos ? c : kTo[known])) return {};
    return meter_.refusal("read the properties");
  }

  Result<std::uint32_t> hex() {
    std::uint32_t unit = 0;
    const auto digits = text_.substr(at_, 4);
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (failure != std::errc() || end != digits.data() + 4)
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("cannot read the properties: line {}: \\u{} is not \\u and four hexadecimal digits",
                               lines_, excerpt(digits)));
    at_ += 4;
    return unit;
  }

  /// UTF-16 to UTF-8; half a pair becomes U+FFFD.
  Status decode_unicode() {
    TRY(std::uint32_t code, hex());
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const std::size_t before = at_;
      at_ += 2;
      TRY(std::uint32_t low, hex());
      if (low >= 0xDC00 && low < 0xE000)
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      else
        at_ = before;
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    char out[4];
    std::size_t size = 0;
    if (code < 0x80) {
      out[size++] = static_cast<char>(code);
    } else {
      const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
      out[size++] = static_cast<char>(kLead[more] | (code >> (6 * more)));
      for (int i = more - 1; i >= 0; --i) out[size++] = static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
    }
    return decoded_.append(out, size) ? Status() : meter_.refusal("read the properties");
  }

  const std::string_view text_;
  PropertySink& sink_;
  Meter meter_;
  MeteredVector<char> decoded_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the entry
  std::uint64_t lines_ = 1;
};

}  // namespace

/// Cells by row number and column, until the whole text is read: the last value of a key counts.
class PropertyCells final : public PropertySink {
 public:
  PropertyCells(const PropertyRows& rows, memory::Account& account)
      : rows_(rows), meter_(account, PropertyRows::kMaxHeldBytes), cells_(meter_), texts_(meter_) {}

  Status property(std::string_view key, std::string_view value) override {
    std::uint32_t row = 0;
    if (!rows_.prefix_.empty()) {
      if (!key.starts_with(rows_.prefix_)) return {};
      key.remove_prefix(rows_.prefix_.size());
      auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), row);
      key.remove_prefix(static_cast<std::size_t>(end - key.data()));
      if (failure != std::errc() || !key.starts_with("].")) return {};
      key.remove_prefix(2);
      // The row is there, even when no column asks for this key.
      if (!cells_.push({.row = row, .column = kNoColumn, .offset = 0, .length = 0})) return refused();
    }
    const auto named = [this](std::uint32_t column) -> const std::string& { return rows_.aliases_[column]; };
    for (auto column : std::ranges::equal_range(rows_.sorted_, key, std::ranges::less(), named)) {
      const Cell cell{.row = row,
                      .column = column,
                      .offset = static_cast<std::uint32_t>(texts_.size()),
                      .length = static_cast<std::uint32_t>(value.size())};
      if (!texts_.append(value.data(), value.size()) || !cells_.push(cell)) return refused();
    }
    return {};
  }

  Status put(RowSink& sink) {
    // Within one cell the offsets grow with the text, so the last value is the last of its cell.
    std::sort(cells_.data(), cells_.data() + cells_.size(), [](const Cell& a, const Cell& b) {
      return std::tie(a.row, a.column, a.offset, a.length) < std::tie(b.row, b.column, b.offset, b.length);
    });
    std::string clean;
    std::size_t rows = 0;
    for (std::size_t i = 0; i < cells_.size();) {
      if (++rows > PropertyRows::kMaxRows)
        return Error(ErrorCode::kTooLarge,
                     fmt::format("cannot read the properties: they have more than {} rows", PropertyRows::kMaxRows));
      if (!sink.begin_row()) return full();
      const std::uint32_t row = cells_[i].row;
      for (std::uint32_t column = 0; column < rows_.aliases_.size(); ++column) {
        std::optional<std::string_view> text;
        for (; i < cells_.size() && cells_[i].row == row && cells_[i].column == column; ++i)
          text = std::string_view(texts_.data() + cells_[i].offset, cells_[i].length);
        if (text) text = as_utf8(*text, clean);
        if (!sink.cell(column, text)) return full();
      }
      while (i < cells_.size() && cells_[i].row == row) ++i;  // kNoColumn
    }
    return {};
  }

 private:
  static constexpr std::uint32_t kNoColumn = std::numeric_limits<std::uint32_t>::max();
  struct Cell {
    std::uint32_t row, column, offset, length;
  };
  Status refused() const { return meter_.refusal("keep the properties"); }
  static Status full() {
    return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the answer: there is no room for more");
  }

  const PropertyRows& rows_;
  Meter meter_;
  MeteredVector<Cell> cells_;
  MeteredVector<char> texts_;
};

Status read_properties(std::string_view text, memory::Account& account, PropertySink& sink) {
  return Reader(text, account, sink).read();
}

PropertyRows::PropertyRows(std::string_view script, std::vector<std::string> aliases) : aliases_(std::move(aliases)) {
  if (!script.empty()) prefix_ = fmt::format("{}[", script);
  sorted_.resize(aliases_.size());
  std::iota(sorted_.begin(), sorted_.end(), 0U);
  std::ranges::sort(sorted_, [this](auto a, auto b) { return std::tie(aliases_[a], a) < std::tie(aliases_[b], b); });
}

Status PropertyRows::read(std::string_view text, memory::Account& account, RowSink& sink) const {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Error(ErrorCode::kProtocolViolation, "cannot read the properties: the answer is empty");
  PropertyCells cells(*this, account);
  TRY_OK(read_properties(text, account, cells));
  return cells.put(sink);
}

}  // namespace holter::read
