#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace holter::secrets {

// The digits 0-9 A-Z a-z: a token is one word to a double click, in a URL and in a shell.
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number that big-endian `bytes` stand for in Base62, with leading zeros. `out` must be long enough (checked).
void to_base62(std::span<const std::uint8_t> bytes, std::span<char> out);
/// The reverse. False for another digit, or a number that `out` cannot hold.
[[nodiscard]] bool from_base62(std::string_view text, std::span<std::uint8_t> out);

/// CRC-32 (IEEE 802.3) in six digits of Base62.
std::array<char, 6> token_checksum(std::string_view text);

}  // namespace holter::secrets
