#pragma once

#include <vector>

#include "base/clock.h"
#include "history/child/archive.h"
#include "history/child/duck.h"
#include "history/wire/query.h"

namespace holter::history::child {

/// Answers queries over tables and files together. Queries have been validated. Threads: the child's.
/// Errors of all: kResourceExhausted (DuckDB's memory limit, or more buckets than an answer holds), kTimeout, kIo.

/// One element per series asked for, in that order, also when it has no bucket.
Result<std::vector<SeriesBuckets>> search_range(Connection& connection, const Archive& archive, const RangeQuery& query,
                                                MonoTime deadline, const Clock& clock);

/// Sorted by start; buckets without rounds are absent. All sets of the monitor count; failed: code is not kSuccess.
Result<std::vector<RoundBucket>> search_rounds(Connection& connection, const Archive& archive, const RoundsQuery& query,
                                               MonoTime deadline, const Clock& clock);

/// One element per monitor asked for, in that order, also when it has no bucket. One query of the engine for all.
Result<std::vector<MonitorHeartbeats>> search_heartbeats(Connection& connection, const Archive& archive,
                                                         const HeartbeatsQuery& query, MonoTime deadline,
                                                         const Clock& clock);

/// Newest first, at most query.limit.
Result<std::vector<RecordedRound>> list_rounds(Connection& connection, const Archive& archive,
                                               const RoundListQuery& query, MonoTime deadline, const Clock& clock);

}  // namespace holter::history::child
