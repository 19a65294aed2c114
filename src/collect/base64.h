#pragma once

#include <string>
#include <string_view>

namespace holter::collect {

/// Base64 with padding, on one line (RFC 4648, section 4).
std::string to_base64(std::string_view bytes);

}  // namespace holter::collect
