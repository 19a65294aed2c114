#include "secrets/secret_key.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sodium.h>

#include "base/check.h"

namespace holter::secrets {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;
constexpr std::size_t kPaddedDigits = 44;

Error no_key(std::string_view why) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot take this as a key: {} (make one by: openssl rand -base64 32)", why)};
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

std::string to_text(KeyId id) {
  return fmt::format("{:016x}", id.value);
}

std::optional<KeyId> parse_key_id(std::string_view text) {
  std::array<std::uint8_t, 8> bytes;
  if (!from_hex(text, bytes)) return std::nullopt;
  KeyId id;
  for (auto byte : bytes) id.value = id.value << 8 | byte;
  return id;
}

void SecretKey::Free::operator()(std::uint8_t* bytes) const {
  sodium_free(bytes);
}

Result<SecretKey> SecretKey::allocate() {
  ready();
  SecretKey key;
  key.bytes_.reset(static_cast<std::uint8_t*>(sodium_malloc(kBytes)));
  if (!key.bytes_) return Error(ErrorCode::kResourceExhausted, "cannot hold a key: no memory for its pages");
  return key;
}

void SecretKey::seal_off() {
  std::array<std::uint8_t, crypto_generichash_blake2b_BYTES_MIN> hash;
  blake2b("holter key id 1", bytes(), hash);
  for (std::size_t i = 0; i < 8; ++i) id_.value = id_.value << 8 | hash[i];
  (void)sodium_mprotect_readonly(bytes_.get());  // against our own bugs only; the key is good without
}

Result<SecretKey> SecretKey::random() {
  TRY(auto key, allocate());
  randombytes_buf(key.bytes_.get(), kBytes);
  key.seal_off();
  return key;
}

Result<SecretKey> SecretKey::from_base64(std::string_view text) {
  TRY(auto key, allocate());
  if (text.size() == kPaddedDigits && text.ends_with('=')) text.remove_suffix(1);
  if (!holter::secrets::from_base64(text, Base64::kUsual, {key.bytes_.get(), kBytes}))
    return no_key(fmt::format("it is not the Base64 of {} bytes", kBytes));
  if (std::ranges::count(key.bytes(), key.bytes()[0]) == static_cast<std::ptrdiff_t>(kBytes))
    return no_key("all its bytes are the same");
  key.seal_off();
  return key;
}

SecretText SecretKey::to_base64() const {
  constexpr auto kSize = sodium_base64_ENCODED_LEN(kBytes, sodium_base64_VARIANT_ORIGINAL);
  SecretText with_end(kSize);  // a zero stands behind
  sodium_bin2base64(with_end.chars().data(), kSize, bytes_.get(), kBytes, kBase64);
  return SecretText(with_end.view().substr(0, kSize - 1));
}

Status append(Keys& keys, SecretKey key) {
  if (keys.size() >= kMostKeys)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot hold another key: {} is the most", kMostKeys));
  for (const auto& other : keys)
    if (other->id() == key.id())
      return Error(ErrorCode::kInvalidArgument, fmt::format("cannot hold key {} twice", to_text(key.id())));
  keys.push_back(std::make_shared<const SecretKey>(std::move(key)));
  return {};
}

Result<Keys> parse_key_list(std::string_view text) {
  Keys keys;
  for (std::size_t number = 1;; ++number) {
    auto comma = std::min(text.find(','), text.size());
    auto key = SecretKey::from_base64(without_blanks(text.substr(0, comma)));
    if (!key) return std::move(key).error().with_context(fmt::format("key {} of the list", number));
    TRY_OK(append(keys, std::move(*key)));
    if (comma == text.size()) return keys;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace holter::secrets
