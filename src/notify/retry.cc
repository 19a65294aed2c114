#include "notify/retry.h"

#include <algorithm>

namespace holter::notify {

std::optional<WallTime> next_attempt(const RetryPolicy& policy, const Outcome& outcome, unsigned attempts,
                                     WallTime queued, WallTime now, std::uint64_t random) {
  auto latest = queued + policy.give_up_after;
  if (outcome.kind != Outcome::Kind::kRetry || now >= latest) return std::nullopt;
  auto longest = policy.first;
  for (unsigned i = 1; i < attempts && longest < policy.most; ++i) longest *= 2;
  longest = std::min(longest, policy.most);
  milliseconds wait(static_cast<std::int64_t>(random % (static_cast<std::uint64_t>(longest.count()) + 1)));
  if (outcome.retry_after) wait = std::max(wait, std::min(*outcome.retry_after, policy.most_asked));
  return std::min(now + wait, latest);
}

}  // namespace holter::notify
