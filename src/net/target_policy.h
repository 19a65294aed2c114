#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_block.h"
#include "base/result.h"

namespace holter::net {

/// Where probes may go: what is forbidden, less what is allowed all the same.
struct TargetRules {
  std::vector<IpBlock> forbidden, allowed;
  std::vector<IpBlock> own;  ///< sockets that Holter itself serves; forbidden, too

  bool operator==(const TargetRules&) const = default;
};

/// The addresses that no monitor may reach. An address is asked about after its name was resolved, each time that it is
/// used, so that no name and no change of its records gets round it.
///
/// An IPv6 address that stands for an IPv4 one is both: mapped and compatible forms (RFC 4291, 2.5.5), NAT64 by the
/// well-known prefix 64:ff9b::/96 (RFC 6052) and 6to4 (RFC 3056).
///
/// Threads: one shard's; each shard has its own.
class TargetPolicy {
 public:
  explicit TargetPolicy(TargetRules rules = default_rules()) : rules_(std::move(rules)) {}

  /// What is forbidden when nobody says otherwise: metadata services of clouds, multicast, broadcast, unspecified.
  static TargetRules default_rules();
  /// As the configuration has them; "default" among `forbidden` stands for default_rules(). Errors: kInvalidArgument.
  static Result<TargetRules> parse(std::span<const std::string> forbidden, std::span<const std::string> allowed);

  /// Replaces the rules; connections that stand are not asked about again.
  void set(TargetRules rules) { rules_ = std::move(rules); }

  /// `port` 0: there is none, as of a ping. Errors: kNotFound "cannot reach <host>: <address> is forbidden
  /// (network.forbidden)": to a monitor there is no such host.
  Status check(std::string_view host, const boost::asio::ip::address& address, std::uint16_t port) const;
  /// As check(), for a connection that another machine makes, such as an SSH server: `host` is held against the rules
  /// where that machine would read it as an address (all forms of inet_aton(3), such as "0xa9fea9fe"); a name is its
  /// own to resolve, and passes. What this Holter serves is out of its reach, and passes.
  Status check_beyond(std::string_view host, std::uint16_t port) const;
  bool allows(const boost::asio::ip::address& address, std::uint16_t port) const;

 private:
  bool forbids(const std::vector<IpBlock>& blocks, const boost::asio::ip::address& address, std::uint16_t port) const;

  TargetRules rules_;
};

}  // namespace holter::net
