#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/protocols/jdbc/tsv.h"

namespace holter::collect::jdbc {

enum class QueryType : std::uint8_t { kOneRow, kMultiRow, kColumns };

/// Makes the result table from what a query brings: first the columns' names, then row after row, then end().
/// `oneRow` and `multiRow` take the columns of the aliases, `columns` takes pairs of name and value. Notes the answer
/// for who watches. Lifetime: during a query; a second begin() starts over.
class Rows {
 public:
  static constexpr std::size_t kMaxRows = 1000;
  static constexpr std::size_t kMaxValue = 4 << 20;  ///< bytes of one value
  static constexpr std::size_t kMaxColumns = 4096;

  /// `replayed`: the answer is a recorded one, so responseTime is 0.
  Rows(Attempt& attempt, QueryType type, const std::vector<std::string>& aliases, bool replayed = false)
      : attempt_(attempt), type_(type), aliases_(aliases), replayed_(replayed) {}

  /// Errors: kInvalidArgument for an alias that the answer has no column for; kProtocolViolation for more than
  /// kMaxColumns; kResourceExhausted.
  Status begin(std::span<const Cell> names);
  /// False: no more rows are wanted. Errors: kTooLarge (a value, or the table is full), kResourceExhausted,
  /// kProtocolViolation (not as many cells as columns).
  Result<bool> row(std::span<const Cell> cells);
  /// Errors: kProtocolViolation when there was no begin(), so that the statement was none that brings rows.
  Status end();

  std::size_t most() const { return type_ == QueryType::kOneRow ? 1 : kMaxRows; }
  std::size_t count() const { return count_; }
  bool begun() const { return begun_; }

 private:
  Status map_names(std::span<const Cell> names);
  Status set(std::size_t alias, std::string_view value);
  Status add_row();
  Status full() const;

  Attempt& attempt_;
  const QueryType type_;
  const std::vector<std::string>& aliases_;
  const bool replayed_;
  std::vector<int> columns_;  ///< of each alias; -1: responseTime
  std::size_t width_ = 0, count_ = 0;
  double response_time_ms_ = 0;
  bool begun_ = false;
};

/// Reads an answer as read_lines() takes it. Errors: of both.
Status read_into(std::string_view text, Rows& rows);

}  // namespace holter::collect::jdbc
