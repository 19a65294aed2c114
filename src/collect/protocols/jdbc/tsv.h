#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::jdbc {

/// A cell: absent for SQL NULL.
using Cell = std::optional<std::string_view>;

/// Appends a line: cells with tabs between them, "\N" for NULL; backslash, tab, line feed, carriage return and NUL are
/// escaped with a backslash. It is ClickHouse's format TabSeparated, and that of recorded answers.
void append_line(std::span<const Cell> cells, std::string& out);

/// Called for each line: the names first, then the rows. The views are good during the call. False ends the reading.
using OnLine = std::function<Result<bool>(std::span<const Cell> cells)>;

/// Reads lines as append_line() and ClickHouse write them; the last may lack its line feed. Errors: those of `on_line`;
/// kProtocolViolation: more than 4096 cells in a line, a row that has not as many cells as the first line, an escape
/// without its letter.
Status read_lines(std::string_view text, const OnLine& on_line);

}  // namespace holter::collect::jdbc
