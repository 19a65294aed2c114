#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter {

/// An IPv6 address, or an IPv4 one in its mapped form ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), in network order.
using IpBytes = std::array<std::uint8_t, 16>;

/// A block of addresses as CIDR notation has it (RFC 4632), and maybe one port of it.
struct IpBlock {
  IpBytes address{};
  unsigned bits = 128;     ///< of `address` that count; an IPv4 block has at least 96
  std::uint16_t port = 0;  ///< 0: all ports

  /// Whether an address (and port, 0: none is known) lies in it. An IPv6 block as wide as ::/0 holds no IPv4 address.
  bool holds(const IpBytes& other, std::uint16_t other_port) const;
  bool operator==(const IpBlock&) const = default;
};

bool is_ipv4(const IpBytes& address);

/// Reads "10.0.0.0/8", "10.1.2.3", "fd00::/8", "::1", "127.0.0.1:80" or "[::1]:80". Bits beyond the prefix must be 0.
/// Errors: kInvalidArgument.
Result<IpBlock> parse_ip_block(std::string_view text);

}  // namespace holter
