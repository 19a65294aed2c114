#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/run_record.h"

// A status file that anybody may have written: what is accepted is written again as it was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  auto record = parse_run_record({reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  auto text = record->first_line() + record->state_line() + record->signal_line();
  CHECK(record->state_line().size() == RunRecord::kStateBytes);
  auto again = parse_run_record(text);
  CHECK(again.has_value());
  CHECK(again->first_line() + again->state_line() + again->signal_line() == text);
  return 0;
}
