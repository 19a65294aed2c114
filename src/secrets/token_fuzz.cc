#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "secrets/token.h"
#include "secrets/token_text.h"

// A token as a client sends it, and the stored hash of one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::secrets;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto token = SessionToken::parse(text)) {
    CHECK(token->text().view() == text);
    CHECK(token->accepts_csrf(token->csrf()));
  }
  // The same with a checksum that matches, which chance does not find.
  if (size == 43) {
    auto body = "holter_" + std::string(text);
    auto sum = token_checksum(body);
    auto whole = body + std::string(sum.data(), sum.size());
    if (auto token = ApiToken::parse(whole)) CHECK(token->text().view() == whole);
  }
  if (auto hash = TokenHash::parse(text)) CHECK(hash->text() == text);
  return 0;
}
