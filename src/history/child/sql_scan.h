#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "history/child/duck.h"

namespace holter::history::child {

/// A call of one of the tables that queries read: samples('10m'), rounds('1h', '1d').
struct SqlCall {
  std::string table;
  std::string span, ago;                   ///< as written; `ago` is "0s" where it is not, both empty for series()
  milliseconds span_time{0}, ago_time{0};  ///< rows of (now - ago - span, now - ago]
};

/// Reads a text without binding it, and says which tables it calls. What it may contain is listed, and all else is
/// refused before the engine looks at any table, function or file: exactly one SELECT; of functions, sql_functions();
/// of tables, samples, texts, rounds, series, range, generate_series and what a WITH of the text names. Each of those
/// functions does no more work than its arguments have bytes, touches nothing outside, and knows no time but the
/// query's.
///
/// Errors: kInvalidArgument, with the place where the grammar is at fault; those of Connection::query().
Result<std::vector<SqlCall>> scan_sql(Connection& connection, const std::string& text);

/// Names of functions that queries may use, in lower case. Operators, all of which they may use, are not among them.
std::span<const std::string_view> sql_functions();

}  // namespace holter::history::child
