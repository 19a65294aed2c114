#include "stress/web.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <future>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "runtime/deadline.h"

namespace holter::stress {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr seconds kMostTime{30};
constexpr std::size_t kMostBytes = 64 << 20;
constexpr std::size_t kBombBytes = 100 << 20;
constexpr std::size_t kMostRows = 10'000;

/// gzip of many zeros.
std::string make_bomb() {
  z_stream stream{};
  std::string packed(1 << 20, '\0');
  std::string zeros(1 << 16, '\0');
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  for (std::size_t done = 0; done < kBombBytes; done += zeros.size()) {
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    deflate(&stream, done + zeros.size() >= kBombBytes ? Z_FINISH : Z_NO_FLUSH);
  }
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

std::string page(std::string_view body, std::string_view more = "") {
  return fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", more, body.size(), body);
}

asio::awaitable<void> send(tcp::socket& socket, std::string_view text) {
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
}

}  // namespace

WebTarget::WebTarget() : shard_("stress-web"), acceptor_(shard_.context()), scope_(shard_.executor()) {}

Result<std::unique_ptr<WebTarget>> WebTarget::open() {
  auto target = std::make_unique<WebTarget>();
  boost::system::error_code failure;
  auto& acceptor = target->acceptor_;
  (void)acceptor.open(tcp::v4(), failure);  // each leaves the error where it is, for the one below
  if (!failure) (void)acceptor.bind({asio::ip::make_address_v4(target->host()), 0}, failure);
  if (!failure) (void)acceptor.listen(4096, failure);
  if (failure) return Error(ErrorCode::kIo, fmt::format("cannot listen on {}: {}", target->host(), failure.message()));
  target->port_ = acceptor.local_endpoint().port();
  target->bomb_ = make_bomb();
  target->shard_.start();
  asio::post(target->shard_.executor(), [raw = target.get()] { raw->scope_.spawn(raw->accept_all()); });
  return target;
}

WebTarget::~WebTarget() {
  if (port_ != 0) {
    asio::co_spawn(shard_.executor(), scope_.close(), asio::use_future).wait();
    shard_.stop();
  }
}

asio::awaitable<void> WebTarget::accept_all() {
  for (;;) {
    boost::system::error_code failure;
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failure));
    if (failure == asio::error::operation_aborted) co_return;
    if (failure) {
      if (!co_await runtime::sleep_for(milliseconds(50))) co_return;  // no descriptors left
    } else if (scope_.tasks() <= kMostConnections) {
      scope_.spawn(serve(std::move(socket)));
    }
  }
}

asio::awaitable<void> WebTarget::serve(Socket socket) {
  auto work = [](WebTarget* self, Socket* peer) -> asio::awaitable<Status> {
    std::string request;
    auto size =
        co_await asio::async_read_until(*peer, asio::dynamic_buffer(request, 16384), "\r\n\r\n", asio::use_awaitable);
    request.resize(size);
    ++self->requests_;
    auto begin = request.find(' ') + 1;
    co_await self->answer(*peer, request.substr(begin, request.find(' ', begin) - begin));
    co_return Status{};
  };
  // How a conversation with the server under test ends says nothing: that is what is provoked here.
  (void)co_await runtime::with_deadline(runtime::deadline_in(kMostTime), work(this, &socket), "serve");
  boost::system::error_code closed;
  (void)socket.set_option(asio::socket_base::linger(true, 0), closed);
}

asio::awaitable<void> WebTarget::repeat(Socket& socket, std::string piece) {
  std::string many;
  while (many.size() < 32768) many += piece;
  for (std::size_t sent = 0; sent < kMostBytes; sent += many.size()) co_await send(socket, many);
}

asio::awaitable<void> WebTarget::answer(Socket& socket, std::string path) {
  if (path.starts_with("/silent")) {
    std::array<char, 64> ignored{};
    co_await socket.async_read_some(asio::buffer(ignored), asio::use_awaitable);
  } else if (path.starts_with("/endless")) {
    co_await send(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    co_await repeat(socket, fmt::format("1000\r\n{}\r\n", std::string(4096, 'x')));
  } else if (path.starts_with("/length")) {
    co_await send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
    co_await repeat(socket, std::string(4096, 'x'));
  } else if (path.starts_with("/drip")) {
    co_await send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    do {
      co_await send(socket, "x");
    } while (co_await runtime::sleep_for(milliseconds(100)));
  } else if (path.starts_with("/bomb")) {
    co_await send(socket, page(bomb_, "Content-Encoding: gzip\r\n"));
  } else if (path.starts_with("/headers")) {
    co_await send(socket, "HTTP/1.1 200 OK\r\n");
    co_await repeat(socket, fmt::format("X-More: {}\r\n", std::string(1000, 'x')));
  } else if (path.starts_with("/labels/")) {
    co_await send(socket, page(labels(path)));
  } else {
    co_await send(socket, page("a needle in a page\n"));
  }
}

std::string WebTarget::labels(const std::string& path) {
  std::size_t rows = 0;
  std::from_chars(path.data() + 8, path.data() + path.size(), rows);
  auto text = path.ends_with("?t=1") ? std::string(1024, 't') : std::string("t");
  std::string body = "[";
  for (std::size_t i = 0; i < std::min(rows, kMostRows); ++i, ++fresh_)
    body +=
        fmt::format(R"({}{{"name":"label-{}","value":{},"text":"{}{}"}})", i == 0 ? "" : ",", fresh_, i, fresh_, text);
  return body + "]";
}

DeadPort::DeadPort(DeadPort&& other) noexcept
    : listener_(std::exchange(other.listener_, -1)), port_(std::exchange(other.port_, 0)) {
  for (std::size_t i = 0; i < std::size(fillers_); ++i) fillers_[i] = std::exchange(other.fillers_[i], -1);
}

DeadPort::~DeadPort() {
  for (int filler : fillers_)
    if (filler >= 0) ::close(filler);
  if (listener_ >= 0) ::close(listener_);
}

Result<DeadPort> DeadPort::open() {
  DeadPort dead;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, dead.host(), &address.sin_addr);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  dead.listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (dead.listener_ < 0 || ::bind(dead.listener_, generic, size) != 0 || ::listen(dead.listener_, 0) != 0 ||
      ::getsockname(dead.listener_, generic, &size) != 0)
    return Error(ErrorCode::kIo, fmt::format("cannot listen on {}: {}", dead.host(), std::strerror(errno)));
  dead.port_ = ntohs(address.sin_port);
  for (int& filler : dead.fillers_) {
    filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // In progress is what is wanted: the first fills the backlog, the others wait.
    if (filler >= 0 && ::connect(filler, generic, size) != 0 && errno != EINPROGRESS)
      return Error(ErrorCode::kIo, fmt::format("cannot fill the backlog of {}: {}", dead.host(), std::strerror(errno)));
  }
  return dead;
}

}  // namespace holter::stress
