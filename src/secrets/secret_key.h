#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "secrets/secret_text.h"

namespace holter::secrets {

/// Names a key without telling it: the first 64 bits of the key's BLAKE2b hash. The same key has the same id
/// everywhere.
using KeyId = Id<struct SecretKeyTag>;
/// 16 hexadecimal digits.
std::string to_text(KeyId id);
std::optional<KeyId> parse_key_id(std::string_view text);

/// A key of 256 bits in memory of its own: locked where the system lets, left out of core dumps, between guard pages,
/// read-only. Takes four pages. Threads: any. Only moves.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// Errors: kResourceExhausted (the system has no pages left).
  static Result<SecretKey> random();
  /// Base64 with or without padding (RFC 4648, section 4) of 32 bytes. Errors: kInvalidArgument, without the text;
  /// kResourceExhausted.
  static Result<SecretKey> from_base64(std::string_view text);

  std::span<const std::uint8_t, kBytes> bytes() const {
    return std::span<const std::uint8_t, kBytes>(bytes_.get(), kBytes);
  }
  KeyId id() const { return id_; }
  SecretText to_base64() const;

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const;
  };
  static Result<SecretKey> allocate();
  void seal_off();

  std::unique_ptr<std::uint8_t, Free> bytes_;
  KeyId id_;
};

/// Frozen; the newest first.
using Keys = std::vector<std::shared_ptr<const SecretKey>>;
/// More are no use: a rotation keeps the old ones only until all is sealed anew.
constexpr std::size_t kMostKeys = 16;

/// Adds at the end. Errors: kInvalidArgument when the key is there already, or there are kMostKeys.
Status append(Keys& keys, SecretKey key);
/// Several keys in Base64 with commas between them, blanks and line ends around them passed over: the form of
/// HOLTER_SECRET_KEY. Errors: kInvalidArgument, telling which one is wrong, without any text of it.
Result<Keys> parse_key_list(std::string_view text);

}  // namespace holter::secrets
