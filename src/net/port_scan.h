#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "net/resolver.h"
#include "net/target_policy.h"
#include "runtime/shard.h"

namespace holter::net {

struct PortState {
  enum class Kind : std::uint8_t {
    kOpen,       ///< takes connections; `connect_time` is set
    kClosed,     ///< refused, or there is no way to it
    kSilent,     ///< no answer in time
    kForbidden,  ///< by the policy; nothing was sent
    kNotTried,   ///< the time was over before, or there was no socket for it
  };
  std::uint16_t port = 0;
  Kind kind = Kind::kNotTried;
  nanoseconds connect_time{};
};

struct PortScanOptions {
  std::size_t at_once = 16;
  std::chrono::milliseconds each{1000};  ///< for one connection
};

/// Connects to ports of one host, and closes again at once: which take connections? One element for each, in that
/// order. The policy is asked for each port before anything is sent. Ends at the latest at
/// `deadline`, and at once when cancelled. Memory: a socket and 300 bytes for each of those under way.
/// Threads: the executor's. Lifetime: the policy must outlive it.
boost::asio::awaitable<std::vector<PortState>> scan_ports(runtime::Executor executor, const TargetPolicy* policy,
                                                          IpAddress address, std::vector<std::uint16_t> ports,
                                                          PortScanOptions options, MonoTime deadline);

}  // namespace holter::net
