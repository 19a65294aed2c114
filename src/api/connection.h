#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <list>
#include <memory>

#include "api/backend.h"
#include "api/rate_limit.h"
#include "api/server.h"
#include "api/site.h"
#include "api/stats.h"
#include "base/clock.h"
#include "memory/account.h"

namespace holter::api {

class EventHub;
class ServerTls;

/// What all connections of a server share.
struct Shared {
  const ServerOptions& options;
  Backend& backend;
  memory::Account& bodies;
  const Clock& clock;
  Stats stats;
  bool closing = false;  ///< no further request is read
  EventHub* events = nullptr;
  RateLimits rates;
  const ServerTls* tls = nullptr;  ///< null: HTTP without TLS
  const Site& site;
};

/// One connection: reads a request, answers it, reads the next, one at a time, so that pipelined requests are answered
/// in order. The only code that speaks HTTP (Boost.Beast, which wire.h carries over TLS). Threads: the executor's.
/// Lifetime: run() must have ended before destruction; `shared` outlives it.
class Connection {
 public:
  /// What a connection holds while it waits for a request. More is asked for with the first bytes of one.
  static std::size_t idle_bytes();
  /// What a TLS session holds besides, from the first bytes of its handshake on.
  static std::size_t tls_bytes();

  Connection(boost::asio::ip::tcp::socket socket, Shared& shared, memory::Reservation reservation);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::asio::awaitable<void> run();
  /// Whether it waits for a request, i.e. may be cut off without harm.
  bool idle() const;
  /// Whether it has waited for a request since then or longer.
  bool unused_since(MonoTime time) const;
  /// Closes the socket: run() ends soon.
  void abort();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::api
