#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "secrets/secret_key.h"

namespace holter::secrets {

/// The longest text that is sealed, and the longest context. Bytes.
constexpr std::size_t kMostPlain = 64 * 1024;
constexpr std::size_t kMostContext = 256;
/// What XChaCha20-Poly1305 puts before and behind the text. Bytes.
constexpr std::size_t kNonceBytes = 24, kTagBytes = 16;
/// The longest sealed text, in its form "v1.<key id>.<Base64>".
constexpr std::size_t kMostSealed = 20 + ((kNonceBytes + kMostPlain + kTagBytes) * 4 + 2) / 3;

/// A sealed text taken apart: "v1.<key id>.<Base64>", docs/formats/secrets.md. Nothing in it is secret.
struct SealedText {
  KeyId key;
  std::string box;  ///< nonce, encrypted text, tag

  std::string text() const;
};

/// Takes only what text() gives. Errors: kCorruption, without any of the text; kTooLarge above kMostSealed.
Result<SealedText> parse_sealed(std::string_view text);

}  // namespace holter::secrets
