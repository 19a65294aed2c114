// Whatever is read must come out the same once it was written and read again.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "collect/protocols/jdbc/tsv.h"

using namespace holter;
using namespace holter::collect::jdbc;

namespace {

std::string rewritten(std::string_view text, bool* whole) {
  std::string out;
  auto read = read_lines(text, [&](std::span<const Cell> cells) -> Result<bool> {
    append_line(cells, out);
    return true;
  });
  *whole = read.has_value();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bool whole = false;
  auto once = rewritten({reinterpret_cast<const char*>(data), size}, &whole);
  auto twice = rewritten(once, &whole);
  CHECK(whole && once == twice);
  return 0;
}
