#include <cstddef>
#include <cstdint>

#include "collect/protocols/websocket/handshake.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto head = holter::collect::websocket::parse_head({reinterpret_cast<const char*>(data), size});
  if (head && (head->code.size() != 3 || head->headers.size() > 100)) __builtin_trap();
  return 0;
}
