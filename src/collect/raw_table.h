#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "memory/account.h"

namespace holter::collect {

/// Said of an answer with fewer rows than its set needs (model::SetDef::min_rows): how many, and how many are needed.
inline constexpr std::string_view kFewRows = "the answer has {} rows; at least {} are needed";

/// What a protocol found: rows of cells, one cell per requested alias, in alias order. Numbers stay numbers.
/// Reused from round to round, so that the common path allocates nothing. Bounded by the limits below and by an
/// account: rows and texts beyond are refused, and the set fails with a message that says so.
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
  static constexpr std::size_t kFreeBytes = 2048;  ///< part of the round's fixed charge

  /// What the table holds beyond kFreeBytes is charged to `account`, or to `reserve` (may be null) when that refuses.
  /// Both must outlive the table.
  void charge_to(memory::Account& account, memory::Account* reserve = nullptr) {
    account_ = &account;
    reserve_ = reserve;
  }
  /// Bytes charged at present.
  std::size_t charged_bytes() const { return charged_.bytes(); }

  /// Empties the table; rows will have `columns` cells. Memory of an unusually large round goes back.
  void reset(std::size_t columns) {
    columns_ = columns;
    cells_.clear();
    text_.clear();
    if (charged_.bytes() == 0) return;
    cells_ = {};
    text_ = {};
    charged_.reset();
  }
  /// A new row of nulls, to be filled by set(). False when the table is full, or there is no memory.
  [[nodiscard]] bool add_row() {
    if (cells_.size() + columns_ > kMaxCells || !make_room(columns_ * sizeof(Cell))) return false;
    try {
      cells_.resize(cells_.size() + columns_);
    } catch (const std::bad_alloc&) {
      return false;
    }
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
    if (text_.size() + value.size() > kMaxTextBytes || !make_room(value.size())) return false;
    Cell& cell = last(column);
    auto offset = text_.size();
    try {
      text_.append(value);
    } catch (const std::bad_alloc&) {
      return false;
    }
    cell.kind = Kind::kText;
    cell.length = static_cast<std::uint32_t>(value.size());
    cell.offset = offset;
    return true;
  }

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  const Cell& at(std::size_t row, std::size_t column) const { return cells_[row * columns_ + column]; }
  std::string_view text(const Cell& cell) const { return std::string_view(text_).substr(cell.offset, cell.length); }

 private:
  /// Charges what `more` bytes need beyond what is free; growth doubles, so twice the bytes are asked for.
  bool make_room(std::size_t more) {
    auto wanted = 2 * (cells_.size() * sizeof(Cell) + text_.size() + more);
    if (wanted <= kFreeBytes + charged_.bytes() || account_ == nullptr) return true;
    if (charged_.bytes() > 0 && charged_.resize(wanted)) return true;
    try {
      for (auto* account : {charged_.bytes() > 0 ? nullptr : account_, reserve_}) {
        if (account == nullptr) continue;
        auto reserved = account->reserve(wanted);
        if (!reserved) continue;
        charged_ = std::move(*reserved);
        return true;
      }
    } catch (const std::bad_alloc&) {  // no memory to say so
    }
    return false;
  }
  Cell& last(std::size_t column) { return cells_[cells_.size() - columns_ + column]; }

  std::size_t columns_ = 0;
  std::vector<Cell> cells_;
  std::string text_;
  memory::Account* account_ = nullptr;
  memory::Account* reserve_ = nullptr;
  memory::Reservation charged_;
};

}  // namespace holter::collect
