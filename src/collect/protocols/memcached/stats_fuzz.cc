#include <cstddef>
#include <cstdint>

#include "collect/protocols/memcached/stats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto pairs = holter::collect::memcached::parse_stats(text);
  if (pairs && pairs->size() > holter::collect::memcached::kMostLines + 2) __builtin_trap();
  return 0;
}
