#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>

#include "base/clock.h"

namespace boost::asio::ssl {
class context;
}

namespace holter::api {

/// The bytes of one connection, over TCP or TLS. A deadline that passes while it reads or writes closes the socket, and
/// what waits ends with an error for which timed_out() holds. Threads: the executor's.
class Wire {
 public:
  using error_code = boost::system::error_code;
  /// Why it ended, and how many bytes were moved.
  using Moved = std::tuple<error_code, std::size_t>;
  using Pieces = std::array<boost::asio::const_buffer, 3>;
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  /// `context` may be null: plain TCP. Else begin_tls() comes before anything is said in TLS; what is read and written
  /// until then is plain.
  Wire(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool wants_tls() const;
  bool has_tls() const;
  /// The handshake. `heard` is what has come of it already; it stays valid until the end. Throws
  /// boost::system::system_error where OpenSSL finds no memory for a session.
  awaitable<error_code> begin_tls(std::string_view heard);

  /// What has come, at least a byte. At the peer's end: eof.
  awaitable<Moved> read_some(boost::asio::mutable_buffer into);
  /// All of the pieces.
  awaitable<Moved> write(Pieces pieces);
  /// Says that nothing more comes, by close_notify (RFC 8446, 6.1) and FIN, then throws away what the peer still sends:
  /// a close with unread bytes would reset the connection, and the last answer with it. Ends after a second, after
  /// 256 KiB or when `*stop`, with the socket closed.
  awaitable<void> finish(const bool* stop);

  /// `heard` is called once, when something comes or the peer ends. After the wire's end, too.
  void when_readable(std::function<void()> heard);
  /// Ends reads and writes under way; later ones go on.
  void cancel();
  void close();
  void expires_at(MonoTime time);
  void expires_after(nanoseconds time);
  static bool timed_out(const error_code& failure);

  boost::asio::any_io_executor get_executor();
  /// Unspecified when the peer is gone already.
  boost::asio::ip::address peer() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::api
