#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace holter::secrets {

/// Makes libsodium ready. Costs nothing from the second call on; any thread. Whoever calls libsodium calls it first.
void ready();

/// Overwrites, so that the compiler cannot leave it out.
void wipe(std::span<char> bytes);

using Bytes = std::span<const std::uint8_t>;
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower-case hexadecimal digits.
std::string to_hex(Bytes bytes);
/// Exactly `out.size()` bytes from lower-case digits; false when `text` is anything else.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::uint8_t> out);

/// Base64 (RFC 4648) without padding, by the usual digits or those for URLs.
enum class Base64 : std::uint8_t { kUsual, kUrl };
std::string to_base64(Bytes bytes, Base64 digits);
/// The bytes that `size` digits stand for.
constexpr std::size_t base64_bytes(std::size_t size) {
  return size / 4 * 3 + (size % 4 == 0 ? 0 : size % 4 - 1);
}
/// Exactly `out.size()` bytes, and only from what to_base64() makes of them; false when `text` is anything else.
[[nodiscard]] bool from_base64(std::string_view text, Base64 digits, std::span<std::uint8_t> out);

/// BLAKE2b (RFC 7693) of `bytes`. `purpose`, at most 16 bytes, keeps hashes for different purposes apart.
void blake2b(std::string_view purpose, Bytes bytes, std::span<std::uint8_t> out);

}  // namespace holter::secrets
