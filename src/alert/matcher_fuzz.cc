#include <cstddef>
#include <cstdint>

#include "alert/matcher.h"
#include "base/check.h"

// Text of users and of other programs: no input may crash, and what is accepted comes back from its own text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::alert;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto list = parse_matchers(text)) {
    CHECK(list->size() <= kMostMatchers);
    CHECK(parse_matchers(to_string(std::span<const Matcher>(*list))).value() == *list);
    (void)matches(*list, {{"a", "b"}, {"instance", "web-1"}});  // any result is right; it must not crash
  }
  if (auto one = parse_matcher(text)) CHECK(parse_matcher(to_string(*one)).value() == *one);
  return 0;
}
