#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/json_path.h"
#include "read/row_sink.h"

namespace holter::read {

struct JsonPlan;

/// Rows of a JSON answer, as the parse types `jsonPath` and `default` of the definition format have them (sections 5.1
/// and 5.1.1). Compiled once; frozen; for any number of threads.
///
/// Only members that a column looks at are kept, of one row at a time, where the script is a path of names, indexes,
/// wildcards and slices, perhaps with a filter at its end.
class JsonRows {
 public:
  /// jsonPath: each object that `script` leads to is a row; a text or a number is a row in which every column but
  /// responseTime and keyword has it; all else is passed over. A column of an object row is the member of exactly that
  /// name, or, when there is none and the alias begins with `$.`, what this path leads to from the row: nothing when it
  /// fails, a JSON list for several values. Objects become `{k=v, k2=v2}`. An empty script is `$`.
  /// Errors: kInvalidArgument, of the script or an alias.
  static Result<JsonRows> by_path(std::string_view script, std::vector<std::string> aliases);
  /// default: a row for each object of an array, or for the one object there is. A column is the top-level member of
  /// that name: a scalar with numbers as they are written, or the only element of an array.
  static JsonRows top_level(std::vector<std::string> aliases);

  /// A document of nothing but blanks has no rows. Errors: those of JsonPath::read(); kResourceExhausted when the sink
  /// refuses; kTooLarge for a cell over kMaxValueText; kProtocolViolation when a value of `default` is no scalar.
  Status read(std::string_view document, memory::Account& account, RowSink& sink) const;

 private:
  friend class JsonRowWriter;
  struct Column {
    std::string alias;
    std::optional<JsonPath> path;
    bool of_request = false;
    bool one_value = false;  ///< the path leads to one value at most, without a function
  };

  bool top_level_ = false;
  JsonPath script_;
  std::shared_ptr<const JsonPlan> plan_;
  std::vector<Column> columns_;
};

}  // namespace holter::read
