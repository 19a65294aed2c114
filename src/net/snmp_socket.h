#pragma once

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "runtime/shard.h"

namespace holter::net {

/// A UDP socket that speaks to many peers, and hears what the network says of those that cannot be reached (ip(7),
/// IP_RECVERR). Threads: one shard's.
class SnmpSocket {
 public:
  using Endpoint = boost::asio::ip::udp::endpoint;
  static constexpr std::size_t kMostBytes = 65'535;

  /// Errors: kUnavailable.
  static Result<std::unique_ptr<SnmpSocket>> open(bool v6, int receive_buffer_bytes, runtime::Executor executor);

  /// 0, or the errno of a datagram that cannot be sent. One for which there is no room counts as lost on the way.
  int send(const Endpoint& to, std::string_view bytes);

  /// What came: a datagram, or what became of one that was sent to `from`.
  struct Received {
    Endpoint from;
    std::string_view bytes;  ///< until the next call
    int failure = 0;         ///< errno; then there are no bytes
  };
  /// False when there is nothing more at present.
  bool receive(Received& into);
  /// Datagrams that the kernel dropped since the receive buffer was full.
  std::uint32_t dropped() const { return dropped_; }

  /// Calls back once when something came, or the socket is closed. May throw std::bad_alloc.
  void wait(std::function<void(bool closed)> then);

 private:
  explicit SnmpSocket(boost::asio::ip::udp::socket socket) : socket_(std::move(socket)) {}
  bool receive_error(Received& into);
  bool receive_datagram(Received& into);

  boost::asio::ip::udp::socket socket_;
  std::uint32_t dropped_ = 0;
  std::array<char, kMostBytes> buffer_;
};

}  // namespace holter::net
