#include "net/snmp_oid.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::net {

Result<Oid> parse_oid(std::string_view text) {
  auto bad = [text](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use the OID '{}': {}", excerpt(text), why));
  };
  auto rest = text;
  if (rest.starts_with('.')) rest.remove_prefix(1);
  Oid oid;
  while (true) {
    std::uint32_t id = 0;
    auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
    if (failure != std::errc()) return bad("it is no row of numbers (up to 4294967295) with dots between them");
    oid.push_back(id);
    if (oid.size() > kMostSubIds) return bad(fmt::format("it has more than {} numbers", kMostSubIds));
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty()) break;
    if (!rest.starts_with('.')) return bad("only numbers and dots may stand in it");
    rest.remove_prefix(1);
  }
  // The first two share an octet or more: 40 * first + second.
  if (oid.size() < 2) return bad("it needs at least two numbers");
  if (oid[0] > 2 || (oid[0] < 2 && oid[1] > 39) || oid[1] > 0xffffffffU - 80) return bad("no such beginning exists");
  return oid;
}

std::string oid_text(OidView oid) {
  std::string text;
  for (auto id : oid) fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : ".", id);
  return text;
}

int compare_oids(OidView a, OidView b) {
  auto common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

bool is_below(OidView oid, OidView root) {
  return oid.size() >= root.size() && std::ranges::equal(oid.first(root.size()), root);
}

}  // namespace holter::net
