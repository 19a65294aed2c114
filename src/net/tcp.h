#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/owned_fd.h"
#include "net/resolver.h"
#include "runtime/shard.h"

namespace holter::net {

/// A TCP connection whose every operation has a deadline. Threads: one shard's. Closed on destruction.
class TcpStream {
 public:
  /// Errors: kUnavailable (refused, no route: says which), kTimeout, kCancelled.
  static boost::asio::awaitable<Result<TcpStream>> connect(runtime::Executor executor, IpAddress address,
                                                           std::uint16_t port, MonoTime deadline);
  /// The first of `addresses` (at least one, at most four are tried) that can be connected; each but the last gets its
  /// part of the time that is left. Errors: as above, those of the last address.
  static boost::asio::awaitable<Result<TcpStream>> connect(runtime::Executor executor, std::vector<IpAddress> addresses,
                                                           std::uint16_t port, MonoTime deadline);

  /// A connection that somebody else has made, such as a tunnel: a socket of any kind that carries a stream of bytes.
  /// `peer` is for messages. Errors: kUnavailable when it cannot be waited for.
  static Result<TcpStream> adopt(runtime::Executor executor, OwnedFd socket, std::string peer);

  /// Sends all of it. Errors: kUnavailable (reset, closed), kTimeout, kCancelled.
  boost::asio::awaitable<Status> write(std::string_view bytes, MonoTime deadline);
  /// Reads until the peer closes; the bytes are charged to `account` through `reserved`. Errors as write(), and
  /// kResourceExhausted for more than `most` bytes, or when the account refuses.
  boost::asio::awaitable<Result<std::string>> read_all(std::size_t most, memory::Account& account,
                                                       memory::Reservation& reserved, MonoTime deadline);

  const std::string& peer() const { return peer_; }  ///< "127.0.0.1:80"
  /// How long the connection took to be made, from SYN to SYN-ACK and this thread's notice of it.
  nanoseconds connect_time() const { return connect_time_; }
  /// Gives the descriptor away, which nobody waits for any more; this is closed then.
  OwnedFd release() { return OwnedFd(socket_.release()); }
  /// For who puts something on top (Stream).
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  TcpStream(boost::asio::ip::tcp::socket socket, std::string peer, nanoseconds connect_time)
      : socket_(std::move(socket)), peer_(std::move(peer)), connect_time_(connect_time) {}

  boost::asio::ip::tcp::socket socket_;
  std::string peer_;
  nanoseconds connect_time_;
};

}  // namespace holter::net
