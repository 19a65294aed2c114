#include "api/wire.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <utility>

namespace holter::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kScratchBytes = 4 * 1024;
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr std::chrono::milliseconds kLingerTime{1'000};

}  // namespace

struct Wire::Impl {
  Impl(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls_context)
      : tcp(std::move(socket)), context(std::move(tls_context)) {
    error_code ignored;  // only costs a delay
    tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  beast::tcp_stream tcp;
  const std::shared_ptr<asio::ssl::context> context;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls;
};

Wire::Wire(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
    : impl_(std::make_unique<Impl>(std::move(socket), std::move(context))) {}
Wire::~Wire() = default;

bool Wire::wants_tls() const {
  return impl_->context != nullptr;
}
bool Wire::has_tls() const {
  return impl_->tls.has_value();
}

asio::awaitable<Wire::error_code> Wire::begin_tls(std::string_view heard) {
  impl_->tls.emplace(impl_->tcp, *impl_->context);
  auto [failure, taken] =
      co_await impl_->tls->async_handshake(asio::ssl::stream_base::server, asio::buffer(heard), kWait);
  co_return failure;
}

asio::awaitable<Wire::Moved> Wire::read_some(asio::mutable_buffer into) {
  return impl_->tls ? impl_->tls->async_read_some(into, kWait) : impl_->tcp.async_read_some(into, kWait);
}

asio::awaitable<Wire::Moved> Wire::write(Pieces pieces) {
  return impl_->tls ? asio::async_write(*impl_->tls, pieces, kWait) : asio::async_write(impl_->tcp, pieces, kWait);
}

asio::awaitable<void> Wire::finish(const bool* stop) {
  expires_after(kLingerTime);
  // Waits for the peer's close_notify, too, which may never come.
  if (impl_->tls) co_await impl_->tls->async_shutdown(kWait);
  error_code failure;
  impl_->tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failure);
  std::array<char, kScratchBytes> scratch;  // NOLINT: thrown away
  for (std::size_t read = 0; !failure && !*stop && read < kLingerBytes;) {
    auto [ended, n] = co_await impl_->tcp.async_read_some(asio::buffer(scratch), kWait);
    failure = ended;
    read += n;
  }
  close();
}

void Wire::when_readable(std::function<void()> heard) {
  impl_->tcp.socket().async_wait(asio::ip::tcp::socket::wait_read,
                                 [heard = std::move(heard)](const error_code&) { heard(); });
}
void Wire::cancel() {
  impl_->tcp.cancel();
}
void Wire::close() {
  impl_->tcp.close();
}
void Wire::expires_at(MonoTime time) {
  impl_->tcp.expires_at(time);
}
void Wire::expires_after(nanoseconds time) {
  impl_->tcp.expires_after(time);
}
bool Wire::timed_out(const error_code& failure) {
  return failure == beast::error::timeout;
}

asio::any_io_executor Wire::get_executor() {
  return impl_->tcp.get_executor();
}
asio::ip::address Wire::peer() const {
  error_code gone;
  return impl_->tcp.socket().remote_endpoint(gone).address();
}

}  // namespace holter::api
