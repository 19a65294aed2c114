#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/proc_file.h"

// Files of the kernel's, or of whoever stands in its place: no text may crash, and a number found stands in the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto key = text.substr(0, size % 8);
  for (auto k : {std::string_view("oom_kill"), std::string_view("VmRSS:"), key})
    if (auto value = proc_field(text, k); value && *value == 0) CHECK(text.find('0') != std::string_view::npos);
  for (const auto& group : parse_memory_groups(text, "/")) {
    CHECK(group.group.starts_with('/'));
    CHECK(group.file("x").find("/..") == std::string::npos);
  }
  return 0;
}
