#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "memory/stall.h"

// What the kernel says, or whoever stands in its place: any answer is a share from 0 to 1.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto percent = memory::parse_stall(text)) {
    auto share = memory::stall_share(*percent);
    CHECK(share >= 0 && share <= 1);
  }
  return 0;
}
