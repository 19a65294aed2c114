#include <cstddef>
#include <cstdint>

#include "collect/protocols/redis/reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace redis = holter::collect::redis;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto head = redis::parse_head(text); head && head->length > redis::kMostReplyBytes) __builtin_trap();
  if (auto pairs = redis::parse_info(text))
    for (auto [key, value] : *pairs)
      if (value.empty() || value.data() + value.size() > text.data() + size) __builtin_trap();
  if (auto nodes = redis::parse_nodes(text); nodes && nodes->size() > redis::kMostNodes) __builtin_trap();
  return 0;
}
