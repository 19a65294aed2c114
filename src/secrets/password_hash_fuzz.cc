#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "secrets/password_hash.h"
#include "secrets/password_policy.h"

// A stored hash, which says how much memory it wants: what is accepted is bounded and written again as it was read. And
// a new password.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::secrets;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto hash = PasswordHash::parse(text)) {
    CHECK(hash->text() == text);
    CHECK(hash->cost().memory_kib <= PasswordHash::kMost.memory_kib &&
          hash->cost().passes <= PasswordHash::kMost.passes);
  }
  if (check_new_password(text, text.substr(0, size / 4))) CHECK(size >= 10 && size <= 1024);
  return 0;
}
