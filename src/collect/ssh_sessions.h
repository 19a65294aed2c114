#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "collect/attempt.h"
#include "collect/login_breaker.h"
#include "collect/shard_objects.h"
#include "collect/ssh_target.h"
#include "collect/stream_probe.h"
#include "net/session_pool.h"
#include "net/ssh_forward.h"
#include "net/ssh_session.h"
#include "runtime/blocking_pool.h"

namespace holter::collect {

/// The SSH sessions of a shard. Those for commands are used by one at a time and kept for the next: at most four to one
/// server, so that the sets of a monitor, which ask at once, do not open one each. Those of jump hosts and tunnels are
/// shared: each has many connections at once.
///
/// Errors of all operations: those of net::Resolver, net::SshSession and net::SshForwarder, and kUnauthenticated
/// without asking the host (LoginBreaker). Steps are noted. Threads: one shard's.
class SshSessions final : public ShardObject {
 public:
  using Pool = net::SessionPool<net::SshSession>;

  explicit SshSessions(const Services& services);
  /// Those of a shard.
  static SshSessions& of(const Services& services) {
    return services.objects.get<SshSessions>([&] { return std::make_unique<SshSessions>(services); });
  }

  /// A session that is logged in; with `fresh` a new one. `target` outlives the call.
  boost::asio::awaitable<Result<Pool::Lease>> lease(Attempt* attempt, const SshTarget* target, bool fresh);

  /// What is done on a session. Sets `begun` when it must not be done twice from then on.
  template <class T>
  using Work = std::function<boost::asio::awaitable<Result<T>>(net::SshSession*, bool* begun)>;
  /// Does `work` on a kept session or a new one. A kept one may have been closed by its server meanwhile: then once
  /// more. Errors: also those of `work`.
  template <class T>
  boost::asio::awaitable<Result<T>> with_session(Attempt* attempt, const SshTarget* target, Work<T> work) {
    bool fresh = !target->reuse;
    for (int tries = 0;; ++tries) {
      CO_TRY(auto session, co_await lease(attempt, target, fresh));
      if (session.reused()) attempt->step("took a session that was kept");
      bool begun = false;
      auto done = co_await work(&*session, &begun);
      if (!target->reuse) session.discard();
      bool again = !done && !begun && session.reused() && tries == 0 && done.error().code() == ErrorCode::kUnavailable;
      if (!again) co_return done;
      attempt->step("the kept session had ended; opening another");
      session.discard();
      fresh = true;
    }
  }

  /// A connection to `host`:`port` that the server of `via` makes: one end of a pair of sockets. Unless `via` is to be
  /// shared, `alone` (a key of whoever asks) names a session that only it uses. What keeps the tunnel from being had is
  /// kUnavailable, also a refused login: whom the tunnel leads to has refused nobody.
  boost::asio::awaitable<Result<net::OwnedFd>> connect(Attempt* attempt, const SshTarget* via, std::string host,
                                                       std::uint16_t port, std::string alone, MonoTime deadline);

  void shrink() override {
    sessions_.shrink();
    forwarders_.shrink();
  }
  void sweep(SessionReports& reports) override {
    reports.emplace_back("ssh", sessions_.sweep());
    reports.emplace_back("ssh/tunnel", forwarders_.sweep());
  }
  net::SessionPoolStats stats() const { return sessions_.stats(); }
  net::SessionPoolStats forwarder_stats() const { return forwarders_.stats(); }

 private:
  using Opened = Result<std::unique_ptr<net::SshSession>>;
  boost::asio::awaitable<Opened> open(Attempt* attempt, const SshTarget* target, MonoTime deadline);
  boost::asio::awaitable<Opened> log_in(Attempt* attempt, const net::SshPeer* peer, net::OwnedFd socket,
                                        std::string key, MonoTime deadline);
  boost::asio::awaitable<Result<net::OwnedFd>> socket_to(Attempt* attempt, const SshTarget* target, MonoTime deadline);
  boost::asio::awaitable<Result<std::unique_ptr<net::SshForwarder>>> open_forwarder(Attempt* attempt,
                                                                                    const SshTarget* via,
                                                                                    MonoTime deadline);
  boost::asio::awaitable<Result<std::shared_ptr<net::SshKey>>> key_of(const net::SshLogin* login, MonoTime deadline);

  static constexpr std::size_t kPerTarget = 4;
  memory::Account& account_;
  LoginBreaker breaker_;
  std::unique_ptr<runtime::BlockingPool> threads_;  ///< for keys with a passphrase; made when first needed
  net::SessionPool<net::SshForwarder> forwarders_;  // outlives the sessions that go through them
  Pool sessions_;
};

/// A stream to `target` through the server of `via`; TLS and steps as open_stream(). Errors: also those of
/// SshSessions::connect().
boost::asio::awaitable<Result<std::unique_ptr<net::Stream>>> open_stream_through(Attempt* attempt, const SshTarget* via,
                                                                                 const StreamTarget* target,
                                                                                 MonoTime deadline);

}  // namespace holter::collect
