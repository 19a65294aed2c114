#include <cstddef>
#include <cstdint>

#include "api/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  holter::api::CsvReader reader({reinterpret_cast<const char*>(data), size});
  for (;;) {
    auto row = reader.next();
    if (!row || !*row) return 0;
  }
}
