// A configuration of hostile text.
#include "import/fuzz_import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::imports;
  fuzz_import(Product::kGatus, {{"f", std::string(reinterpret_cast<const char*>(data), size)}});
  return 0;
}
