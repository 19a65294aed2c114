#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "secrets/keyring.h"
#include "secrets/sealed_text.h"

// A sealed text as a stored row gives it: what is accepted is written again as it was read, and does not open.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  using namespace holter::secrets;
  static const auto keyring =
      Keyring::load({.list = SecretText(std::string_view("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))}).value();
  static const std::string good = keyring->seal("a password", "monitor 1 password").value();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto sealed = parse_sealed(text)) {
    CHECK(sealed->text() == text);
    CHECK(keyring->needs_resealing(text).value() == (sealed->key != keyring->newest()));
  }
  CHECK(!keyring->open(text, "monitor 1 password").has_value());
  // And one of ours with some of it replaced.
  if (size > 2) {
    std::string changed = good;
    changed.replace(data[0] % changed.size(), data[1] % 8, text.substr(2));
    auto opened = keyring->open(changed, "monitor 1 password");
    CHECK(opened.has_value() == (changed == good));
  }
  return 0;
}
