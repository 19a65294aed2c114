#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace holter::history {

inline constexpr std::size_t kMaxQuerySeries = 64;
inline constexpr std::int64_t kMaxQueryBuckets = 11'000;     ///< per series
inline constexpr std::int64_t kTimeEnd = 7'258'118'400'000;  ///< 2200-01-01 UTC in ms; times are 0 <= t < kTimeEnd

struct RangeQuery {
  std::vector<SeriesId> series;  ///< 1 to kMaxQuerySeries
  std::int64_t from_ms = 0;      ///< inclusive
  std::int64_t to_ms = 0;        ///< exclusive
  std::int64_t step_ms = 0;      ///< bucket width, at least 1; at most kMaxQueryBuckets buckets per series
};

struct RoundsQuery {
  MonitorId monitor;
  std::int64_t from_ms = 0;  ///< as above
  std::int64_t to_ms = 0;
  std::int64_t step_ms = 0;
};

/// One bucket that has samples. Buckets begin at multiples of step_ms since 1970.
struct Bucket {
  std::int64_t start_ms = 0;
  double min = 0, max = 0, avg = 0;
  std::uint64_t count = 0;
  friend bool operator==(const Bucket&, const Bucket&) = default;
};
struct SeriesBuckets {
  SeriesId series;
  std::vector<Bucket> buckets;  ///< sorted by start_ms
  friend bool operator==(const SeriesBuckets&, const SeriesBuckets&) = default;
};

/// One bucket that has recorded rounds, for availability over time.
struct RoundBucket {
  std::int64_t start_ms = 0;
  std::uint64_t total = 0, failed = 0;
  double avg_duration_ms = 0;
  friend bool operator==(const RoundBucket&, const RoundBucket&) = default;
};

/// Holds a query against the limits above. Errors: kInvalidArgument, naming the value and the limit.
Status validate(const RangeQuery& query);
Status validate(const RoundsQuery& query);

}  // namespace holter::history
