#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace holter {

/// Whether secrets may be sent to `url`: https://, or http:// where the host is this machine's loopback (localhost,
/// 127.0.0.0/8, [::1]) and nobody else listens. At most 1000 bytes of printable ASCII (RFC 3986), without user and
/// fragment. Errors: kInvalidArgument, naming the URL and what is wrong.
Status check_web_url(std::string_view url);

/// Where a site is (RFC 6454): both in lower case, without the port that the scheme has by itself.
struct WebOrigin {
  std::string scheme;     ///< "http" or "https"
  std::string authority;  ///< host, perhaps with a port
};
/// Reads "https://holter.example:8443", perhaps with a slash behind it. Errors: kInvalidArgument, naming the text and
/// what is wrong.
Result<WebOrigin> parse_web_origin(std::string_view text);
/// An authority as WebOrigin has it.
std::string normal_authority(std::string_view scheme, std::string_view authority);

}  // namespace holter
