#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::net {

/// The sub-identifiers of an object identifier.
using Oid = std::vector<std::uint32_t>;
using OidView = std::span<const std::uint32_t>;

/// SNMP knows no longer ones (RFC 3416, section 4.1).
inline constexpr std::size_t kMostSubIds = 128;

/// "1.3.6.1.2.1", also with a dot in front; at least two sub-identifiers that can be sent (RFC 2578, section 3.5).
/// Errors: kInvalidArgument.
Result<Oid> parse_oid(std::string_view text);

/// "1.3.6.1.2.1"; empty for none.
std::string oid_text(OidView oid);

/// The order in which an agent walks: less than, equal to, or greater than 0.
int compare_oids(OidView a, OidView b);
/// True when `oid` is below `root`, or is it.
bool is_below(OidView oid, OidView root);

/// An identifier that is read again and again without allocating.
struct OidBuffer {
  std::array<std::uint32_t, kMostSubIds> ids;
  std::size_t size = 0;
  OidView view() const { return {ids.data(), size}; }
};

}  // namespace holter::net
