#include "net/tcp.h"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>

#include <fmt/format.h>

#include "net/charged_text.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Cancels what the socket waits for when the time is up.
class Watchdog {
 public:
  Watchdog(tcp::socket& socket, MonoTime deadline) : timer_(socket.get_executor(), deadline) {
    state_->socket = &socket;
    timer_.async_wait([state = state_](boost::system::error_code failure) {
      // The timer may have run out in the same moment as the wait ended: then the socket is no longer there.
      if (failure || state->socket == nullptr) return;
      state->expired = true;
      boost::system::error_code ignored;  // a socket that is closed already waits for nothing
      state->socket->cancel(ignored);
    });
  }
  ~Watchdog() {
    state_->socket = nullptr;
    timer_.cancel();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  bool expired() const { return state_->expired; }

 private:
  struct State {
    tcp::socket* socket = nullptr;
    bool expired = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  asio::steady_timer timer_;
};

Error to_error(const boost::system::error_code& failure, bool expired, std::string_view what, const std::string& peer) {
  if (expired) return {ErrorCode::kTimeout, fmt::format("cannot {} {}: no answer in time", what, peer)};
  if (failure == asio::error::operation_aborted)
    return {ErrorCode::kCancelled, fmt::format("cannot {} {}: cancelled", what, peer)};
  auto reason = failure == asio::error::eof ? std::string("the peer closed the connection") : failure.message();
  return {ErrorCode::kUnavailable, fmt::format("cannot {} {}: {}", what, peer, reason)};
}

}  // namespace

asio::awaitable<Result<TcpStream>> TcpStream::connect(runtime::Executor executor, IpAddress address, std::uint16_t port,
                                                      MonoTime deadline) {
  tcp::endpoint endpoint(address, port);
  auto peer = fmt::format(fmt::runtime(address.is_v6() ? "[{}]:{}" : "{}:{}"), address.to_string(), port);
  tcp::socket socket(executor);
  boost::system::error_code failure;
  bool expired = false;
  {
    Watchdog watchdog(socket, deadline);
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
    expired = watchdog.expired();
  }
  if (failure) co_return to_error(failure, expired, "connect to", peer);
  co_return TcpStream(std::move(socket), std::move(peer));
}

asio::awaitable<Status> TcpStream::write(std::string_view bytes, MonoTime deadline) {
  Watchdog watchdog(socket_, deadline);
  boost::system::error_code failure;
  co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return to_error(failure, watchdog.expired(), "send to", peer_);
  co_return Status{};
}

asio::awaitable<Result<std::string>> TcpStream::read_all(std::size_t most, memory::Account& account,
                                                         memory::Reservation& reserved, MonoTime deadline) {
  Watchdog watchdog(socket_, deadline);
  ChargedText text(account, most);
  std::array<char, 4096> piece;
  while (true) {
    boost::system::error_code failure;
    auto got = co_await socket_.async_read_some(asio::buffer(piece), asio::redirect_error(asio::use_awaitable, failure));
    if (failure == asio::error::eof) co_return text.take(reserved);
    if (failure) co_return to_error(failure, watchdog.expired(), "read from", peer_);
    if (auto kept = text.append({piece.data(), got}); !kept)
      co_return std::move(kept).error().with_context(fmt::format("cannot read from {}", peer_));
  }
}

}  // namespace holter::net
