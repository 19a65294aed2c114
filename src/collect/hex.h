#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect {

/// Two digits a byte, 32 bytes a line.
std::string to_hex(std::string_view bytes);
/// Bytes of hexadecimal digits, white space between them ignored. Errors: kInvalidArgument for what is no digit, an odd
/// number of them, or more than `most` bytes.
Result<std::string> from_hex(std::string_view text, std::size_t most);

}  // namespace holter::collect
