#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "model/monitor.h"

namespace holter::read {

/// One sample: its value as it is written ("0.5", "NaN", "+Inf"); empty for a histogram.
struct PromqlPoint {
  std::int64_t time_ms = 0;
  std::string value;
};
struct PromqlSeries {
  model::Labels labels;  ///< sorted, each name once; __name__ among them
  std::vector<PromqlPoint> points;
};

/// An answer of the HTTP API of Prometheus (https://prometheus.io/docs/prometheus/latest/querying/api/) to `query` or
/// `query_range`.
struct PromqlAnswer {
  enum class Type : std::uint8_t { kVector, kMatrix, kScalar, kString };

  /// Of a failure: `errorType` and `error`. Else both are empty, and the rest counts.
  std::string error_type, error;
  Type type = Type::kVector;
  std::vector<PromqlSeries> series;   ///< a scalar is one without labels
  std::vector<std::string> warnings;  ///< at most kMostWarnings
  memory::Reservation reserved;       ///< the bytes of all this

  static constexpr std::size_t kMostSeries = 10'000, kMostPoints = 200'000, kMostLabels = 64;
  static constexpr std::size_t kMostLabelText = 4096;  ///< bytes of a name or a value
  static constexpr std::size_t kMostWarnings = 5, kMostMessage = 500;
  static constexpr std::size_t kMostBytes = 64 << 20;  ///< held
};

/// Reads such an answer in one pass; only the answer itself is held, and it is on the account. Errors:
/// kProtocolViolation for what is no such answer, kTooLarge beyond the limits above, kResourceExhausted.
Result<PromqlAnswer> read_promql(std::string_view document, memory::Account& account);

}  // namespace holter::read
