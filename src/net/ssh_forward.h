#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/ssh_session.h"
#include "runtime/shard.h"
#include "runtime/task_scope.h"

namespace holter::net {

/// Connections that an SSH server makes for us to where only it can reach (direct-tcpip: RFC 4254, 7.2), many over one
/// session. Each is handed out as one end of a local pair of sockets, which any library can use; a task moves the bytes
/// between the other end and the session.
///
/// Bounded: kMostConnections; of each at most 16 KiB wait for its reader here, and what libssh keeps is bounded by the
/// window: a server that sends beyond it loses the session.
///
/// Threads: one shard's. Lifetime: the scope outlives it; the scope's close() ends the task. On destruction all
/// connections are closed: whoever has the other end reads the end of the stream.
class SshForwarder {
 public:
  static constexpr std::size_t kMostConnections = 512;
  static constexpr std::size_t kBytesEach = 24 << 10;  ///< to be charged for a connection

  /// May throw std::bad_alloc.
  SshForwarder(runtime::TaskScope& scope, std::unique_ptr<SshSession> session);
  ~SshForwarder();
  SshForwarder(const SshForwarder&) = delete;
  SshForwarder& operator=(const SshForwarder&) = delete;

  /// A connection of the server to `host`:`port`. `charged` is given back when it ends. Errors: kUnavailable when the
  /// server cannot connect, or may not, with its words; kTimeout, kCancelled; kResourceExhausted for one too many. What
  /// is returned may be awaited when this object is gone: then it fails.
  boost::asio::awaitable<Result<OwnedFd>> connect(std::string host, std::uint16_t port, memory::Reservation charged,
                                                  MonoTime deadline);
  /// The session lives.
  bool usable() const;
  /// There are connections: not to be closed for being idle.
  bool in_use() const;

 private:
  class Pump;
  std::shared_ptr<Pump> pump_;
};

}  // namespace holter::net
