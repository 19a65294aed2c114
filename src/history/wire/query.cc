#include "history/wire/query.h"

#include <fmt/format.h>

namespace holter::history {
namespace {

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Status validate_times(std::int64_t from_ms, std::int64_t to_ms) {
  if (from_ms >= 0 && to_ms <= kTimeEnd && from_ms < to_ms) return {};
  return invalid(
      fmt::format("cannot query from {} to {} ms: times must rise and lie between 0 and {}", from_ms, to_ms, kTimeEnd));
}

Status validate_step(std::int64_t step_ms) {
  if (step_ms >= 1) return {};
  return invalid(fmt::format("cannot query with a step of {} ms: it must be at least 1", step_ms));
}

Status validate_range(std::int64_t from_ms, std::int64_t to_ms, std::int64_t step_ms) {
  TRY_OK(validate_times(from_ms, to_ms));
  TRY_OK(validate_step(step_ms));
  if (auto buckets = (to_ms - 1) / step_ms - from_ms / step_ms + 1; buckets > kMaxQueryBuckets)
    return invalid(fmt::format("cannot query {} buckets of {} ms: the limit is {}; take a wider step", buckets, step_ms,
                               kMaxQueryBuckets));
  return {};
}

}  // namespace

Status validate(const RangeQuery& query) {
  if (query.series.empty() || query.series.size() > kMaxQuerySeries)
    return invalid(fmt::format("cannot query {} series at once: between 1 and {} are allowed", query.series.size(),
                               kMaxQuerySeries));
  return validate_range(query.from_ms, query.to_ms, query.step_ms);
}

Status validate(const RoundsQuery& query) {
  return validate_range(query.from_ms, query.to_ms, query.step_ms);
}

Status validate(const HeartbeatsQuery& query) {
  if (query.monitors.empty() || query.monitors.size() > kMaxQueryMonitors)
    return invalid(fmt::format("cannot query {} monitors at once: between 1 and {} are allowed", query.monitors.size(),
                               kMaxQueryMonitors));
  TRY_OK(validate_times(query.from_ms, query.to_ms));
  TRY_OK(validate_step(query.step_ms));
  if (auto buckets = (query.to_ms - query.from_ms - 1) / query.step_ms + 1; buckets > kMaxHeartbeats)
    return invalid(fmt::format("cannot query {} heartbeats of {} ms: the limit is {}; take a wider step", buckets,
                               query.step_ms, kMaxHeartbeats));
  return {};
}

Status validate(const RoundListQuery& query) {
  if (query.limit < 1 || query.limit > kMaxListedRounds || query.skip > kMaxSkippedRounds)
    return invalid(fmt::format("cannot list {} rounds behind {}: between 1 and {} are allowed, behind at most {}",
                               query.limit, query.skip, kMaxListedRounds, kMaxSkippedRounds));
  return validate_times(query.from_ms, query.to_ms);
}

}  // namespace holter::history
