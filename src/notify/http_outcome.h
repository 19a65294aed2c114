#pragma once

#include <string_view>

#include "notify/channel.h"

namespace holter::notify {

/// What an HTTP answer means where the provider says nothing else: 2xx delivered; 408, 425, 429 and 5xx retry (with
/// Retry-After: seconds or a date, RFC 9110 section 10.2.3, at most a day); all others give up. The answer's text is
/// "HTTP 429: " and the body's first 200 bytes in one line.
Outcome outcome_of(const HttpAnswer& answer, WallTime now);
/// What an error of the wire means: kInvalidArgument, kUnauthenticated and a host that network.forbidden forbids give
/// up, all others retry.
Outcome outcome_of(const Error& error);
/// The value of a header, whatever its case; "" when there is none.
std::string_view header_of(const HttpAnswer& answer, std::string_view name);
/// Foreign text in one line for the log of attempts: control characters become blanks, cut at a character.
std::string one_line(std::string_view text, std::size_t most = 200);

}  // namespace holter::notify
