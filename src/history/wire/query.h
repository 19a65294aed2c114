#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "model/monitor.h"

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

inline constexpr std::size_t kMaxQueryMonitors = 64;
inline constexpr std::int64_t kMaxHeartbeats = 120;    ///< buckets per monitor
inline constexpr std::size_t kMaxHeartbeatText = 200;  ///< bytes of a message

/// Rounds of several monitors, for a row of bars each.
struct HeartbeatsQuery {
  std::vector<MonitorId> monitors;  ///< 1 to kMaxQueryMonitors
  std::int64_t from_ms = 0;         ///< inclusive; the first bucket begins here
  std::int64_t to_ms = 0;           ///< exclusive
  std::int64_t step_ms = 0;         ///< bucket width, at least 1; at most kMaxHeartbeats buckets per monitor
};
/// One bucket that has recorded rounds, of all sets of the monitor.
struct Heartbeat {
  std::int64_t start_ms = 0;
  std::uint64_t total = 0, failed = 0;
  double avg_duration_ms = 0;
  model::ResultCode code = model::ResultCode::kSuccess;  ///< of the first round that failed; kSuccess: none did
  std::string message;                                   ///< of the last that failed, at most kMaxHeartbeatText bytes
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
struct MonitorHeartbeats {
  MonitorId monitor;
  std::vector<Heartbeat> buckets;  ///< sorted by start_ms
  friend bool operator==(const MonitorHeartbeats&, const MonitorHeartbeats&) = default;
};

inline constexpr std::uint32_t kMaxListedRounds = 501;  ///< a page of 500, and one that tells whether more follow
inline constexpr std::uint32_t kMaxSkippedRounds = 100'000;

/// Single rounds of a monitor, newest first; those of one millisecond by the names of their sets.
struct RoundListQuery {
  MonitorId monitor;
  std::int64_t from_ms = 0;  ///< inclusive
  std::int64_t to_ms = 0;    ///< exclusive
  std::uint32_t limit = 0;   ///< 1 to kMaxListedRounds
  std::uint32_t skip = 0;    ///< that are left out at the front; at most kMaxSkippedRounds
};
struct RecordedRound {
  std::int64_t time_ms = 0;
  std::uint32_t duration_us = 0;
  model::ResultCode code = model::ResultCode::kSuccess;
  std::string set, message;
  friend bool operator==(const RecordedRound&, const RecordedRound&) = default;
};

/// Holds a query against the limits above. Errors: kInvalidArgument, naming the value and the limit.
Status validate(const RangeQuery& query);
Status validate(const RoundsQuery& query);
Status validate(const HeartbeatsQuery& query);
Status validate(const RoundListQuery& query);

}  // namespace holter::history
