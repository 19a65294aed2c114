#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/id_token.h"
#include "access/jwk.h"
#include "base/check.h"
#include "secrets/primitives.h"

// An ID token as a provider's token endpoint gives it; its claims as if they were signed; a set of keys.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::access;
  static holter::memory::Budget budget(64 << 20);
  auto& account = budget.account("oidc");
  std::string_view text(reinterpret_cast<const char*>(data), size);
  IdExpectation expected{"https://i", "c", "n", holter::WallTime(std::chrono::seconds(1'700'000'000))};
  if (auto who = check_claims(text, expected, account)) CHECK(!who->subject.empty() && who->subject.size() <= 255);
  auto keys = KeySet::parse(text, account);
  // The header and the claims as they are, encoded: chance does not find Base64url.
  auto middle = text.size() / 2;
  auto url = [](std::string_view part) {
    return holter::secrets::to_base64(holter::secrets::as_bytes(part), holter::secrets::Base64::kUrl);
  };
  for (const auto& whole :
       {std::string(text), url(text.substr(0, middle)) + "." + url(text.substr(middle)) + ".AAAA"}) {
    auto token = IdToken::parse(whole, account);
    if (!token || !keys) continue;
    // Nobody who fuzzes has signed anything.
    if (const auto* key = keys->find(token->key_id(), token->algorithm()))
      CHECK(!token->verify(*key, expected, account).has_value());
  }
  return 0;
}
