#pragma once

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace holter::api {

/// The bytes of one connection, over TCP or TLS: what Beast reads from and writes to. A deadline that passes closes the
/// socket. Threads: the executor's.
class Wire {
 public:
  using Tcp = boost::beast::tcp_stream;
  using executor_type = Tcp::executor_type;
  using error_code = boost::system::error_code;

  /// `context` may be null: plain TCP. Else begin_tls() comes first.
  Wire(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context)
      : tcp_(std::move(socket)), context_(std::move(context)) {}

  bool wants_tls() const { return context_ != nullptr; }
  bool has_tls() const { return tls_.has_value(); }
  /// The handshake. `heard` is what has come of it already. Throws boost::system::system_error where OpenSSL finds no
  /// memory.
  boost::asio::awaitable<error_code> begin_tls(std::string_view heard);
  /// Says that nothing more comes: by close_notify (RFC 8446, 6.1), then by FIN.
  boost::asio::awaitable<error_code> end_output();

  executor_type get_executor() { return tcp_.get_executor(); }
  Tcp& tcp() { return tcp_; }
  boost::asio::ip::tcp::socket& socket() { return tcp_.socket(); }
  void expires_at(MonoTime time) { tcp_.expires_at(time); }
  void expires_after(nanoseconds time) { tcp_.expires_after(time); }
  void close() { tcp_.close(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_)
            tls_->async_read_some(into, std::move(handler));
          else
            tcp_.async_read_some(into, std::move(handler));
        },
        token, buffers);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_)
            tls_->async_write_some(from, std::move(handler));
          else
            tcp_.async_write_some(from, std::move(handler));
        },
        token, buffers);
  }

 private:
  Tcp tcp_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<Tcp&>> tls_;
};

}  // namespace holter::api
