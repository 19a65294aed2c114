#include <cstddef>
#include <cstdint>

#include "collect/protocols/nginx/status.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view page(reinterpret_cast<const char*>(data), size);
  (void)holter::collect::nginx::parse_stub_status(page);
  (void)holter::collect::nginx::parse_req_status(page);
  return 0;
}
