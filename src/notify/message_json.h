#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "notify/channel.h"

namespace holter::notify {

/// The most that a stored message may have.
constexpr std::size_t kMostMessageBytes = 256 * 1024;

/// A message as the outbox stores it: JSON, version 1, times in milliseconds since 1970. Where it would have more than
/// kMostMessageBytes, alerts are left out from the end, and counted in `left_out`. Errors: kResourceExhausted when the
/// texts alone are too long.
Result<std::string> to_json(const Message& message);

/// Errors: kCorruption for what to_json() does not write.
Result<Message> message_from_json(std::string_view text);

}  // namespace holter::notify
