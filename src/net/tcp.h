#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/resolver.h"
#include "runtime/shard.h"

namespace holter::net {

/// A TCP connection whose every operation has a deadline. Threads: one shard's. Closed on destruction.
class TcpStream {
 public:
  /// Errors: kUnavailable (refused, no route: says which), kTimeout, kCancelled.
  static boost::asio::awaitable<Result<TcpStream>> connect(runtime::Executor executor, IpAddress address,
                                                           std::uint16_t port, MonoTime deadline);

  /// Sends all of it. Errors: kUnavailable (reset, closed), kTimeout, kCancelled.
  boost::asio::awaitable<Status> write(std::string_view bytes, MonoTime deadline);
  /// Reads until the peer closes; the bytes are charged to `account` through `reserved`. Errors as write(), and
  /// kResourceExhausted for more than `most` bytes, or when the account refuses.
  boost::asio::awaitable<Result<std::string>> read_all(std::size_t most, memory::Account& account,
                                                       memory::Reservation& reserved, MonoTime deadline);

  const std::string& peer() const { return peer_; }  ///< "127.0.0.1:80"

 private:
  TcpStream(boost::asio::ip::tcp::socket socket, std::string peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}

  boost::asio::ip::tcp::socket socket_;
  std::string peer_;
};

}  // namespace holter::net
