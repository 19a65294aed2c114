#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "secrets/key_file.h"

// A key file, and a list of keys as in the environment: what is accepted is written again as it was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::secrets;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto keys = parse_keys(text)) CHECK(print_keys(*keys).view() == text);
  if (auto keys = parse_key_list(text)) {
    CHECK(!keys->empty() && keys->size() <= kMostKeys);
    auto again = parse_keys(print_keys(*keys).view());
    CHECK(again.has_value() && again->size() == keys->size() && again->front()->id() == keys->front()->id());
  }
  return 0;
}
