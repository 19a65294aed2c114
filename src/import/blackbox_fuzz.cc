// Two configurations of hostile text, divided by the first byte 0xFF; without one, a single one.
#include "import/fuzz_import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::imports;
  std::string text(reinterpret_cast<const char*>(data), size);
  auto end = text.find('\xFF');
  std::vector<Input> inputs{{"a", text.substr(0, end)}};
  if (end != std::string::npos) inputs.push_back({"b", text.substr(end + 1)});
  fuzz_import(Product::kBlackbox, inputs);
  return 0;
}
