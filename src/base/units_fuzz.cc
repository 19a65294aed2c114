#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/units.h"

// Text of files and requests: no input may crash, and what is accepted must survive a round trip.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto bytes = parse_size(text)) CHECK(!format_size(*bytes).empty());
  if (auto duration = parse_duration(text)) CHECK(parse_duration(format_duration(*duration)).value() == *duration);
  for (unsigned char c : excerpt(text)) CHECK(c >= 0x20 && c != 0x7f);
  auto half = text.substr(size / 2);
  CHECK(nearest(text, {"interval", "host", half}).size() <= std::max<std::size_t>(8, half.size()));
  return 0;
}
