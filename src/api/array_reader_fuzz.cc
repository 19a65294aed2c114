#include <cstddef>
#include <cstdint>

#include "api/array_reader.h"
#include "base/check.h"

/// Whatever the text is, reading ends, and each object lies within the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  holter::api::ArrayReader reader(text);
  std::size_t objects = 0;
  while (true) {
    auto object = reader.next();
    if (!object || !*object) break;
    CHECK((*object)->starts_with('{') && (*object)->ends_with('}'));
    CHECK(++objects <= size);
  }
  return 0;
}
