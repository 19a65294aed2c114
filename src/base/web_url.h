#pragma once

#include <string_view>

#include "base/result.h"

namespace holter {

/// Whether secrets may be sent to `url`: https://, or http:// where the host is this machine's loopback (localhost,
/// 127.0.0.0/8, [::1]) and nobody else listens. At most 1000 bytes of printable ASCII (RFC 3986), without user and
/// fragment. Errors: kInvalidArgument, naming the URL and what is wrong.
Status check_web_url(std::string_view url);

}  // namespace holter
