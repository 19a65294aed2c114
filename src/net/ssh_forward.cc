#include "net/ssh_forward.h"

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/units.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

constexpr std::size_t kPiece = 16 << 10;
constexpr int kMostUnread = 4 << 20;  // of a channel; libssh opens windows of 1.28 MB, and takes more than it allowed

/// The other side has closed both directions, not only its own.
bool is_gone(int fd) {
  pollfd state{fd, 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

/// What the task and the forwarder share: the task may be waiting still when the forwarder is gone.
class SshForwarder::Pump : public std::enable_shared_from_this<Pump> {
 public:
  Pump(runtime::Executor executor, std::unique_ptr<SshSession> session)
      : session_(std::move(session)), executor_(executor), descriptor_(executor), wake_(executor) {}

  static asio::awaitable<Result<OwnedFd>> connect(std::shared_ptr<Pump> self, std::string host, std::uint16_t port,
                                                  memory::Reservation charged, MonoTime deadline) {
    co_return co_await self->connect(std::move(host), port, std::move(charged), deadline);
  }
  static asio::awaitable<void> run(std::shared_ptr<Pump> pump);
  /// All connections end; nothing is touched from now on.
  void close(const std::string& why);
  bool alive() const { return session_ != nullptr; }
  bool in_use() const { return !connections_.empty(); }

 private:
  asio::awaitable<Result<OwnedFd>> connect(std::string host, std::uint16_t port, memory::Reservation charged,
                                           MonoTime deadline);

  struct Connection {
    Connection(runtime::Executor executor, ssh_session session, std::string to_host, std::uint16_t to_port)
        : host(std::move(to_host)),
          port(to_port),
          channel(ssh_channel_new(session)),
          local(executor),
          opened(executor) {}
    ~Connection() {
      if (channel != nullptr) ssh_channel_free(channel);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    const std::string host;
    const std::uint16_t port;
    ssh_channel channel;
    Descriptor local;
    asio::steady_timer opened;              ///< cancelled when `outcome` is there
    std::optional<Status> outcome;          ///< of the opening
    std::string outgoing;                   ///< for the local side
    bool ended_here = false;                ///< the local side sends no more
    bool ended_there = false;               ///< nor does the server, and the local side knows
    bool reading = false, writing = false;  ///< waited for
    memory::Reservation charged;
  };

  bool turn();
  /// Gives back channel and descriptor. The channel must go while the session is there, and whoever asked for the
  /// connection may hold it for longer.
  static void end(Connection& connection);
  /// False: it has ended.
  bool advance(Connection& connection);
  bool advance_opening(Connection& connection);
  bool to_local(Connection& connection);
  bool to_server(Connection& connection);
  bool server_takes_more() const { return (ssh_get_poll_flags(session_->native()) & SSH_WRITE_PENDING) == 0; }
  void wait_for_all();
  void wait_for(Connection& connection, const std::shared_ptr<Connection>& owner);
  void kick() {
    kicked_ = true;
    wake_.cancel();
  }

  std::unique_ptr<SshSession> session_;
  const runtime::Executor executor_;
  Descriptor descriptor_;  ///< the session's, not owned
  bool reading_ = false, writing_ = false;
  asio::steady_timer wake_;
  bool kicked_ = false;
  std::vector<std::shared_ptr<Connection>> connections_;
};

asio::awaitable<Result<OwnedFd>> SshForwarder::Pump::connect(std::string host, std::uint16_t port,
                                                             memory::Reservation charged, MonoTime deadline) {
  const auto what = fmt::format("connect to {}:{} through {}", host, port, session_ ? session_->name() : "a tunnel");
  if (!session_) co_return Error(ErrorCode::kUnavailable, fmt::format("cannot {}: the session has ended", what));
  if (connections_.size() >= kMostConnections)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot {}: all {} connections are in use", what, kMostConnections));
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
    co_return Error(ErrorCode::kResourceExhausted, fmt::format("cannot {}: no descriptor is left", what));
  OwnedFd ours(pair[0]), theirs(pair[1]);
  auto connection = std::make_shared<Connection>(executor_, session_->native(), std::move(host), port);
  connection->charged = std::move(charged);
  boost::system::error_code failure;
  connection->local.assign(ours.get(), failure);
  if (failure || connection->channel == nullptr)
    co_return Error(ErrorCode::kResourceExhausted, fmt::format("cannot {}: no memory", what));
  ours.release();
  connections_.push_back(connection);
  kick();
  connection->opened.expires_at(deadline);
  while (!connection->outcome) {
    co_await connection->opened.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    auto state = co_await asio::this_coro::cancellation_state;
    // The pump closes the channel once it is open and nobody has the other end.
    if (!connection->outcome && state.cancelled() != asio::cancellation_type::none)
      co_return Error(ErrorCode::kCancelled, fmt::format("cannot {}: cancelled", what));
    if (!connection->outcome && !failure)
      co_return Error(ErrorCode::kTimeout, fmt::format("cannot {}: no answer in time", what));
  }
  if (!*connection->outcome) co_return connection->outcome->error();
  co_return theirs;
}

void SshForwarder::Pump::close(const std::string& why) {
  if (!session_) return;
  if (descriptor_.is_open()) descriptor_.release();
  for (auto& connection : connections_) {
    if (!connection->outcome) connection->outcome = Error(ErrorCode::kUnavailable, why);
    end(*connection);
  }
  connections_.clear();
  session_.reset();
  kick();
}

void SshForwarder::Pump::end(Connection& c) {
  c.opened.cancel();
  boost::system::error_code ignored;  // the other end learns of it in any case
  c.local.close(ignored);
  ssh_channel_free(std::exchange(c.channel, nullptr));
}

bool SshForwarder::Pump::advance_opening(Connection& c) {
  int done = ssh_channel_open_forward(c.channel, c.host.c_str(), c.port, "127.0.0.1", 0);
  if (done == SSH_AGAIN) return true;
  if (done == SSH_OK)
    c.outcome.emplace();
  else
    c.outcome = session_->broken(fmt::format("connect to {}:{} through", c.host, c.port));
  c.opened.cancel();
  return done == SSH_OK;
}

/// Until nothing is there, or the local side takes no more: of what libssh keeps, no descriptor tells.
bool SshForwarder::Pump::to_local(Connection& c) {
  std::array<char, kPiece> piece;
  (void)ssh_channel_read_nonblocking(c.channel, piece.data(), piece.size(), 1);  // nobody reads a second stream
  while (true) {
    if (c.outgoing.empty()) {
      int got = ssh_channel_read_nonblocking(c.channel, piece.data(), piece.size(), 0);
      if (got == SSH_ERROR) return false;
      if (got > 0) c.outgoing.assign(piece.data(), static_cast<std::size_t>(got));
      if (got == SSH_EOF && !std::exchange(c.ended_there, true)) ::shutdown(c.local.native_handle(), SHUT_WR);
    }
    if (c.outgoing.empty()) return true;
    auto sent = ::send(c.local.native_handle(), c.outgoing.data(), c.outgoing.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    c.outgoing.erase(0, static_cast<std::size_t>(sent));
  }
}

bool SshForwarder::Pump::to_server(Connection& c) {
  // Only as much as the window takes, and only when what went before has gone out: libssh would keep the rest.
  auto room = std::min<std::size_t>(ssh_channel_window_size(c.channel), kPiece);
  if (c.ended_here || room == 0 || !server_takes_more()) return true;
  std::array<char, kPiece> piece;
  auto got = ::recv(c.local.native_handle(), piece.data(), room, MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) {
    c.ended_here = true;
    return ssh_channel_send_eof(c.channel) != SSH_ERROR;
  }
  return ssh_channel_write(c.channel, piece.data(), static_cast<std::uint32_t>(got)) == got;
}

bool SshForwarder::Pump::advance(Connection& c) {
  if (!c.outcome && !advance_opening(c)) return false;
  if (!c.outcome) return true;
  if (!to_local(c) || !to_server(c)) return false;
  bool drained = c.outgoing.empty();
  if (ssh_channel_is_closed(c.channel) != 0 && drained && c.ended_there) return false;
  if (c.ended_here && c.ended_there && drained) return false;
  return !(c.ended_here && is_gone(c.local.native_handle()));
}

/// False: the session is lost.
bool SshForwarder::Pump::turn() {
  if (!session_->pump()) {
    close(session_->broken("forward through").message());
    return false;
  }
  std::erase_if(connections_, [this](const auto& connection) {
    if (advance(*connection)) return false;
    end(*connection);
    return true;
  });
  if (ssh_is_connected(session_->native()) == 0) {
    close(session_->broken("forward through").message());
    return false;
  }
  for (const auto& connection : connections_)
    if (!connection->outgoing.empty() && ssh_channel_poll(connection->channel, 0) > kMostUnread) {
      close(fmt::format("cannot forward through {}: it sends more than it may", session_->name()));
      return false;
    }
  return true;
}

void SshForwarder::Pump::wait_for(Connection& c, const std::shared_ptr<Connection>& owner) {
  if (!c.outcome) return;
  auto self = shared_from_this();
  bool wants = !c.ended_here && ssh_channel_window_size(c.channel) > 0 && server_takes_more();
  if (wants && !std::exchange(c.reading, true))
    c.local.async_wait(Descriptor::wait_read, [self, owner](boost::system::error_code) {
      owner->reading = false;
      self->kick();
    });
  if (!c.outgoing.empty() && !std::exchange(c.writing, true))
    c.local.async_wait(Descriptor::wait_write, [self, owner](boost::system::error_code) {
      owner->writing = false;
      self->kick();
    });
}

void SshForwarder::Pump::wait_for_all() {
  auto self = shared_from_this();
  for (const auto& connection : connections_) wait_for(*connection, connection);
  if (!std::exchange(reading_, true))
    descriptor_.async_wait(Descriptor::wait_read, [self](boost::system::error_code) {
      self->reading_ = false;
      self->kick();
    });
  if (!server_takes_more() && !std::exchange(writing_, true))
    descriptor_.async_wait(Descriptor::wait_write, [self](boost::system::error_code) {
      self->writing_ = false;
      self->kick();
    });
}

asio::awaitable<void> SshForwarder::Pump::run(std::shared_ptr<Pump> pump) {
  // Also when the task is dropped for want of memory: who waits for bytes must learn that none will come.
  struct Closing {
    std::shared_ptr<Pump> pump;
    ~Closing() { pump->close("cannot forward: the tunnel was closed"); }
  };
  const Closing closing{pump};
  if (!pump->session_) co_return;
  boost::system::error_code failure;
  pump->descriptor_.assign(pump->session_->take_descriptor(), failure);
  if (failure) co_return;
  while (pump->alive()) {
    pump->kicked_ = false;
    if (!pump->turn()) break;
    pump->wait_for_all();
    // A kick during the turn was for this turn's end; one in the waits just begun comes later, by a handler.
    pump->wake_.expires_at(asio::steady_timer::time_point::max());
    if (!pump->kicked_) co_await pump->wake_.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
}

SshForwarder::SshForwarder(runtime::TaskScope& scope, std::unique_ptr<SshSession> session)
    : pump_(std::make_shared<Pump>(scope.executor(), std::move(session))) {
  scope.spawn(Pump::run(pump_));
}

SshForwarder::~SshForwarder() {
  pump_->close("cannot forward: the tunnel was closed");
}

asio::awaitable<Result<OwnedFd>> SshForwarder::connect(std::string host, std::uint16_t port,
                                                       memory::Reservation charged, MonoTime deadline) {
  return Pump::connect(pump_, std::move(host), port, std::move(charged), deadline);
}

bool SshForwarder::usable() const {
  return pump_->alive();
}

bool SshForwarder::in_use() const {
  return pump_->in_use();
}

}  // namespace holter::net
