#include "stress/flood.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>

#include "runtime/deadline.h"

namespace holter::stress {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr milliseconds kStep{200};
constexpr seconds kMostTime{60};  // of one connection
constexpr std::size_t kAtOnce = 250;

asio::awaitable<void> send(tcp::socket& socket, std::string text) {
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
}

}  // namespace

Flood::Flood(std::uint16_t port, std::string token, std::size_t clients)
    : port_(port), token_(std::move(token)), shard_("stress-flood"), scope_(shard_.executor()) {
  shard_.start();
  asio::post(shard_.executor(), [this, clients] { scope_.spawn(spawn_all(clients)); });
}

Flood::~Flood() {
  asio::co_spawn(shard_.executor(), scope_.close(), asio::use_future).wait();
  shard_.stop();
}

asio::awaitable<void> Flood::spawn_all(std::size_t clients) {
  for (std::size_t i = 0; i < clients; ++i) {
    scope_.spawn(client(i));
    if (i % kAtOnce == kAtOnce - 1 && !co_await runtime::sleep_for(milliseconds(20))) co_return;
  }
}

asio::awaitable<void> Flood::client(std::size_t number) {
  auto work = [](Flood* self, Socket* socket, Abuse kind) -> asio::awaitable<Status> {
    co_await self->abuse(*socket, kind);
    co_return Status{};
  };
  // Addresses of their own: one cannot have more connections to one port than there are ports.
  auto address = asio::ip::make_address_v4(0x7f070000U + static_cast<std::uint32_t>(number % 250) + 1);
  do {
    Socket socket(shard_.executor());
    boost::system::error_code failure;  // no descriptor left: connect below says so, too
    (void)socket.open(tcp::v4(), failure);
    (void)socket.set_option(asio::socket_base::receive_buffer_size(4096), failure);
    (void)socket.bind({address, 0}, failure);
    auto [refused] =
        co_await socket.async_connect({asio::ip::address_v4::loopback(), port_}, asio::as_tuple(asio::use_awaitable));
    if (refused == asio::error::operation_aborted) co_return;
    if (refused) {
      ++refused_;
    } else {
      ++opened_;
      ++open_;
      // How it ends is the server's choice.
      (void)co_await runtime::with_deadline(runtime::deadline_in(kMostTime),
                                            work(this, &socket, static_cast<Abuse>(number % kAbuses)), "abuse");
      --open_;
      (void)socket.set_option(asio::socket_base::linger(true, 0), failure);
    }
  } while (co_await runtime::sleep_for(kStep));
}

void Flood::note_status(std::string_view head) {
  if (head.starts_with("HTTP/1.1 503")) ++refused_;
  if (head.starts_with("HTTP/1.1 200")) ++answered_;
}

asio::awaitable<void> Flood::slow_read(Socket& socket) {
  std::array<char, 512> piece{};
  for (bool first = true;; first = false) {
    auto got = co_await socket.async_read_some(asio::buffer(piece), asio::use_awaitable);
    if (first) note_status({piece.data(), got});
    if (!co_await runtime::sleep_for(kStep)) co_return;
  }
}

/// Reads until the connection ends.
asio::awaitable<void> Flood::count_answer(Socket& socket) {
  std::array<char, 16384> piece{};
  for (bool first = true;; first = false) {
    auto got = co_await socket.async_read_some(asio::buffer(piece), asio::use_awaitable);
    if (first) note_status({piece.data(), got});
  }
}

asio::awaitable<void> Flood::abuse(Socket& socket, Abuse kind) {
  const std::string host = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token_ + "\r\n";
  switch (kind) {
    case Abuse::kIdle:
      co_return co_await count_answer(socket);
    case Abuse::kSlowHead:
      for (char c : "GET /api/v1/monitors?limit=1000" + host + "X-Slow: " + std::string(4000, 'x')) {
        co_await send(socket, std::string(1, c));
        if (!co_await runtime::sleep_for(kStep)) co_return;
      }
      co_return;
    case Abuse::kSlowMetrics:
      co_await send(socket, "GET /metrics" + host + "\r\n");
      co_return co_await slow_read(socket);
    case Abuse::kSlowList:
      co_await send(socket, "GET /api/v1/monitors?limit=1000" + host + "\r\n");
      co_return co_await slow_read(socket);
    case Abuse::kHugeBody:
      co_await send(socket, "POST /api/v1/reload" + host +
                                "Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n");
      for (std::string piece(65536, 'x');;)
        co_await asio::async_write(socket, asio::buffer(piece), asio::use_awaitable);
    case Abuse::kHugeHead:
      co_await send(socket, "GET /metrics" + host);
      for (std::string piece = "X-More: " + std::string(4000, 'x') + "\r\n";;)
        co_await asio::async_write(socket, asio::buffer(piece), asio::use_awaitable);
    case Abuse::kHammer:
      co_await send(socket, "GET /metrics" + host + "Connection: close\r\n\r\n");
      co_return co_await count_answer(socket);
  }
}

}  // namespace holter::stress
