#include <cstddef>
#include <cstdint>

#include "collect/protocols/ntp/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace ntp = holter::collect::ntp;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto recording = ntp::parse_recording(text)) (void)ntp::values_of(*recording);
  (void)ntp::is_answer(text, 0);
  (void)ntp::values_of({.packet = std::string(text)});
  return 0;
}
