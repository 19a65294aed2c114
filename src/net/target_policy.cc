#include "net/target_policy.h"

#include <algorithm>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::net {
namespace {

using boost::asio::ip::address;

/// As the clouds' documents name them.
constexpr std::string_view kForbidden[] = {
    "169.254.169.254",     // AWS, Azure, Google, Oracle, DigitalOcean, Hetzner, OpenStack
    "fd00:ec2::254",       // AWS
    "169.254.170.2",       // AWS, credentials of ECS tasks
    "169.254.170.23",      // AWS, credentials of EKS pods
    "fd00:ec2::23",        // the same
    "fd20:ce::254",        // Google
    "fd00:c1::a9fe:a9fe",  // Oracle
    "fe80::a9fe:a9fe",     // OpenStack
    "168.63.129.16",       // Azure, the host's own services
    "100.100.100.200",     // Alibaba
    "169.254.0.23",        // Tencent
    "169.254.42.42",       // Scaleway
    "fd00:42::42",         // the same
    "224.0.0.0/4",         // multicast (RFC 5771)
    "ff00::/8",            // multicast (RFC 4291)
    "255.255.255.255",     // broadcast
    "0.0.0.0",             // unspecified: to Linux this machine
    "::",
};

IpBytes bytes_of(const address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  IpBytes bytes{};
  bytes[10] = bytes[11] = 0xFF;
  std::ranges::copy(address.to_v4().to_bytes(), bytes.begin() + 12);
  return bytes;
}

/// The IPv4 address that an IPv6 one stands for, in its mapped form; `address` itself when it stands for none.
IpBytes embedded_in(const IpBytes& address) {
  struct Form {
    std::string_view prefix;
    std::size_t at;  ///< of the four bytes
  };
  using namespace std::string_view_literals;
  static constexpr Form kForms[] = {
      {"\0\0\0\0\0\0\0\0\0\0\0\0"sv, 12},          // compatible
      {"\x00\x64\xff\x9b\0\0\0\0\0\0\0\0"sv, 12},  // NAT64
      {"\x20\x02"sv, 2},                           // 6to4
  };
  for (const auto& form : kForms) {
    if (!std::ranges::equal(form.prefix, std::span(address).first(form.prefix.size()), {},
                            [](char c) { return static_cast<std::uint8_t>(c); }))
      continue;
    IpBytes mapped{};
    mapped[10] = mapped[11] = 0xFF;
    std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(form.at), 4, mapped.begin() + 12);
    return mapped;
  }
  return address;
}

/// As getaddrinfo() of another machine would read it; none of a name.
std::optional<address> as_address(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code is_name;
  if (auto literal = boost::asio::ip::make_address(host, is_name); !is_name) return literal;
  in_addr number{};
  if (::inet_aton(std::string(host).c_str(), &number) == 0) return std::nullopt;
  return boost::asio::ip::address_v4(ntohl(number.s_addr));
}

Error forbidden(std::string_view host, const address& address) {
  return {ErrorCode::kNotFound,
          fmt::format("cannot reach {}: {} is forbidden (network.forbidden)", excerpt(host), address.to_string())};
}

bool any_holds(const std::vector<IpBlock>& blocks, const IpBytes& address, std::uint16_t port) {
  return std::ranges::any_of(blocks, [&](const IpBlock& block) { return block.holds(address, port); });
}

}  // namespace

TargetRules TargetPolicy::default_rules() {
  TargetRules rules;
  for (auto text : kForbidden) {
    auto block = parse_ip_block(text);
    CHECK(block.has_value());
    rules.forbidden.push_back(*block);
  }
  return rules;
}

Result<TargetRules> TargetPolicy::parse(std::span<const std::string> forbidden, std::span<const std::string> allowed) {
  TargetRules rules;
  for (const auto& text : forbidden) {
    if (text == "default") {
      auto usual = default_rules();
      rules.forbidden.insert(rules.forbidden.end(), usual.forbidden.begin(), usual.forbidden.end());
    } else {
      TRY(auto block, parse_ip_block(text));
      rules.forbidden.push_back(block);
    }
  }
  for (const auto& text : allowed) {
    TRY(auto block, parse_ip_block(text));
    rules.allowed.push_back(block);
  }
  return rules;
}

bool TargetPolicy::forbids(const std::vector<IpBlock>& blocks, const address& address, std::uint16_t port) const {
  auto bytes = bytes_of(address);
  if (any_holds(rules_.allowed, bytes, port)) return false;
  if (any_holds(blocks, bytes, port)) return true;
  // What is allowed as IPv4 frees no IPv6 address that is forbidden for itself.
  auto embedded = embedded_in(bytes);
  return embedded != bytes && !any_holds(rules_.allowed, embedded, port) && any_holds(blocks, embedded, port);
}

bool TargetPolicy::allows(const address& address, std::uint16_t port) const {
  return !forbids(rules_.forbidden, address, port) && !forbids(rules_.own, address, port);
}

Status TargetPolicy::check(std::string_view host, const address& address, std::uint16_t port) const {
  if (forbids(rules_.forbidden, address, port)) return forbidden(host, address);
  if (!forbids(rules_.own, address, port)) return {};
  return Error(ErrorCode::kNotFound,
               fmt::format("cannot reach {}: port {} of {} is Holter's own (network.allowed can except it)",
                           excerpt(host), port, address.to_string()));
}

Status TargetPolicy::check_beyond(std::string_view host, std::uint16_t port) const {
  auto address = as_address(host);
  if (!address || !forbids(rules_.forbidden, *address, port)) return {};
  return forbidden(host, *address);
}

}  // namespace holter::net
