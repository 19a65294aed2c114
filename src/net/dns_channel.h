#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/resolver.h"
#include "runtime/shard.h"

struct ares_channeldata;
struct ares_addrinfo;

namespace holter::net {

/// What the name servers (or the hosts file) said of a name.
struct DnsAnswer {
  Result<std::vector<IpAddress>> addresses;  ///< at least one and at most 64, IPv4 before IPv6
  milliseconds ttl{};                        ///< the least of the records; 0 from the hosts file, or on failure
};

/// c-ares on a shard's executor: Asio watches its sockets and keeps its time. For Resolver only.
/// Threads: one shard's. Lifetime: shared with the handlers that Asio holds; close() it before the last owner goes.
class DnsChannel : public std::enable_shared_from_this<DnsChannel> {
 public:
  explicit DnsChannel(runtime::Executor executor) : executor_(executor), timer_(executor) {}
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  /// Sets c-ares up; nothing when it is. `servers` as ResolverOptions has them. Errors: kUnavailable.
  Status open(const std::vector<std::string>& servers);
  /// Asks for A and AAAA. `done` runs exactly once, possibly within this call or within close().
  void query(const std::string& host, std::function<void(DnsAnswer)> done);
  /// Ends every query with kCancelled.
  void close();
  /// When a wait could not be set for want of memory: ends every query with kResourceExhausted, since it would look
  /// like a name server that does not answer. Else does nothing.
  void end_if_starved();

 private:
  /// A socket of c-ares, watched by Asio. c-ares owns the descriptor.
  struct Watch;
  struct Pending {
    DnsChannel* channel;
    std::string host;
    std::function<void(DnsAnswer)> done;
    std::uint64_t refusals;  ///< foreign_refusals() when it began
  };

  static void on_answer(void* argument, int status, int timeouts, ares_addrinfo* info);
  void watch(int fd, bool readable, bool writable) noexcept;
  void wait(const std::shared_ptr<Watch>& watch);
  void process(const std::shared_ptr<Watch>& watch, bool readable);
  void keep_time() noexcept;

  const runtime::Executor executor_;
  ares_channeldata* channel_ = nullptr;
  std::size_t pending_ = 0;
  bool starved_ = false;
  boost::asio::steady_timer timer_;
  boost::unordered_flat_map<int, std::shared_ptr<Watch>> watches_;
};

}  // namespace holter::net
