#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/row_sink.h"

namespace holter::read {

/// Rows of a table in CSV (RFC 4180): the parse type `csv`, an extension of the definition format. The first record
/// names the columns (a `# ` before it is no part of the name); each further one is a row. An alias is a column's name,
/// the first of several counts; an empty field is nothing, and so is one that a short record lacks. Records end with LF
/// or CRLF, empty lines are passed over; a quoted field may span lines. Frozen; for any number of threads.
class CsvRows {
 public:
  static constexpr std::size_t kMaxRecord = 1 << 20;  ///< bytes
  static constexpr std::size_t kMaxColumns = 4096;

  /// `separator` is one character, or "\t"; empty: a comma. Errors: kInvalidArgument.
  static Result<CsvRows> make(std::string_view separator, std::vector<std::string> aliases);

  /// Errors: kProtocolViolation: no names, none of the columns asked for is among them, or a quote that does not end,
  /// with the line; kTooLarge; kResourceExhausted, also when the sink refuses.
  Status read(std::string_view text, memory::Account& account, RowSink& sink) const;

 private:
  char separator_ = ',';
  std::vector<std::string> aliases_;
};

}  // namespace holter::read
