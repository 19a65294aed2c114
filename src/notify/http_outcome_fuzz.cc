#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "notify/http_outcome.h"

// Answers as any peer may give them: a line for the log, and a time that is bounded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  using namespace holter::notify;
  if (size < 2) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  HttpAnswer answer{data[0] * 4 + data[1] % 4, {{"Retry-After", text}}, text};
  auto outcome = outcome_of(answer, WallTime(seconds(1'700'000'000)));
  CHECK(outcome.answer.find_first_of(std::string("\0\r\n\t", 4)) == std::string::npos);
  CHECK(outcome.answer.size() < 250);
  CHECK(!outcome.retry_after || (outcome.retry_after->count() >= 0 && *outcome.retry_after <= std::chrono::days(1)));
  return 0;
}
