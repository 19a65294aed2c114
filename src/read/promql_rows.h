#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/json_path.h"
#include "read/row_sink.h"

namespace holter::read {

/// Rows of an answer of Prometheus' query API (`/api/v1/query`, `query_range`), as the parse type `PromQL` of the
/// definition format has them (section 5.1.3): a row for each series of a vector, and for each point of each series of
/// a matrix; scalars and texts have none. A column is the label of that name; else `value` and `metric_value` are the
/// sample as it is written, and `timestamp` its time in milliseconds. One series is held at a time. Frozen; for any
/// number of threads.
class PromqlRows {
 public:
  explicit PromqlRows(std::vector<std::string> aliases);

  /// Errors: those of JsonPath::read(), kNotFound when the answer has no `data.result`; kResourceExhausted when the
  /// sink refuses.
  Status read(std::string_view document, memory::Account& account, RowSink& sink) const;

 private:
  JsonPath series_;
  std::vector<std::string> aliases_;
};

}  // namespace holter::read
