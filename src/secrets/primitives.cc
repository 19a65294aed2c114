#include "secrets/primitives.h"

#include <array>
#include <cstring>

#include <sodium.h>

#include "base/check.h"

namespace holter::secrets {
namespace {

int variant_of(Base64 digits) {
  return digits == Base64::kUrl ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
}

}  // namespace

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

std::string to_base64(Bytes bytes, Base64 digits) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant_of(digits)), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant_of(digits));
  text.pop_back();  // the zero behind it
  return text;
}

bool from_base64(std::string_view text, Base64 digits, std::span<std::uint8_t> out) {
  // libsodium 1.0.18 takes some bytes above 127 for digits.
  for (char c : text)
    if (static_cast<signed char>(c) < 0) return false;
  std::size_t size = 0;
  const char* end = nullptr;
  return sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end,
                           variant_of(digits)) == 0 &&
         end == text.data() + text.size() && size == out.size();
}

void blake2b(std::string_view purpose, Bytes bytes, std::span<std::uint8_t> out) {
  std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  CHECK(purpose.size() <= personal.size());
  std::memcpy(personal.data(), purpose.data(), purpose.size());
  CHECK(crypto_generichash_blake2b_salt_personal(out.data(), out.size(), bytes.data(), bytes.size(), nullptr, 0,
                                                 nullptr, personal.data()) == 0);
}

}  // namespace holter::secrets
