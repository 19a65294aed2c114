#include <cstdint>

#include "api/content.h"
#include "base/check.h"

// The content of a request that changes something: whatever it is, what its tree holds is given back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holter::api::Content;
  constexpr std::size_t kLongest = 64 * 1024;  // longer ones are refused before they are read
  if (size > kLongest) return 0;
  holter::memory::Budget budget(1U << 20);
  auto& account = budget.account("bodies");
  {
    auto content = Content::parse({reinterpret_cast<const char*>(data), size}, {"budget"}, account);
    CHECK(content || content.error().message().starts_with("cannot "));
    if (content) (void)content->find("budget");  // must not crash
  }
  CHECK(account.used() == 0);
  return 0;
}
