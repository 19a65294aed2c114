#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/target_policy.h"
#include "runtime/shard.h"

namespace holter::net {

using IpAddress = boost::asio::ip::address;

struct ResolverOptions {
  std::vector<std::string> servers;  ///< "ip" or "ip:port"; empty: the system's (/etc/resolv.conf)
  std::size_t max_entries = 10'000;  ///< of the cache; the oldest goes first
  std::size_t max_queries = 1'000;   ///< under way at once; one more is refused
  std::chrono::milliseconds least_ttl{5'000}, most_ttl{300'000}, negative_ttl{5'000};
};

/// Names to addresses by c-ares (which also reads the system's hosts file), without blocking, with a bounded cache that
/// keeps to the records' time to live.
/// Concurrent lookups of one name are one query. Names are ASCII (international ones in their xn-- form); a dot at the
/// end keeps the search list away. IP literals (also "[::1]") come back at once.
/// Addresses that the policy forbids never come out of it, whether a name or a literal led to them.
/// Threads: one shard's. Lifetime: pending lookups end with kCancelled on destruction.
class Resolver {
 public:
  Resolver(ResolverOptions options, runtime::Executor executor, const Clock& clock, memory::Account& account);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// At least one address, IPv4 before IPv6, for a connection to `port` (0: for what has no port). Errors: kNotFound
  /// "unknown host: <name>", or where the policy forbids all of its addresses; kTimeout, kUnavailable (no name server
  /// answers), kInvalidArgument (not a host name), kResourceExhausted (max_queries), kCancelled.
  boost::asio::awaitable<Result<std::vector<IpAddress>>> resolve(std::string host, std::uint16_t port,
                                                                 MonoTime deadline);
  boost::asio::awaitable<Result<std::vector<IpAddress>>> resolve(std::string host, MonoTime deadline) {
    return resolve(std::move(host), 0, deadline);
  }

  /// Which addresses may be reached. Changes count from the next lookup on, cached answers included.
  TargetPolicy& policy() { return policy_; }
  const TargetPolicy& policy() const { return policy_; }

  /// Forgets the cached answers.
  void shrink();

  struct Stats {
    std::uint64_t lookups = 0, hits = 0, queries = 0, failures = 0;
    std::size_t entries = 0;
  };
  const Stats& stats() const;

 private:
  class Impl;
  TargetPolicy policy_;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holter::net
