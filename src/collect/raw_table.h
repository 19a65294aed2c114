#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holter::collect {

/// What a protocol found: rows of cells, one cell per requested alias, in alias order. Numbers stay numbers.
/// Reused from round to round, so that the common path allocates nothing. Bounded: rows and text beyond the limits are
/// refused, and the set fails with a message that says so.
class RawTable {
 public:
  enum class Kind : std::uint8_t { kNull, kInteger, kDouble, kText };
  struct Cell {
    Kind kind = Kind::kNull;
    std::uint32_t length = 0;  ///< of a text
    union {
      std::int64_t integer = 0;
      double number;
      std::uint64_t offset;  ///< of a text
    };
  };
  static constexpr std::size_t kMaxCells = 1 << 20;
  static constexpr std::size_t kMaxTextBytes = 16 << 20;

  /// Empties the table; rows will have `columns` cells.
  void reset(std::size_t columns) {
    columns_ = columns;
    cells_.clear();
    text_.clear();
  }
  /// A new row of nulls, to be filled by set(). False when the table is full.
  [[nodiscard]] bool add_row() {
    if (cells_.size() + columns_ > kMaxCells) return false;
    cells_.resize(cells_.size() + columns_);
    return true;
  }
  // Each sets a cell of the newest row.
  void set(std::size_t column, std::int64_t value) {
    Cell& cell = last(column);
    cell.kind = Kind::kInteger;
    cell.integer = value;
  }
  void set(std::size_t column, double value) {
    Cell& cell = last(column);
    cell.kind = Kind::kDouble;
    cell.number = value;
  }
  /// False when the texts of the table would exceed kMaxTextBytes.
  [[nodiscard]] bool set(std::size_t column, std::string_view value) {
    if (text_.size() + value.size() > kMaxTextBytes) return false;
    Cell& cell = last(column);
    cell.kind = Kind::kText;
    cell.length = static_cast<std::uint32_t>(value.size());
    cell.offset = text_.size();
    text_.append(value);
    return true;
  }

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  const Cell& at(std::size_t row, std::size_t column) const { return cells_[row * columns_ + column]; }
  std::string_view text(const Cell& cell) const { return std::string_view(text_).substr(cell.offset, cell.length); }
  /// Memory held, in bytes.
  std::size_t bytes() const { return cells_.capacity() * sizeof(Cell) + text_.capacity(); }
  /// Gives back memory of an unusually large round.
  void trim(std::size_t keep_bytes) {
    if (bytes() <= keep_bytes) return;
    cells_ = {};
    text_ = {};
  }

 private:
  Cell& last(std::size_t column) { return cells_[cells_.size() - columns_ + column]; }

  std::size_t columns_ = 0;
  std::vector<Cell> cells_;
  std::string text_;
};

}  // namespace holter::collect
