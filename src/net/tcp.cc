#include "net/tcp.h"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include "net/charged_text.h"
#include "net/socket_wait.h"
#include "runtime/deadline.h"

namespace holter::net {
namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<Result<TcpStream>> TcpStream::connect(runtime::Executor executor, IpAddress address, std::uint16_t port,
                                                      MonoTime deadline) {
  tcp::endpoint endpoint(address, port);
  auto peer = fmt::format(fmt::runtime(address.is_v6() ? "[{}]:{}" : "{}:{}"), address.to_string(), port);
  tcp::socket socket(executor);
  boost::system::error_code failure;
  bool expired = false;
  auto began = runtime::deadline_in(nanoseconds(0));  // the clock of deadlines, whatever the caller's Clock says
  {
    Watchdog<tcp::socket> watchdog(socket, deadline);
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
    expired = watchdog.expired();
  }
  if (failure) co_return socket_error(failure, expired, "connect to", peer);
  co_return TcpStream(std::move(socket), std::move(peer), runtime::deadline_in(nanoseconds(0)) - began);
}

asio::awaitable<Result<TcpStream>> TcpStream::connect(runtime::Executor executor, std::vector<IpAddress> addresses,
                                                      std::uint16_t port, MonoTime deadline) {
  constexpr std::size_t kMost = 4;
  auto count = std::min(addresses.size(), kMost);
  for (std::size_t i = 0;; ++i) {
    bool last = i + 1 >= count;
    auto now = runtime::deadline_in(nanoseconds(0));
    auto until = last ? deadline : now + (deadline - now) / static_cast<int>(count - i);
    auto stream = co_await connect(executor, addresses[i], port, until);
    if (stream || last || stream.error().code() == ErrorCode::kCancelled) co_return stream;
  }
}

Result<TcpStream> TcpStream::adopt(runtime::Executor executor, OwnedFd socket, std::string peer) {
  tcp::socket adopted(executor);
  boost::system::error_code failure;
  adopted.assign(tcp::v4(), socket.get(), failure);
  if (failure) return socket_error(failure, false, "use the connection to", peer);
  socket.release();
  return TcpStream(std::move(adopted), std::move(peer), {});
}

asio::awaitable<Status> TcpStream::write(std::string_view bytes, MonoTime deadline) {
  Watchdog<tcp::socket> watchdog(socket_, deadline);
  boost::system::error_code failure;
  co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return socket_error(failure, watchdog.expired(), "send to", peer_);
  co_return Status{};
}

asio::awaitable<Result<std::string>> TcpStream::read_all(std::size_t most, memory::Account& account,
                                                         memory::Reservation& reserved, MonoTime deadline) {
  Watchdog<tcp::socket> watchdog(socket_, deadline);
  ChargedText text(account, most);
  std::array<char, 4096> piece;
  while (true) {
    boost::system::error_code failure;
    auto got =
        co_await socket_.async_read_some(asio::buffer(piece), asio::redirect_error(asio::use_awaitable, failure));
    if (failure == asio::error::eof) co_return text.take(reserved);
    if (failure) co_return socket_error(failure, watchdog.expired(), "read from", peer_);
    if (auto kept = text.append({piece.data(), got}); !kept)
      co_return std::move(kept).error().with_context(fmt::format("cannot read from {}", peer_));
  }
}

}  // namespace holter::net
