#include "net/datagram.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "net/socket_wait.h"

namespace holter::net {
namespace asio = boost::asio;
using asio::ip::udp;

Result<Datagrams> Datagrams::open(runtime::Executor executor, IpAddress address, std::uint16_t port) {
  auto peer = fmt::format(fmt::runtime(address.is_v6() ? "[{}]:{}" : "{}:{}"), address.to_string(), port);
  udp::socket socket(executor);
  boost::system::error_code failure;
  socket.open(address.is_v6() ? udp::v6() : udp::v4(), failure);
  if (!failure) socket.connect({address, port}, failure);
  if (failure) return socket_error(failure, false, "send to", peer);
  return Datagrams(std::move(socket), std::move(peer));
}

asio::awaitable<Status> Datagrams::send(std::string_view bytes, MonoTime deadline) {
  boost::system::error_code failure;
  Watchdog<udp::socket> watchdog(socket_, deadline);
  co_await socket_.async_send(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return socket_error(failure, watchdog.expired(), "send to", peer_);
  co_return Status{};
}

asio::awaitable<Result<std::string_view>> Datagrams::receive(char* buffer, std::size_t size, MonoTime deadline) {
  boost::system::error_code failure;
  Watchdog<udp::socket> watchdog(socket_, deadline);
  auto got =
      co_await socket_.async_receive(asio::buffer(buffer, size), asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return socket_error(failure, watchdog.expired(), "hear from", peer_);
  co_return std::string_view(buffer, got);
}

}  // namespace holter::net
