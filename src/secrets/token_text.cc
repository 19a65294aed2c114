#include "secrets/token_text.h"

#include <algorithm>

#include "base/check.h"

namespace holter::secrets {
namespace {

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

}  // namespace

void to_base62(std::span<const std::uint8_t> bytes, std::span<char> out) {
  std::ranges::fill(out, kBase62[0]);
  for (auto byte : bytes) {  // out = out * 256 + byte, in digits
    std::uint32_t carry = byte;
    for (auto digit = out.rbegin(); digit != out.rend(); ++digit) {
      carry += static_cast<std::uint32_t>(kBase62.find(*digit)) << 8;
      *digit = kBase62[carry % 62];
      carry /= 62;
    }
    CHECK(carry == 0);
  }
}

bool from_base62(std::string_view text, std::span<std::uint8_t> out) {
  std::ranges::fill(out, std::uint8_t{0});
  for (char c : text) {  // out = out * 62 + digit, in bytes
    auto carry = kBase62.find(c);
    if (carry == std::string_view::npos) return false;
    for (auto byte = out.rbegin(); byte != out.rend(); ++byte) {
      carry += std::size_t{*byte} * 62;
      *byte = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0) return false;
  }
  return true;
}

std::array<char, 6> token_checksum(std::string_view text) {
  auto crc = crc32(text);
  std::array<std::uint8_t, 4> bytes;
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  std::array<char, 6> out;
  to_base62(bytes, out);
  return out;
}

}  // namespace holter::secrets
