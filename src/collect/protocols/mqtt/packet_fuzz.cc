#include <cstddef>
#include <cstdint>

#include "collect/protocols/mqtt/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace mqtt = holter::collect::mqtt;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // As from a stream: byte by byte, until the head says how long the packet is.
  for (std::size_t taken = 1; taken <= size; ++taken) {
    auto head = mqtt::parse_head(bytes.substr(0, taken));
    if (!head) return 0;
    if (!*head) continue;
    if ((*head)->length > mqtt::kMostPacket || taken > 5) __builtin_trap();
    auto body = bytes.substr(taken, (*head)->length);
    if (auto packet = mqtt::parse_packet(**head, body)) {
      auto end = body.data() + body.size();
      if (packet->topic.size() + packet->payload.size() > body.size() ||
          (!packet->payload.empty() && packet->payload.data() + packet->payload.size() != end))
        __builtin_trap();
    }
    bytes.remove_prefix(taken + body.size());
    size = bytes.size();
    taken = 0;
  }
  return 0;
}
