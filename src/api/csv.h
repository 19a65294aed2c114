#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/body.h"
#include "base/result.h"

namespace holter::api {

/// A cell of CSV (RFC 4180), quoted where needed. A text that a table program would take for a formula is made one by
/// an apostrophe (OWASP, CSV injection), which CsvReader takes away again.
void write_cell(Body& out, std::string_view text);

/// Reads CSV row by row: cells between commas, quoted or not; lines end by LF or CR LF; empty lines are left out.
/// Lifetime: the text outlives it. Threads: one.
class CsvReader {
 public:
  static constexpr std::size_t kMostCells = 300;  ///< of a row

  explicit CsvReader(std::string_view text) : rest_(text) {}

  /// The next row; nothing at the end. Errors: kInvalidArgument, naming the line, for a quote that is not closed or
  /// stands within a cell, and for too many cells.
  Result<std::optional<std::vector<std::string>>> next();
  std::size_t line() const { return line_; }

 private:
  Result<std::string> cell();
  Error bad(std::string_view why) const;

  std::string_view rest_;
  std::size_t line_ = 1;  ///< of the row that was read last
  std::size_t next_line_ = 1;
};

}  // namespace holter::api
