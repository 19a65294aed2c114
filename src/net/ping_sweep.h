#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "net/target_policy.h"
#include "runtime/shard.h"

namespace holter::net {

struct PingState {
  enum class Kind : std::uint8_t {
    kReply,      ///< `round_trip` is set
    kSilent,     ///< no reply in time, or word that there will be none
    kForbidden,  ///< by the policy; nothing was sent
    kNotTried,   ///< the time was over before, or too many pings were in flight
  };
  IpAddress address;
  Kind kind = Kind::kNotTried;
  nanoseconds round_trip{};
};

struct PingSweepOptions {
  std::size_t at_once = 64;
  std::chrono::milliseconds each{1000};  ///< for one reply
};

/// Pings addresses, once each: which answer? One element for each, in that order. Ends at the latest at `deadline`, and
/// at once when cancelled. Errors: kUnavailable (no ICMP socket: says which permission is missing).
/// Threads: the executor's, which is the engine's. Lifetime: engine and policy must outlive it.
boost::asio::awaitable<Result<std::vector<PingState>>> ping_sweep(runtime::Executor executor, IcmpEngine* engine,
                                                                  const TargetPolicy* policy,
                                                                  std::vector<IpAddress> addresses,
                                                                  PingSweepOptions options, MonoTime deadline);

}  // namespace holter::net
