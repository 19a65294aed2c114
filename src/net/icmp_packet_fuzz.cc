#include <cstddef>
#include <cstdint>
#include <span>

#include "net/icmp_packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::net;
  if (size == 0) return 0;
  auto family = (data[0] & 1) != 0 ? IpFamily::kV6 : IpFamily::kV4;
  auto packet = std::as_bytes(std::span(data + 1, size - 1));
  (void)parse_echo(family, (data[0] & 2) != 0, packet);  // must not read outside; ASan watches
  return 0;
}
