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

/// BLAKE2b (RFC 7693) of `bytes`. `purpose`, at most 16 bytes, keeps hashes for different purposes apart.
void blake2b(std::string_view purpose, Bytes bytes, std::span<std::uint8_t> out);

}  // namespace holter::secrets
