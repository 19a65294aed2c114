#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/raw_table.h"
#include "read/row_sink.h"

namespace holter::collect {

/// What is known of a request, for the aliases responseTime and keyword.
struct RequestFigures {
  double response_time_ms = 0;
  std::int64_t keyword_count = 0;
};

/// Puts the rows of a reader into a table, and fills in what is known of the request where the answer has nothing.
/// Lifetime: during a reading.
class TableSink final : public read::RowSink {
 public:
  TableSink(RawTable& table, const std::vector<std::string>& aliases, RequestFigures figures);

  bool begin_row() override;
  bool cell(std::size_t column, std::optional<std::string_view> text) override;

  /// `status` of the reading, or what really ended it when that was this sink: kTooLarge for the limits of a table,
  /// kResourceExhausted for memory.
  Status result(Status status) const;

 private:
  enum class Alias : std::uint8_t { kAnswer, kResponseTime, kKeyword };

  RawTable& table_;
  std::vector<Alias> aliases_;
  const RequestFigures figures_;
  std::size_t text_bytes_ = 0;
  enum class Refusal : std::uint8_t { kNone, kCells, kText, kMemory } refusal_ = Refusal::kNone;
};

}  // namespace holter::collect
