#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/shard.h"
#include "runtime/task_scope.h"

namespace holter::stress {

/// HTTP targets that behave badly, by the path that is asked for:
///
///     /ok             a small page
///     /silent         takes the request and says nothing
///     /endless        a chunked body without end      /length   a body that promises 1 TB and goes on
///     /drip           a byte of the body every 100 ms
///     /bomb           gzip: 100 KB that become 100 MiB
///     /headers        headers without end
///     /labels/<n>     JSON of n rows whose labels nobody has seen before; with ?t=1 each has 1 KiB of text, too
///
/// No answer goes on for longer than 30 s or 64 MiB. A thread of its own. Threads: one other; stop() before the end.
class WebTarget {
 public:
  static constexpr std::size_t kMostConnections = 4000;  ///< further ones are closed at once

  /// Errors: kIo.
  static Result<std::unique_ptr<WebTarget>> open();
  WebTarget();
  ~WebTarget();

  const char* host() const { return "127.8.0.1"; }
  std::uint16_t port() const { return port_; }
  std::uint64_t requests() const { return requests_.load(); }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> serve(Socket socket);
  boost::asio::awaitable<void> answer(Socket& socket, std::string path);
  boost::asio::awaitable<void> repeat(Socket& socket, std::string piece);
  std::string labels(const std::string& path);

  runtime::Shard shard_;
  boost::asio::ip::tcp::acceptor acceptor_;
  runtime::TaskScope scope_;
  std::uint16_t port_ = 0;
  std::uint64_t fresh_ = 0;  // number of the next label
  std::string bomb_;
  std::atomic<std::uint64_t> requests_{0};
};

/// A TCP port that never answers: its backlog is full, so that the handshake does not end. Threads: one.
class DeadPort {
 public:
  /// Errors: kIo.
  static Result<DeadPort> open();
  DeadPort(DeadPort&& other) noexcept;
  ~DeadPort();
  const char* host() const { return "127.8.0.2"; }
  std::uint16_t port() const { return port_; }

 private:
  DeadPort() = default;
  int listener_ = -1;
  int fillers_[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  std::uint16_t port_ = 0;
};

}  // namespace holter::stress
