#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/resolver.h"
#include "runtime/shard.h"

namespace holter::net {

/// A UDP socket that speaks to one peer: datagrams of others are dropped by the kernel. Threads: one shard's. Closed on
/// destruction.
class Datagrams {
 public:
  static constexpr std::size_t kMostBytes = 65'535;

  /// Errors: kUnavailable (no route, no descriptor).
  static Result<Datagrams> open(runtime::Executor executor, IpAddress address, std::uint16_t port);

  /// Errors: kUnavailable, also when the peer's host says that nobody listens; kTimeout; kCancelled.
  boost::asio::awaitable<Status> send(std::string_view bytes, MonoTime deadline);
  /// The next datagram, into `buffer`; what is longer is cut. Returns its bytes. Errors: as send().
  boost::asio::awaitable<Result<std::string_view>> receive(char* buffer, std::size_t size, MonoTime deadline);

  const std::string& peer() const { return peer_; }

 private:
  Datagrams(boost::asio::ip::udp::socket socket, std::string peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}

  boost::asio::ip::udp::socket socket_;
  std::string peer_;
};

}  // namespace holter::net
