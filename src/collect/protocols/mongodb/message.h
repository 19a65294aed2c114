#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::mongodb {

// OP_MSG, the wire protocol of MongoDB since 3.6: a head of 16 bytes, flags, one document.

constexpr std::size_t kHeadBytes = 16;
constexpr std::size_t kMostReply = 4 << 20;  ///< bytes that are taken of one reply; a server may send 48 MB

std::string op_msg(std::int32_t request, std::string_view document);

struct Head {
  std::int32_t answers = 0;  ///< number of the request
  std::size_t body_bytes = 0;
};
/// Errors: kProtocolViolation, kTooLarge.
Result<Head> parse_head(std::string_view bytes);
/// The document in a body. Errors: kProtocolViolation.
Result<std::string_view> parse_body(std::string_view body);

}  // namespace holter::collect::mongodb
