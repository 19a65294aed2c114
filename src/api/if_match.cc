#include "api/if_match.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::api {

Answered<std::optional<std::uint64_t>> version_of(const Request& request, bool needed, std::string_view what) {
  using Version = std::optional<std::uint64_t>;
  auto text = request.if_match;
  if (text.empty() && needed)
    return Problem{428,
                   fmt::format("cannot {} {} without If-Match: send the ETag of the version that is to be changed",
                               request.method, what),
                   "If-Match", 0};
  if (text.empty() || text == "*") return Version();
  bool tag = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (!tag && !text.starts_with("W/\""))
    return Problem{400, fmt::format("cannot use the If-Match '{}': one ETag, or * is needed", excerpt(text)),
                   "If-Match", 0};
  std::uint64_t version = 0;
  if (!tag) return Version(version);  // a weak one never matches
  auto digits = text.substr(1, text.size() - 2);
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (failure != std::errc{} || end != digits.data() + digits.size()) version = 0;
  return Version(version);
}

}  // namespace holter::api
