#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::collect::ntp {

using std::chrono::nanoseconds;

inline constexpr std::size_t kPacketBytes = 48;

/// A client's request of version 3 (RFC 1305, appendix A) with `nonce` as its transmit timestamp, which the server
/// sends back.
std::string write_request(std::uint64_t nonce);

/// An answer, and when the request was sent and it came (since 1970 UTC by our clock).
struct Exchange {
  nanoseconds sent{}, received{};
  std::string packet;
};
/// True when the packet is the answer to the request with that nonce: what is not came from somebody else, or late.
bool is_answer(std::string_view packet, std::uint64_t nonce);

/// Lines "sent: <seconds>", "received: <seconds>" (since 1970, nine decimals) and "packet: <hexadecimal digits>".
std::string write_recording(const Exchange& exchange);
/// Errors: kInvalidArgument.
Result<Exchange> parse_recording(std::string_view text);

/// The values by alias, but for responseTime. Errors: kProtocolViolation for a packet that is too short, of another
/// mode than a server's, or a kiss of death, with its code.
using Values = std::vector<std::pair<std::string_view, std::string>>;
Result<Values> values_of(const Exchange& exchange);

}  // namespace holter::collect::ntp
