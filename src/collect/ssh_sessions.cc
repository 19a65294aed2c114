#include "collect/ssh_sessions.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "net/foreign_memory.h"
#include "net/known_hosts.h"
#include "net/resolver.h"
#include "net/tcp.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;

/// OpenSSL's part is exact where its memory is on an account.
std::size_t bytes_each() {
  return net::SshSession::kBytes + net::foreign_charge(0, 16 << 10);
}

net::SessionPoolOptions sessions(std::size_t per_target) {
  // A login costs both ends far more than a command, so sessions have more room than those of other protocols.
  return {.bytes_each = bytes_each(), .max_per_target = per_target, .share = 4};
}

memory::Account& account_of(const Services& services) {
  return services.ssh != nullptr ? *services.ssh : services.answers;
}

}  // namespace

SshSessions::SshSessions(const Services& services)
    : account_(account_of(services)),
      breaker_(services.clock),
      // Who comes second waits for the first to log in, and shares the session then.
      forwarders_(sessions(1), services.executor, services.clock, account_),
      sessions_(sessions(kPerTarget), services.executor, services.clock, account_) {}

awaitable<Result<SshSessions::Pool::Lease>> SshSessions::lease(Attempt* attempt, const SshTarget* target, bool fresh) {
  auto deadline = attempt->deadline();
  return sessions_.lease(
      target->key(), target->peer.name(), deadline,
      [this, attempt, target, deadline] { return open(attempt, target, deadline); }, fresh);
}

awaitable<Result<net::OwnedFd>> SshSessions::connect(Attempt* attempt, const SshTarget* via, std::string host,
                                                     std::uint16_t port, std::string alone, MonoTime deadline) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);  // the server wants none
  CO_TRY_OK(attempt->services().resolver.policy().check_beyond(host, port));
  deadline = std::min(deadline, attempt->services().clock.mono() + via->timeout);
  auto key = via->reuse ? via->key() : fmt::format("{}\nfor {}", via->key(), alone);
  CO_TRY(auto charged, account_.reserve(net::SshForwarder::kBytesEach));
  auto reached = co_await forwarders_.lease(
      key, key, deadline, [this, attempt, via, deadline] { return open_forwarder(attempt, via, deadline); });
  if (!reached) {
    auto code = reached.error().code();
    bool tunnel =
        code == ErrorCode::kUnauthenticated || code == ErrorCode::kProtocolViolation || code == ErrorCode::kNotFound;
    co_return Error(tunnel ? ErrorCode::kUnavailable : code, reached.error().message());
  }
  const bool was_there = reached->reused();
  auto connecting = (*reached)->connect(host, port, std::move(charged), deadline);
  // One that takes long to connect, or never does, keeps nobody else from connecting through the same server.
  {
    auto given_back = std::move(*reached);
  }
  CO_TRY(auto socket, co_await std::move(connecting));
  if (attempt->traced())
    attempt->step(fmt::format("connected to {}:{} through {}{}", host, port, via->peer.name(),
                              was_there ? ", whose session was there" : ""));
  co_return socket;
}

awaitable<Result<std::unique_ptr<net::SshForwarder>>> SshSessions::open_forwarder(Attempt* attempt,
                                                                                  const SshTarget* via,
                                                                                  MonoTime deadline) {
  CO_TRY(auto session, co_await open(attempt, via, deadline));
  co_return std::make_unique<net::SshForwarder>(attempt->services().scope, std::move(session));
}

awaitable<Result<net::OwnedFd>> SshSessions::socket_to(Attempt* attempt, const SshTarget* target, MonoTime deadline) {
  const auto& services = attempt->services();
  const auto& peer = target->peer;
  if (target->jump) {
    const SshTarget jump{.peer = *target->jump, .jump = {}, .timeout = target->timeout};
    co_return co_await connect(attempt, &jump, peer.host, peer.port, {}, deadline);
  }
  CO_TRY(auto addresses, co_await services.resolver.resolve(peer.host, peer.port, deadline));
  if (attempt->traced()) attempt->step(fmt::format("resolved {} to {}", peer.host, addresses.front().to_string()));
  CO_TRY(auto tcp, co_await net::TcpStream::connect(services.executor, std::move(addresses), peer.port, deadline));
  if (attempt->traced())
    attempt->step(fmt::format("connected to {} after {:.3f} ms", tcp.peer(),
                              static_cast<double>(tcp.connect_time().count()) / 1e6));
  boost::system::error_code ignored;  // then each question waits for an acknowledgement, and works all the same
  tcp.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  co_return tcp.release();
}

awaitable<SshSessions::Opened> SshSessions::open(Attempt* attempt, const SshTarget* target, MonoTime deadline) {
  auto key = target->key();
  CO_TRY_OK(breaker_.check(key, target->peer.name()));
  CO_TRY(auto socket, co_await socket_to(attempt, target, deadline));
  co_return co_await log_in(attempt, &target->peer, std::move(socket), std::move(key), deadline);
}

awaitable<SshSessions::Opened> SshSessions::log_in(Attempt* attempt, const net::SshPeer* peer, net::OwnedFd socket,
                                                   std::string key, MonoTime deadline) {
  const auto& services = attempt->services();
  if (services.known_hosts == nullptr)
    co_return Error(ErrorCode::kInternal, "BUG: no store of known hosts, so no SSH session can be opened");
  net::SshSession::Options options{.peer = *peer, .key = {}, .known_hosts = services.known_hosts, .note = {}};
  CO_TRY(options.key, co_await key_of(&peer->login, deadline));
  if (attempt->traced()) options.note = [attempt](std::string text) { attempt->step(text); };
  auto session = co_await net::SshSession::open(services.executor, std::move(socket), std::move(options), deadline);
  if (session)
    breaker_.accepted(key);
  else if (session.error().code() == ErrorCode::kUnauthenticated)
    breaker_.refused(key);
  co_return session;
}

awaitable<Result<std::shared_ptr<net::SshKey>>> SshSessions::key_of(const net::SshLogin* login, MonoTime deadline) {
  if (login->passphrase.empty() || login->private_key.empty()) co_return net::SshKey::of(*login);
  constexpr std::size_t kMostWaiting = 1024;
  if (!threads_) threads_ = std::make_unique<runtime::BlockingPool>(1, kMostWaiting);
  using Key = std::shared_ptr<net::SshKey>;
  std::function<Result<Key>()> work = [copy = *login] { return net::SshKey::of(copy); };
  co_return co_await threads_->run<Key>(std::move(work), deadline, "read the private key");
}

awaitable<Result<std::unique_ptr<net::Stream>>> open_stream_through(Attempt* attempt, const SshTarget* via,
                                                                    const StreamTarget* target, MonoTime deadline) {
  auto& sessions = SshSessions::of(attempt->services());
  CO_TRY(auto socket, co_await sessions.connect(attempt, via, target->host, target->port, target->text, deadline));
  CO_TRY(auto tcp, net::TcpStream::adopt(attempt->services().executor, std::move(socket), target->text));
  CO_TRY(auto charged, attempt->reserve(net::Stream::bytes_of(target->tls)));
  auto stream = net::Stream::on(std::move(tcp), std::move(charged));
  if (target->tls) CO_TRY_OK(co_await start_tls(attempt, stream.get(), target, deadline));
  attempt->note_held(CoroProbe::kRunningBytes + stream->charged_bytes());
  co_return stream;
}

}  // namespace holter::collect
