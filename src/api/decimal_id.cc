#include "api/decimal_id.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::api {

Answered<std::uint64_t> decimal_id(std::string_view text, std::string_view what) {
  std::uint64_t id = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failure == std::errc{} && end == text.data() + text.size() && id >= 1 && id <= kMostDecimalId) return id;
  return Problem{400,
                 fmt::format("cannot use '{}' as the id of {}: write a whole number from 1 on", excerpt(text), what),
                 "name", 0};
}

}  // namespace holter::api
