#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace holter::history {

inline constexpr std::size_t kMaxSqlBytes = 4096, kMaxSqlRows = 10'000, kMaxSqlColumns = 64;

/// One SELECT over the tables of docs/history-sql.md.
struct SqlQuery {
  std::string text;  ///< 1 to kMaxSqlBytes bytes, no NUL
  std::int64_t now_ms =
      0;  ///< what now_ms() and now() are in the query, and where samples('10m') ends; 0 <= t < kTimeEnd
  bool check_only = false;  ///< prepared, not run: the answer has columns and no rows
};

struct SqlCell {
  std::optional<double> number;  ///< where the column is numeric and the cell is not null; finite; a boolean is 1 or 0
  std::string text;              ///< the value in words, also of a number: exact where `number` cannot be
  bool null = false;             ///< NULL, or a number that is not finite
  friend bool operator==(const SqlCell&, const SqlCell&) = default;
};

/// At most kMaxSqlColumns columns and kMaxSqlRows rows, each with one cell per column.
struct SqlTable {
  std::vector<std::string> columns;
  std::vector<bool> numeric;  ///< per column
  std::vector<std::vector<SqlCell>> rows;
  friend bool operator==(const SqlTable&, const SqlTable&) = default;
};

/// Holds a query against the limits above; says nothing of its grammar. Errors: kInvalidArgument.
Status validate(const SqlQuery& query);

}  // namespace holter::history
