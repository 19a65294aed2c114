#include "secrets/sealed_text.h"

#include <fmt/format.h>

#include "secrets/primitives.h"

namespace holter::secrets {
namespace {

constexpr std::string_view kVersion = "v1.";
constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kBoxAt = kVersion.size() + kIdDigits + 1;

Error corrupt(std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("cannot understand the sealed text: {}", why)};
}

}  // namespace

std::string SealedText::text() const {
  return fmt::format("{}{}.{}", kVersion, to_text(key), to_base64(as_bytes(box), Base64::kUrl));
}

Result<SealedText> parse_sealed(std::string_view text) {
  if (text.size() > kMostSealed)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot understand the sealed text: it has {} bytes, {} is the most",
                                                   text.size(), kMostSealed));
  if (!text.starts_with(kVersion)) return corrupt("it does not begin with v1.");
  if (text.size() < kBoxAt || text[kBoxAt - 1] != '.') return corrupt("it has no key id");
  auto key = parse_key_id(text.substr(kVersion.size(), kIdDigits));
  if (!key) return corrupt("its key id is none");
  text.remove_prefix(kBoxAt);
  SealedText sealed{.key = *key, .box = std::string(base64_bytes(text.size()), '\0')};
  if (!from_base64(text, Base64::kUrl, {reinterpret_cast<std::uint8_t*>(sealed.box.data()), sealed.box.size()}))
    return corrupt("it is no Base64");
  if (sealed.box.size() < kNonceBytes + kTagBytes) return corrupt("it is too short");
  return sealed;
}

}  // namespace holter::secrets
