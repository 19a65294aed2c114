#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace holter::net {

/// ICMP and ICMPv6 echo, RFC 792 and RFC 4443.
inline constexpr std::size_t kEchoBytes = 8 + 16;  ///< header and payload of our requests

enum class IpFamily : std::uint8_t { kV4, kV6 };

/// What identifies a request of ours: returned by the peer in the reply's payload.
struct EchoTag {
  std::uint16_t ident = 0;
  std::uint16_t sequence = 0;
  std::uint64_t cookie = 0;  ///< random, so that nobody can forge a reply to a request that he has not seen
};

/// Writes an echo request with a right ICMPv4 checksum (the kernel fills in that of ICMPv6).
std::array<std::byte, kEchoBytes> make_echo(IpFamily family, const EchoTag& tag);

/// What a received ICMP message says about a request of ours.
struct EchoReply {
  enum class Kind : std::uint8_t { kReply, kUnreachable, kTimeExceeded } kind = Kind::kReply;
  EchoTag tag;            ///< cookie only for kReply
  std::uint8_t code = 0;  ///< of an error, e.g. 1: host unreachable
  std::uint8_t ttl = 0;   ///< of the reply's IP header; 0 when not known
  /// Of an error: the address that the request went to, network byte order, 4 or 16 bytes used.
  std::array<std::uint8_t, 16> original_destination{};
};

/// Reads an ICMP message. `with_ip_header`: the packet begins with an IPv4 header, as raw sockets deliver it. nullopt
/// for anything that is neither an echo reply with a payload like ours nor an error about an echo request: foreign,
/// cut off, wrong checksum.
std::optional<EchoReply> parse_echo(IpFamily family, bool with_ip_header, std::span<const std::byte> packet);

/// Internet checksum (RFC 1071).
std::uint16_t internet_checksum(std::span<const std::byte> bytes);

}  // namespace holter::net
