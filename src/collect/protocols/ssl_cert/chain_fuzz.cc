#include <cstddef>
#include <cstdint>

#include "collect/protocols/ssl_cert/chain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace ssl_cert = holter::collect::ssl_cert;
  auto chain = ssl_cert::parse_chain({reinterpret_cast<const char*>(data), size});
  if (!chain) return 0;
  for (const auto& certificate : chain->certificates) (void)ssl_cert::values_of(certificate, chain->now);
  return 0;
}
