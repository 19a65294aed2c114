#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/fake_backend.h"
#include "api/server.h"
#include "memory/account.h"
#include "runtime/shard.h"

namespace holter::api {

/// For tests: a server on a thread of its own and a free port. Set the backend up before the first request.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, std::size_t memory = 64U << 20) : budget(memory) {
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<Server>(options, shard_.executor(), backend, budget.account("api"));
    status = server_->start();
    EXPECT_TRUE(status) << status.error().message();
    shard_.on_heartbeat([this] {
      if (server_) server_->revive();
    });
    shard_.start();
  }
  ~TestServer() { close(); }

  std::uint16_t port() const { return server_->port(); }
  /// Ends the server; what it held is back on the account then.
  void close() {
    if (!server_) return;
    boost::asio::co_spawn(shard_.executor(), server_->close(), boost::asio::use_future).get();
    shard_.stop();
    server_.reset();
  }

  /// An event, of which the open streams are told.
  void happen(std::string text) {
    backend.add_event(std::move(text));
    boost::asio::post(shard_.executor(), [this] {
      if (backend.event_callback) backend.event_callback();
    });
  }

  runtime::Executor executor() { return shard_.executor(); }
  /// What `ask` says of the server, asked on its thread.
  template <class Ask>
  auto on_its_thread(Ask ask) {
    std::packaged_task<decltype(ask(std::declval<Server&>()))()> task([&] { return ask(*server_); });
    auto answer = task.get_future();
    boost::asio::post(shard_.executor(), [&task] { task(); });
    return answer.get();
  }

  memory::Budget budget;
  FakeBackend backend;
  Status status;

 private:
  runtime::Shard shard_{"api"};
  std::unique_ptr<Server> server_;
};

/// For tests: a connection that sends bytes as they are. Reads give up after 10 s.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void shutdown_send() { ::shutdown(fd_, SHUT_WR); }

  /// What comes until the peer closes.
  std::string read_all() {
    while (fill()) {
    }
    return std::exchange(received_, {});
  }
  /// What comes up to and including `mark`; all that came where the peer closes before.
  std::string read_until(std::string_view mark) {
    for (;;) {
      if (auto at = received_.find(mark); at != std::string::npos) return take(at + mark.size());
      if (!fill()) return std::exchange(received_, {});
    }
  }
  /// What comes within `time`, or until the peer closes.
  std::string read_for(std::chrono::milliseconds time) {
    while (fill(static_cast<int>(time.count()))) {
    }
    timed_out_ = false;
    return std::exchange(received_, {});
  }
  /// One answer with Content-Length: head and body.
  std::string read_answer() {
    auto head = read_until("\r\n\r\n");
    auto at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    auto length = std::stoul(head.substr(at + 16));
    while (received_.size() < length && fill()) {
    }
    return head + take(std::min(length, received_.size()));
  }
  /// Whether the peer has closed, after at most 10 s.
  bool closed() { return !fill() && !timed_out_; }

  bool connected = false;

 private:
  bool fill(int wait_ms = 10'000) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, wait_ms) <= 0) {
      timed_out_ = true;
      return false;
    }
    char bytes[16 * 1024];
    auto n = recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0) received_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }
  std::string take(std::size_t n) {
    auto out = received_.substr(0, n);
    received_.erase(0, n);
    return out;
  }

  int fd_;
  std::string received_;
  bool timed_out_ = false;
};

inline std::string request(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n";
}

}  // namespace holter::api
