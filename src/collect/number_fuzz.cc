#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collect/number.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::collect;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto seconds = seconds_of_day(text); seconds && (*seconds < 0 || *seconds >= 86'400)) std::abort();
  auto number = recognise_number(text);
  if (!number) return 0;
  if (!std::isfinite(number->value) || number->unit.size() > text.size()) std::abort();
  double rounded = round_field(number->value);
  // Never further off than half of the fourth decimal, or than a double of that size can tell.
  if (std::fabs(rounded - number->value) > 0.00005 + std::fabs(number->value) * 1e-15) std::abort();
  if (round_field(rounded) != rounded || round_field(-number->value) != -rounded) std::abort();
  for (auto unit : {"B", "KB", "MB", "GB", "NS", "US", "MS", "S", "MIN", "H", "D", "m"}) {
    auto change = conversion(number->unit.empty() ? unit : number->unit, unit);
    if (!change) continue;
    double expected = number->value * change->factor();
    double got = round_field(number->value, *change);
    if (std::isfinite(expected) != std::isfinite(got)) std::abort();
    if (std::isfinite(got) && std::fabs(got - expected) > 0.00005 + std::fabs(expected) * 4e-15) std::abort();
  }
  return 0;
}
