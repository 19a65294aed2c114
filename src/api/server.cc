#include "api/server.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "api/connection.h"
#include "api/content_schema.h"
#include "api/events.h"
#include "api/listen.h"
#include "base/log.h"
#include "runtime/task_scope.h"

namespace holter::api {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kCloseGrace{1'000};
constexpr std::chrono::milliseconds kUnusedTime{2'000};
/// Bytes that the kernel keeps for a connection are on no account, but they count against a container's limit.
constexpr int kSendBufferBytes = 64 * 1024;
constexpr int kReceiveBufferBytes = 32 * 1024;
/// Given back to the allocator when it has nothing left, so that the accept loop finds enough to wait.
constexpr std::size_t kSpareBytes = 64 * 1024;
constexpr std::string_view kBusyBody =
    R"({"type":"urn:holter:problem:unavailable","title":"Service Unavailable","status":503,)"
    R"("detail":"cannot serve another connection: too many are open"})";
static_assert(kBusyBody.size() == 146);
constexpr std::string_view kBusyHead =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: 146\r\n"
    "Retry-After: 1\r\nConnection: close\r\n\r\n";

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, runtime::Executor executor, Backend& backend, memory::Account& account)
      : options_(std::move(options)),
        connections_account_(account.child("connections")),
        shared_{options_,
                backend,
                account.child("bodies"),
                clock_,
                {},
                false,
                nullptr,
                RateLimits(options_.rate_limit, clock_, account.child("rates")),
                nullptr,
                site_},
        events_(backend, account.child("streams"), shared_.stats),
        acceptor_(executor),
        scope_(executor),
        last_gone_(executor) {
    shared_.events = &events_;
    // With a budget so small that this is refused, the loop does without.
    if (auto memory = account.child("spare").reserve(kSpareBytes)) {
      spare_memory_ = std::move(*memory);
      spare_.reset(new (std::nothrow) char[kSpareBytes]);
    }
  }

  Status start() {
    TRY(auto endpoint, parse_listen(options_.listen));
    TRY_OK(take_site(endpoint.address().is_loopback()));
    TRY_OK(shared_.rates.addresses.status());
    TRY_OK(shared_.rates.callers.status());
    // Read now: the tree of the whole file, which it takes for a moment, is no work for the first request. Its 50 KiB
    // do not grow: they are part of what the process takes without any load.
    (void)ContentSchemas::get();
    if (!options_.tls.certificate.empty()) {
      TRY(tls_, ServerTls::open(options_.tls));
      shared_.tls = tls_.get();
    }
    error_code failure;
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor_.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), failure);
    if (!failure) acceptor_.set_option(asio::socket_base::receive_buffer_size(kReceiveBufferBytes), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) {
      error_code ignored;
      acceptor_.close(ignored);
      return Error(
          ErrorCode::kUnavailable,
          fmt::format("cannot listen on {}: {}", options_.listen,
                      failure == asio::error::address_in_use
                          ? "the port is in use; stop the other program or set server.listen (HOLTER_SERVER_LISTEN)"
                          : failure.message()));
    }
    port_ = acceptor_.local_endpoint(failure).port();
    scope_.spawn(accept_loop());
    accepting_ = true;
    return {};
  }

  std::uint16_t port() const { return port_; }

  /// Asio loses an accept whose new socket finds no memory to be watched, and the loop with it.
  void revive() {
    if (accepting_ || !acceptor_.is_open() || shared_.closing) return;
    ++shared_.stats.accept_failures;
    scope_.spawn(accept_loop());
    accepting_ = true;
  }

  Status reload_certificate() { return tls_ ? tls_->reload() : Status{}; }
  Result<bool> follow_certificate() { return tls_ ? tls_->follow() : Result<bool>(false); }

  void shrink() {
    auto since = clock_.mono() - kUnusedTime;
    for (auto& connection : connections_)
      if (connection.unused_since(since)) connection.abort();
  }

  awaitable<void> close() {
    shared_.closing = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto& connection : connections_)
      if (connection.idle()) connection.abort();
    last_gone_.expires_after(kCloseGrace);
    if (!connections_.empty()) co_await last_gone_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    for (auto& connection : connections_) connection.abort();
    co_await scope_.close();
  }

 private:
  /// How browsers come here: what server.url says, else as this server speaks.
  Status take_site(bool loopback) {
    if (!options_.url.empty()) {
      TRY(site_, parse_site(options_.url));
    }
    if (options_.url.empty() && !options_.tls.certificate.empty()) site_.scheme = "https";
    site_.this_machine_only = loopback;
    if (!loopback && !site_.secure())
      log::warning("api",
                   "passwords and tokens reach {} in clear text: set server.tls, or server.url to the https "
                   "address of what stands in front",
                   options_.listen);
    return {};
  }

  awaitable<void> accept_loop() {
    struct Ended {
      bool& accepting;
      ~Ended() { accepting = false; }
    } ended{accepting_};
    while (acceptor_.is_open()) {
      bool pause = true;
      try {
        auto [failure, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
        if (failure == asio::error::operation_aborted) co_return;
        pause = static_cast<bool>(failure);
        if (!failure)
          admit(std::move(socket));
        else
          accept_failed(failure);
      } catch (const std::bad_alloc&) {
        ++shared_.stats.out_of_memory;
        spare_.reset();
      }
      if (pause) co_await pause_accepting();
    }
  }

  /// Out of descriptors, most likely.
  void accept_failed(error_code failure) {
    ++shared_.stats.accept_failures;
    if (auto n = accept_log_.count())
      log::warning("api", "cannot accept a connection ({} times): {}", n, failure.message());
  }

  /// A loop without a pause would burn the processor until there is a descriptor or memory again.
  awaitable<void> pause_accepting() {
    try {
      co_await runtime::sleep_for(kAcceptPause);
    } catch (const std::bad_alloc&) {
      ++shared_.stats.out_of_memory;
    }
    if (!spare_ && spare_memory_.bytes() > 0) spare_.reset(new (std::nothrow) char[kSpareBytes]);
  }

  void admit(tcp::socket socket) {
    if (connections_.size() >= options_.max_connections) return refuse(std::move(socket));
    auto reservation = connections_account_.reserve(Connection::idle_bytes());
    if (!reservation) return refuse(std::move(socket));
    try {
      connections_.emplace_back(std::move(socket), shared_, std::move(*reservation));
      Listed listed(this, std::prev(connections_.end()));
      scope_.spawn(serve(std::move(listed)));
    } catch (const std::bad_alloc&) {
      ++shared_.stats.out_of_memory;
      ++shared_.stats.connections_refused;
      return;
    }
    shared_.stats.connections = connections_.size();
    ++shared_.stats.connections_total;
  }

  /// Says why without waiting: what the socket does not take at once is lost. Before a handshake nothing can be said.
  void refuse(tcp::socket socket) {
    ++shared_.stats.connections_refused;
    if (tls_) return;
    error_code ignored;
    socket.non_blocking(true, ignored);
    std::array<asio::const_buffer, 2> answer{asio::buffer(kBusyHead), asio::buffer(kBusyBody)};
    socket.write_some(answer, ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// Takes a connection off the list however its task ends, also when there is no memory to begin it.
  class Listed {
   public:
    Listed(Impl* impl, std::list<Connection>::iterator connection) : impl_(impl), connection_(connection) {}
    Listed(Listed&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)), connection_(other.connection_) {}
    Listed& operator=(Listed&&) = delete;
    ~Listed() {
      if (impl_ != nullptr) impl_->remove(connection_);
    }
    Connection& operator*() const { return *connection_; }

   private:
    Impl* impl_;
    std::list<Connection>::iterator connection_;
  };

  awaitable<void> serve(Listed connection) {
    try {
      co_await (*connection).run();
    } catch (const std::bad_alloc&) {
      out_of_memory();
    }
  }

  /// Without memory there may be none for a line of the log either.
  void out_of_memory() noexcept {
    ++shared_.stats.out_of_memory;
    try {
      if (auto n = memory_log_.count())
        log::warning("api", "cannot go on with a connection: out of memory ({} times)", n);
    } catch (const std::bad_alloc&) {
      ++shared_.stats.out_of_memory;
    }
  }

  void remove(std::list<Connection>::iterator connection) {
    connections_.erase(connection);
    shared_.stats.connections = connections_.size();
    if (connections_.empty()) last_gone_.cancel();
  }

  const ServerOptions options_;
  const SystemClock clock_;
  memory::Account& connections_account_;
  std::unique_ptr<ServerTls> tls_;
  Site site_;
  Shared shared_;
  EventHub events_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  bool accepting_ = false;
  std::list<Connection> connections_;
  runtime::TaskScope scope_;
  asio::steady_timer last_gone_;  // cancelled when the last connection has ended
  memory::Reservation spare_memory_;
  std::unique_ptr<char[]> spare_;
  log::Repeats accept_log_, memory_log_;
};

Server::Server(ServerOptions options, runtime::Executor executor, Backend& backend, memory::Account& account)
    : impl_(std::make_unique<Impl>(std::move(options), executor, backend, account)) {}
Server::~Server() = default;
Status Server::start() {
  return impl_->start();
}
std::uint16_t Server::port() const {
  return impl_->port();
}
Status Server::reload_certificate() {
  return impl_->reload_certificate();
}
Result<bool> Server::follow_certificate() {
  return impl_->follow_certificate();
}
void Server::revive() {
  impl_->revive();
}
void Server::shrink() {
  impl_->shrink();
}
awaitable<void> Server::close() {
  return impl_->close();
}

}  // namespace holter::api
