#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace holter::read {

/// Where readers put raw rows: one cell for each alias, in the order of the aliases. Calls come in the order
/// begin_row(), cell(0), cell(1)... for each row. What the sink refuses ends the reading with kResourceExhausted: the
/// sink is what bounds the result.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// False when there is no room for another row.
  [[nodiscard]] virtual bool begin_row() = 0;
  /// The text of a column, UTF-8, valid during the call; nullopt where the answer has none. A column that is not in the
  /// answer but in the request (responseTime, keyword) comes as nullopt: filling it in is the sink's part. False when
  /// there is no room.
  [[nodiscard]] virtual bool cell(std::size_t column, std::optional<std::string_view> text) = 0;
};

/// True for `responseTime` and `keyword`, ignoring case: every parse type of http offers them, and no reader fills
/// them.
bool is_request_alias(std::string_view alias);

}  // namespace holter::read
