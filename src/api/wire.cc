#include "api/wire.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace holter::api {

namespace asio = boost::asio;
using boost::system::error_code;

asio::awaitable<error_code> Wire::begin_tls(std::string_view heard) {
  tls_.emplace(tcp_, *context_);
  auto [failure, taken] = co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::buffer(heard),
                                                         asio::as_tuple(asio::use_awaitable));
  co_return failure;
}

asio::awaitable<error_code> Wire::end_output() {
  // Also waits for the peer's word, which may never come: the socket's deadline ends that.
  if (tls_) co_await tls_->async_shutdown(asio::as_tuple(asio::use_awaitable));
  error_code failure;
  tcp_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failure);
  co_return failure;
}

}  // namespace holter::api
