#pragma once

#include <cstdint>
#include <string>

#include <duckdb.h>

#include "base/result.h"
#include "history/wire/sql.h"

namespace holter::history::child {

/// One column of a prepared statement's answer.
struct SqlColumn {
  std::string name;
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type stored = DUCKDB_TYPE_INVALID;  ///< of a DECIMAL: the integer that it is kept in
  std::uint8_t width = 0, scale = 0;         ///< of a DECIMAL

  /// Errors: kInvalidArgument for a type that an answer cannot hold (LIST, STRUCT, BLOB and the like).
  static Result<SqlColumn> of(duckdb_prepared_statement statement, idx_t index);

  bool numeric() const;
  /// The cell of a row of the vector, which is of this column.
  SqlCell cell(duckdb_vector vector, idx_t row) const;
};

}  // namespace holter::history::child
