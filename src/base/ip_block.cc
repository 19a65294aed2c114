#include "base/ip_block.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/units.h"

namespace holter {
namespace {

constexpr unsigned kMappedBits = 96;

std::optional<unsigned> number_of(std::string_view text, unsigned most) {
  unsigned value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<IpBytes> address_of(const std::string& text, bool v6) {
  IpBytes bytes{};
  if (v6) return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? std::optional(bytes) : std::nullopt;
  bytes[10] = bytes[11] = 0xFF;
  return ::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1 ? std::optional(bytes) : std::nullopt;
}

bool same_bits(const IpBytes& a, const IpBytes& b, unsigned bits) {
  auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  auto shift = 8 - bits % 8;
  return (a[whole] >> shift) == (b[whole] >> shift);
}

bool nothing_beyond(const IpBytes& address, unsigned bits) {
  for (unsigned i = bits; i < 128; ++i)
    if ((address[i / 8] >> (7 - i % 8) & 1) != 0) return false;
  return true;
}

}  // namespace

bool is_ipv4(const IpBytes& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](auto byte) { return byte == 0; }) &&
         address[10] == 0xFF && address[11] == 0xFF;
}

bool IpBlock::holds(const IpBytes& other, std::uint16_t other_port) const {
  if (port != 0 && port != other_port) return false;
  return (bits >= kMappedBits || !is_ipv4(other)) && same_bits(address, other, bits);
}

Result<IpBlock> parse_ip_block(std::string_view text) {
  auto invalid = [text](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use '{}' as a block of addresses: {}", excerpt(text), why));
  };
  constexpr std::string_view kHow = "write 10.0.0.0/8, 10.1.2.3, fd00::/8, 127.0.0.1:80 or [::1]:80";
  IpBlock block;
  auto host = text;
  bool bracketed = text.starts_with('[');
  bool v6 = bracketed || std::ranges::count(text, ':') > 1;
  if (auto colon = text.rfind(':'); colon != text.npos && (!v6 || bracketed)) {
    auto port = number_of(text.substr(colon + 1), 65'535);
    if (!port || *port == 0) return invalid(kHow);
    block.port = static_cast<std::uint16_t>(*port);
    host = text.substr(0, colon);
    if (bracketed && (host.size() < 2 || !host.ends_with(']'))) return invalid(kHow);
    if (bracketed) host = host.substr(1, host.size() - 2);
  }
  auto slash = host.find('/');
  auto address = address_of(std::string(host.substr(0, slash)), v6);
  if (!address) return invalid(kHow);
  block.address = *address;
  if (slash == host.npos) return block;
  auto bits = number_of(host.substr(slash + 1), v6 ? 128 : 32);
  if (!bits) return invalid(kHow);
  block.bits = *bits + (v6 ? 0 : kMappedBits);
  if (!nothing_beyond(block.address, block.bits)) return invalid("it has bits beyond its prefix");
  return block;
}

}  // namespace holter
