#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "api/backend.h"
#include "api/tls.h"
#include "memory/account.h"
#include "runtime/shard.h"

namespace holter::api {

struct ServerOptions {
  std::string listen = "127.0.0.1:2157";  ///< host:port; port 0 takes a free one
  std::string url;                        ///< how browsers find it, "https://holter.example"; empty: by its address
  TlsFiles tls;                           ///< empty: HTTP without TLS
  std::size_t max_connections = 256;
  unsigned rate_limit = 0;  ///< requests a second of one token, session or else address; 0: no limit
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;   ///< of methods whose body is thrown away
  std::size_t max_content_bytes = 64 * 1024;  ///< of PUT, POST and PATCH
  std::chrono::milliseconds header_timeout{
      10'000};  ///< from accept, or from the end of the last answer, to a whole request
  std::chrono::milliseconds handshake_timeout{5'000};  ///< from accept to the end of a TLS handshake
  std::chrono::milliseconds request_timeout{
      30'000};  ///< from a whole request to its whole answer; of an event stream, for each piece
  std::chrono::milliseconds heartbeat{15'000};  ///< of event streams, when nothing happens
};

/// HTTP/1.1 server of the API, over TLS where files say so. Threads: the executor's. Lifetime: close() before
/// destruction; the backend outlives it.
class Server {
 public:
  Server(ServerOptions options, runtime::Executor executor, Backend& backend, memory::Account& account);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and accepts. Errors: kInvalidArgument (not an address, or not loopback; a certificate that is none),
  /// kUnavailable (port in use: says which, and what to do; or an address that this machine lacks).
  Status start();
  /// Reads the certificate again. Errors: those of ServerTls; the old one stays in use. Nothing without TLS.
  Status reload_certificate();
  /// As ServerTls::follow(). False without TLS.
  Result<bool> follow_certificate();
  /// The port that was bound.
  std::uint16_t port() const;
  /// Accepts again where that ended for want of memory. Call it now and then.
  void revive();
  /// Memory is short: closes connections on which nobody has asked anything for some seconds. Event streams stay.
  void shrink();
  /// Stops accepting, lets requests in progress end for up to a second, then closes all.
  boost::asio::awaitable<void> close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::api
