#include "net/icmp_packet.h"

#include <bit>
#include <cstring>

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>

namespace holter::net {
namespace {

constexpr std::size_t kHeader = 8;  // type, code, checksum, ident, sequence

std::uint16_t load16(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(bytes[at]) << 8) |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}
std::uint8_t load8(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

void store16(std::byte* at, std::uint16_t value) {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value & 0xff);
}

/// Length of the IPv4 header at the front, or 0 when it is none that carries ICMP.
std::size_t ipv4_header(std::span<const std::byte> packet) {
  if (packet.size() < sizeof(iphdr) || load8(packet, 0) >> 4 != 4) return 0;
  std::size_t length = (load8(packet, 0) & 0x0fU) * 4;
  bool icmp = load8(packet, offsetof(iphdr, protocol)) == IPPROTO_ICMP;
  return icmp && length >= sizeof(iphdr) && length <= packet.size() ? length : 0;
}

/// The request that an error message quotes: its IP header and at least 8 bytes.
bool read_quoted(IpFamily family, std::span<const std::byte> quoted, EchoReply& reply) {
  std::size_t header = 0;
  if (family == IpFamily::kV4) {
    header = ipv4_header(quoted);
    if (header == 0) return false;
    std::memcpy(reply.original_destination.data(), quoted.data() + offsetof(iphdr, daddr), 4);
  } else {
    header = sizeof(ip6_hdr);
    if (quoted.size() < header || load8(quoted, offsetof(ip6_hdr, ip6_nxt)) != IPPROTO_ICMPV6) return false;
    std::memcpy(reply.original_destination.data(), quoted.data() + offsetof(ip6_hdr, ip6_dst), 16);
  }
  auto request = quoted.subspan(header);
  auto type = family == IpFamily::kV4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  if (request.size() < kHeader || load8(request, 0) != type) return false;
  reply.tag.ident = load16(request, 4);
  reply.tag.sequence = load16(request, 6);
  return true;
}

std::optional<EchoReply::Kind> kind_of(IpFamily family, std::uint8_t type) {
  using Kind = EchoReply::Kind;
  if (family == IpFamily::kV4) {
    if (type == ICMP_ECHOREPLY) return Kind::kReply;
    if (type == ICMP_DEST_UNREACH) return Kind::kUnreachable;
    if (type == ICMP_TIME_EXCEEDED) return Kind::kTimeExceeded;
  } else {
    if (type == ICMP6_ECHO_REPLY) return Kind::kReply;
    if (type == ICMP6_DST_UNREACH) return Kind::kUnreachable;
    if (type == ICMP6_TIME_EXCEEDED) return Kind::kTimeExceeded;
  }
  return std::nullopt;
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += load16(bytes, i);
  if (i < bytes.size()) sum += static_cast<std::uint32_t>(load8(bytes, i)) << 8;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::array<std::byte, kEchoBytes> make_echo(IpFamily family, const EchoTag& tag) {
  std::array<std::byte, kEchoBytes> packet{};
  packet[0] = static_cast<std::byte>(family == IpFamily::kV4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
  store16(&packet[4], tag.ident);
  store16(&packet[6], tag.sequence);
  std::memcpy(&packet[kHeader], &tag.cookie, sizeof(tag.cookie));
  std::memcpy(&packet[kHeader + 8], "holter\0", 8);
  if (family == IpFamily::kV4) store16(&packet[2], internet_checksum(packet));
  return packet;
}

std::optional<EchoReply> parse_echo(IpFamily family, bool with_ip_header, std::span<const std::byte> packet) {
  EchoReply reply;
  if (with_ip_header) {
    auto header = ipv4_header(packet);
    if (header == 0) return std::nullopt;
    reply.ttl = load8(packet, offsetof(iphdr, ttl));
    packet = packet.subspan(header);
  }
  if (packet.size() < kHeader) return std::nullopt;
  auto kind = kind_of(family, load8(packet, 0));
  if (!kind) return std::nullopt;
  reply.kind = *kind;
  reply.code = load8(packet, 1);
  if (reply.kind != EchoReply::Kind::kReply)
    return read_quoted(family, packet.subspan(kHeader), reply) ? std::optional(reply) : std::nullopt;
  // The kernel checks ICMPv6 checksums, and those of datagram sockets; raw IPv4 sockets get what came.
  if (packet.size() != kEchoBytes || (with_ip_header && internet_checksum(packet) != 0)) return std::nullopt;
  reply.tag.ident = load16(packet, 4);
  reply.tag.sequence = load16(packet, 6);
  std::memcpy(&reply.tag.cookie, packet.data() + kHeader, sizeof(reply.tag.cookie));
  return reply;
}

}  // namespace holter::net
