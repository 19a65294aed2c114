#include "history/wire/query.h"

#include <fmt/format.h>

namespace holter::history {
namespace {

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Status validate_range(std::int64_t from_ms, std::int64_t to_ms, std::int64_t step_ms) {
  if (from_ms < 0 || to_ms > kTimeEnd || from_ms >= to_ms)
    return invalid(fmt::format("cannot query from {} to {} ms: times must rise and lie between 0 and {}", from_ms,
                               to_ms, kTimeEnd));
  if (step_ms < 1) return invalid(fmt::format("cannot query with a step of {} ms: it must be at least 1", step_ms));
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

}  // namespace holter::history
