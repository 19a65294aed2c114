#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::collect::websocket {

/// Sec-WebSocket-Key of a handshake: 16 bytes in Base64.
std::string make_key(std::string_view sixteen_bytes);
/// What a server must send back as Sec-WebSocket-Accept (RFC 6455, section 1.3).
std::string accept_of(std::string_view key);

/// The head of an HTTP answer.
struct Head {
  std::string_view version;  ///< "HTTP/1.1"
  std::string_view code, reason;
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  /// Ignoring case; the first of equal ones.
  const std::string_view* find(std::string_view name) const;
};
/// The views point into `text`. Errors: kProtocolViolation for what is no head; kTooLarge for more than 100 headers.
Result<Head> parse_head(std::string_view text);

}  // namespace holter::collect::websocket
