#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "model/time_window.h"

// What users write: no input may crash, what is accepted must survive a round trip, and a change is one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  auto window = model::TimeWindow::parse({reinterpret_cast<const char*>(data), size});
  if (!window) return 0;
  CHECK(model::TimeWindow::parse(to_string(*window)).value() == *window);
  WallTime t(std::chrono::hours(24 * 20'000 + size));
  for (int i = 0; i < 4; ++i) {
    auto next = window->next_change(t);
    if (next == WallTime::max()) break;
    CHECK(next > t && window->contains(next) != window->contains(t));
    CHECK(window->contains(next - milliseconds(1)) == window->contains(t));
    t = next;
  }
  return 0;
}
