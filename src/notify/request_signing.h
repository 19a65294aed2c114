#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace holter::notify {

// Digests and keyed digests as the interfaces of providers want them. Errors of all: kResourceExhausted, when the
// library has no memory.

/// 64 lower-case hexadecimal digits (FIPS 180-4).
Result<std::string> sha256_hex(std::string_view text);
/// 32 bytes (RFC 2104).
Result<std::string> hmac_sha256(std::string_view key, std::string_view text);
std::string to_hex(std::string_view bytes);
/// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);

/// "20191115T033655Z".
std::string compact_utc(WallTime time);
/// "2019-11-15T03:36:55Z".
std::string extended_utc(WallTime time);

/// A request as the signatures of several clouds see it (ACS3-HMAC-SHA256, TC3-HMAC-SHA256, SDK-HMAC-SHA256).
struct CanonicalRequest {
  std::string method = "POST";
  std::string path = "/";                                    ///< percent-encoded
  std::string query;                                         ///< percent-encoded, sorted by name
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, sorted
  std::string body_hash;                                     ///< sha256_hex() of the body

  std::string text() const;
  std::string signed_headers() const;  ///< "host;x-sdk-date"
};

}  // namespace holter::notify
