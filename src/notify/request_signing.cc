#include "notify/request_signing.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/units.h"

namespace holter::notify {
namespace {

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
Error no_memory() {
  return {ErrorCode::kResourceExhausted, "cannot sign the request: no memory"};
}

}  // namespace

Result<std::string> sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return no_memory();
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

Result<std::string> hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  // An empty key is one, too; the library takes a null pointer for "the key of before".
  const char* bytes = key.empty() ? "" : key.data();
  if (HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()), data_of(text), text.size(), digest.data(), &size) ==
      nullptr)
    return no_memory();
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the library writes a zero behind it
  auto size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string extended_utc(WallTime time) {
  return format_time(time).substr(0, std::string_view("2019-11-15T03:36:55").size()) + "Z";
}

std::string compact_utc(WallTime time) {
  auto text = extended_utc(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string CanonicalRequest::text() const {
  auto out = fmt::format("{}\n{}\n{}\n", method, path, query);
  for (const auto& [name, value] : headers) out += fmt::format("{}:{}\n", name, value);
  return out + fmt::format("\n{}\n{}", signed_headers(), body_hash);
}

std::string CanonicalRequest::signed_headers() const {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

}  // namespace holter::notify
