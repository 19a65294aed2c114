#include "secrets/primitives.h"

#include <array>
#include <cstring>

#include <sodium.h>

#include "base/check.h"

namespace holter::secrets {

void ready() {
  static const bool done = sodium_init() >= 0;  // fails only where its own lock cannot be taken
  CHECK(done);
}

void wipe(std::span<char> bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

std::string to_hex(Bytes bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != 2 * out.size() || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return false;
  std::size_t size = 0;
  return sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr) == 0 &&
         size == out.size();
}

void blake2b(std::string_view purpose, Bytes bytes, std::span<std::uint8_t> out) {
  std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  CHECK(purpose.size() <= personal.size());
  std::memcpy(personal.data(), purpose.data(), purpose.size());
  CHECK(crypto_generichash_blake2b_salt_personal(out.data(), out.size(), bytes.data(), bytes.size(), nullptr, 0,
                                                 nullptr, personal.data()) == 0);
}

}  // namespace holter::secrets
