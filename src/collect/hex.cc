#include "collect/hex.h"

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect {

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
    if (i % 32 == 31 || i + 1 == bytes.size()) text += '\n';
  }
  return text;
}

Result<std::string> from_hex(std::string_view text, std::size_t most) {
  std::string bytes;
  int high = -1;
  for (char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot read '{}' as hexadecimal digits", excerpt(text, 40)));
    if (high < 0) {
      high = digit;
      continue;
    }
    if (bytes.size() == most)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot take more than {} bytes of hexadecimal digits", most));
    bytes += static_cast<char>(16 * high + digit);
    high = -1;
  }
  if (high >= 0)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read '{}' as hexadecimal digits: their number is odd", excerpt(text, 40)));
  return bytes;
}

}  // namespace holter::collect
