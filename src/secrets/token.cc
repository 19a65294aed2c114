#include "secrets/token.h"

#include <algorithm>

#include <fmt/format.h>
#include <sodium.h>

#include "secrets/primitives.h"
#include "secrets/token_text.h"

namespace holter::secrets {
namespace {

constexpr std::string_view kHashVersion = "v1.";
constexpr std::size_t kDigits = 43;  // 62^43 > 2^256
constexpr std::string_view kCsrf = "holter csrf 1";
static_assert(AnyToken::kTextBytes == AnyToken::kPrefix.size() + kDigits + 6);

Error refused(std::string_view why) {
  return {ErrorCode::kUnauthenticated, fmt::format("cannot take this as a token: {}", why)};
}

std::string_view purpose_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kApi:
      return "holter api 1";
    case TokenKind::kSession:
      return "holter session 1";
    case TokenKind::kSetup:
      return "holter setup 1";
  }
  return {};
}

}  // namespace

Result<TokenHash> TokenHash::parse(std::string_view text) {
  TokenHash hash;
  if (!text.starts_with(kHashVersion) || !from_hex(text.substr(kHashVersion.size()), hash.bytes_))
    return Error(ErrorCode::kCorruption, "cannot understand the stored hash of a token");
  return hash;
}

std::string TokenHash::text() const {
  return std::string(kHashVersion) + to_hex(bytes_);
}

bool TokenHash::operator==(const TokenHash& other) const {
  return sodium_memcmp(bytes_.data(), other.bytes_.data(), kBytes) == 0;
}

AnyToken::AnyToken(AnyToken&& other) noexcept : kind_(other.kind_), bytes_(other.bytes_) {
  sodium_memzero(other.bytes_.data(), kBytes);
}

AnyToken& AnyToken::operator=(AnyToken&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(kind_, other.kind_);
  return *this;
}

AnyToken::~AnyToken() {
  sodium_memzero(bytes_.data(), kBytes);
}

void AnyToken::fill_randomly() {
  ready();
  randombytes_buf(bytes_.data(), kBytes);
}

SecretText AnyToken::text() const {
  SecretText text(kTextBytes);
  auto out = text.chars();
  std::ranges::copy(kPrefix, out.begin());
  to_base62(bytes_, out.subspan(kPrefix.size(), kDigits));
  std::ranges::copy(token_checksum(text.view().substr(0, kPrefix.size() + kDigits)), out.last(6).begin());
  return text;
}

Status AnyToken::fill(std::string_view text) {
  ready();
  if (text.size() != kTextBytes) return refused(fmt::format("it has {} bytes, {} are right", text.size(), kTextBytes));
  if (!text.starts_with(kPrefix)) return refused("it does not begin with holter_");
  auto checked = text.substr(0, kTextBytes - 6);
  if (!std::ranges::equal(token_checksum(checked), text.substr(kTextBytes - 6)))
    return refused("its checksum does not match: a part is missing or was mistyped");
  if (!from_base62(checked.substr(kPrefix.size()), bytes_)) return refused("it has a character that none has");
  return {};
}

TokenHash AnyToken::hash() const {
  TokenHash hash;
  blake2b(purpose_of(kind_), bytes_, hash.bytes_);
  return hash;
}

std::string AnyToken::derive(std::string_view purpose) const {
  static_assert(crypto_auth_hmacsha256_KEYBYTES == kBytes);
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> out;
  crypto_auth_hmacsha256(out.data(), as_bytes(purpose).data(), purpose.size(), bytes_.data());
  return to_hex(out);
}

std::string SessionToken::csrf() const {
  return derive(kCsrf);
}

bool SessionToken::accepts_csrf(std::string_view text) const {
  auto right = csrf();
  return text.size() == right.size() && sodium_memcmp(text.data(), right.data(), right.size()) == 0;
}

}  // namespace holter::secrets
