#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/result.h"
#include "net/icmp_packet.h"
#include "runtime/shard.h"

namespace holter::net {

/// A socket address of either family.
union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// One received message.
struct IcmpMessage {
  std::span<const std::byte> packet;
  const SocketAddress* from = nullptr;
  nanoseconds wall{};  ///< when the kernel received it, since 1970; zero when it did not say
};

/// The socket of one address family, with the buffers for batches. Knows about file descriptors and control messages,
/// nothing about who waits for what.
class IcmpSocket {
 public:
  static constexpr std::size_t kBatch = 64;

  /// Errors: kUnavailable, saying which permission is missing.
  static Result<std::unique_ptr<IcmpSocket>> open(IpFamily family, int receive_buffer_bytes,
                                                  runtime::Executor executor);

  IpFamily family() const { return family_; }
  bool raw() const { return raw_; }
  std::uint16_t ident() const { return ident_; }  ///< of our requests; datagram sockets: set by the kernel
  boost::asio::posix::stream_descriptor& descriptor() { return descriptor_; }

  /// Puts a request into the batch to send; at most kBatch.
  void stage(const SocketAddress& to, const EchoTag& tag);
  std::size_t staged() const { return staged_; }
  /// Sends the staged batch from message `first` on. Returns how many went out; negative: -errno of the first.
  int send(std::size_t first);
  void clear_staged() { staged_ = 0; }

  /// Receives up to kBatch messages; an empty span when there are none. Valid until the next call.
  std::span<const IcmpMessage> receive();
  /// Takes one pending error off the socket's error queue (datagram sockets get errors there). False when empty.
  bool receive_error(EchoReply& reply);

  /// Messages that the kernel dropped since the socket is full; cumulative.
  std::uint32_t dropped() const { return dropped_; }
  static std::size_t buffer_bytes();

 private:
  static constexpr std::size_t kPacketBytes = 256;   // an IPv4 header with options, an error and what it quotes
  static constexpr std::size_t kControlBytes = 128;  // timestamp and drop counter

  struct Buffers;

  IcmpSocket(IpFamily family, bool raw, int fd, runtime::Executor executor);
  Status configure(int receive_buffer_bytes);
  void read_control(msghdr& message, IcmpMessage& out);

  const IpFamily family_;
  const bool raw_;
  std::uint16_t ident_ = 0;
  boost::asio::posix::stream_descriptor descriptor_;
  std::unique_ptr<Buffers> buffers_;
  std::size_t staged_ = 0;
  std::uint32_t dropped_ = 0;

 public:
  ~IcmpSocket();
};

}  // namespace holter::net
