#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "collect/protocols/http/time_expression.h"

/// The first 8 bytes are the time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::int64_t ms = 0;
  if (size < sizeof(ms)) return 0;
  std::memcpy(&ms, data, sizeof(ms));
  std::string_view text(reinterpret_cast<const char*>(data) + sizeof(ms), size - sizeof(ms));
  auto out = collect::http::evaluate_time_expressions(text, WallTime(milliseconds(ms)));
  CHECK(out.size() <= 4 * text.size() + 32);
  if (!collect::http::has_time_expression(text)) CHECK(out == text);
  (void)collect::http::fault_of_time_expressions(text);
  return 0;
}
