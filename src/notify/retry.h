#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "notify/channel.h"

namespace holter::notify {

/// How long and how often a notification is tried.
struct RetryPolicy {
  milliseconds first{1'000};           ///< at most that long before the second attempt; doubled for each further one
  milliseconds most{600'000};          ///< between two attempts
  milliseconds most_asked{3'600'000};  ///< of what a provider asks by Retry-After
  milliseconds give_up_after{86'400'000};  ///< since the notification was queued
};

/// When the attempt after an outcome may begin; std::nullopt: never, the notification is a dead letter. Back-off with
/// full jitter (Exponential Backoff And Jitter, AWS Architecture Blog): a moment between now and `first` doubled
/// `attempts` - 1 times, but not before the time that the provider asked for. The last attempt is made when the age is
/// reached. `attempts`: those that were made, 1 or more; `queued`: since when the age counts; `random`: any number.
std::optional<WallTime> next_attempt(const RetryPolicy& policy, const Outcome& outcome, unsigned attempts,
                                     WallTime queued, WallTime now, std::uint64_t random);

}  // namespace holter::notify
