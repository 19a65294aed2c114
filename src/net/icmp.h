#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "runtime/shard.h"

namespace holter::net {

/// How an echo ended. There is no timeout here: whoever waits cancels.
struct EchoResult {
  enum class Kind : std::uint8_t {
    kReply,         ///< round_trip and ttl are set
    kUnreachable,   ///< ICMP destination unreachable; code tells why
    kTimeExceeded,  ///< a router dropped it: a loop, or too far away
    kSendFailed,    ///< the kernel refused to send; code is errno
  } kind = Kind::kReply;
  nanoseconds round_trip{};
  std::uint8_t ttl = 0;
  int code = 0;
};
/// "destination host unreachable", "permission denied"... for messages.
std::string describe(const EchoResult& result);

/// Called once per echo, on the engine's thread, unless it was cancelled.
class EchoListener {
 public:
  virtual void on_echo(const EchoResult& result) = 0;

 protected:
  ~EchoListener() = default;
};

struct IcmpStats {
  std::uint64_t sent = 0, replies = 0, errors = 0;
  std::uint64_t stray = 0;              ///< late or duplicate replies to requests that are over
  std::uint64_t foreign = 0;            ///< other programs' replies, forgeries, garbage
  std::uint64_t dropped_by_kernel = 0;  ///< the receive buffer was full: replies lost on this machine
  std::size_t in_flight = 0;
};

/// Sends and receives pings for a whole shard: one socket per address family, opened at first use, an unprivileged
/// datagram socket where net.ipv4.ping_group_range allows, else a raw one. Batches of requests go out by sendmmsg(2),
/// replies come in by recvmmsg(2); round trip times use the kernel's receive timestamps.
///
/// A reply counts only if identifier, sequence, a random 64-bit cookie and the source address match a request in
/// flight; so late, duplicate, forged and foreign replies change nothing, also after the 16-bit sequence has wrapped.
///
/// Threads: one shard's. Memory: 64 bytes per possible request in flight, and 40 KiB of buffers, on the account.
class IcmpEngine {
 public:
  struct Options {
    std::size_t max_in_flight = 8192;  ///< at most 32,768
    int receive_buffer_bytes = 4 << 20;
  };
  IcmpEngine(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account);
  ~IcmpEngine();
  IcmpEngine(const IcmpEngine&) = delete;
  IcmpEngine& operator=(const IcmpEngine&) = delete;

  /// Handle of an echo in flight, for cancel().
  using Ticket = std::uint32_t;

  /// Queues an echo request, sent before the executor's next turn. The listener must live until it was called or the
  /// echo was cancelled. Errors: kUnavailable (no ICMP socket: says which permission is missing), kResourceExhausted
  /// (max_in_flight).
  Result<Ticket> send(const boost::asio::ip::address& to, EchoListener& listener);
  /// Forgets the echo: its listener will not be called. No effect on one that has ended, if the listener is given
  /// right.
  void cancel(Ticket ticket, const EchoListener& listener);

  IcmpStats stats() const;
  /// "raw" or "datagram", or "" while the family's socket has not been opened.
  std::string_view socket_kind(bool v6) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::net
