#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "net/charged_text.h"
#include "net/snmp_oid.h"

namespace holter::collect::snmp {

/// Values of columns by their index (what stands behind the column's OID), as they come, and the rows that follow from
/// them: cells with the same index, whatever order and length the columns have. What it holds is on the attempt's
/// account.
class Columns {
 public:
  static constexpr std::size_t kMostBytes = 64 << 20;
  /// Of one column.
  static constexpr std::size_t kMostRows = 65'536;

  Columns(std::size_t columns, Attempt& attempt, memory::Account& account);

  /// Adds a value to a column; its index is greater than the last one of the same column. Errors: kResourceExhausted,
  /// kTooLarge.
  Status add(std::size_t column, net::OidView index, std::uint8_t type, std::string_view content);
  std::size_t rows(std::size_t column) const { return columns_[column].size(); }
  std::size_t bytes() const { return bytes_.size() + charged_.bytes(); }

  struct Cell {
    std::uint32_t at = 0;  ///< of the index in bytes_, four octets for each number; the value follows it
    std::uint32_t size = 0;
    std::uint8_t index_size = 0;  ///< numbers
    std::uint8_t type = 0;
  };
  /// Goes through the rows in the order of their indexes.
  class Rows {
   public:
    explicit Rows(const Columns& columns) : columns_(columns), next_(columns.columns_.size()), row_(next_.size()) {}
    /// False when there are no more.
    bool next();
    /// Of the present row: null when the column has none there.
    const Cell* cell(std::size_t column) const { return row_[column]; }
    std::size_t cells() const { return cells_; }
    std::string_view content(const Cell& cell) const;
    std::string index() const;  ///< "3.1.127"

   private:
    const Columns& columns_;
    std::vector<std::size_t> next_;
    std::vector<const Cell*> row_;
    std::size_t cells_ = 0;
    std::string_view index_;
  };

 private:
  friend class Rows;
  std::string_view index_of(const Cell& cell) const;
  Status make_room(std::vector<Cell>& column);

  Attempt& attempt_;
  memory::Account& account_;
  net::ChargedText bytes_;
  std::vector<std::vector<Cell>> columns_;
  std::size_t capacity_ = 0;  ///< of all columns, in cells
  memory::Reservation charged_;
};

}  // namespace holter::collect::snmp
