#include <cstddef>
#include <cstdint>

#include "collect/protocols/dns/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace dns = holter::collect::dns;
  auto message = dns::parse_message({reinterpret_cast<const char*>(data), size});
  if (!message) return 0;
  for (const auto& section : message->sections)
    for (const auto& set : section)
      if (dns::text_of(set).empty()) __builtin_trap();
  return 0;
}
