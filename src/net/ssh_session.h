#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/fd_wait.h"
#include "net/known_hosts.h"
#include "net/owned_fd.h"
#include "net/ssh_key.h"
#include "runtime/shard.h"

struct ssh_session_struct;
struct ssh_event_struct;

namespace holter::net {

/// Whom an SSH session is opened to.
struct SshPeer {
  std::string host;  ///< as the known hosts have it
  std::uint16_t port = 22;
  SshLogin login;
  std::string name() const;  ///< "host:port", for messages
  bool operator==(const SshPeer&) const = default;
};

/// An SSH session (RFC 4252 to 4254) by libssh, which never blocks: it is asked to do what it can, says what must be
/// waited for, and is asked again.
///
/// Memory: libssh allocates where no account can see it. A session with one channel holds kBytes besides what OpenSSL
/// has on its account (measured by ssh_memory_test); whoever opens one charges them.
///
/// Errors of all operations: kUnavailable (refused, reset, closed, a host key that is not trusted), kUnauthenticated,
/// kProtocolViolation (no SSH on that port, or nothing in common), kTimeout, kCancelled. Messages are "cannot <what>
/// <host:port>: <why>"; what the server says is cut and quoted.
///
/// Threads: one shard's. Lifetime: not to be destroyed while an operation runs. Closed on destruction, without waiting.
class SshSession {
 public:
  static constexpr std::size_t kBytes = 64 << 10;

  using Note = std::function<void(std::string)>;  ///< of a step that is done; empty: nobody watches
  struct Options {
    SshPeer peer;
    std::shared_ptr<SshKey> key;        ///< SshKey::of(peer.login)
    KnownHosts* known_hosts = nullptr;  ///< outlives the opening
    Note note;
  };

  /// Exchanges keys over a connected socket, checks the host's key, and logs in.
  static boost::asio::awaitable<Result<std::unique_ptr<SshSession>>> open(runtime::Executor executor, OwnedFd socket,
                                                                          Options options, MonoTime deadline);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  /// Connected, and nothing is under way. Answers what the server has asked meanwhile (is somebody there?).
  bool usable();
  /// It is in no state to be used again.
  void spoil() { spoilt_ = true; }
  const std::string& name() const { return name_; }

  // For what is built upon a session: channels and forwarding.

  ssh_session_struct* native() const { return session_; }
  /// Until libssh can go on. `what` is the step, such as "log in to".
  boost::asio::awaitable<Status> wait(MonoTime deadline, std::string what);
  /// Reads what has come, for all channels. False: the connection is lost.
  bool pump();
  /// "cannot <what> <name>: <what libssh or the server says>".
  Error broken(std::string_view what) const;
  /// No wait() from now on: somebody else waits for the descriptor.
  int take_descriptor();

 private:
  SshSession(runtime::Executor executor, std::string name) : executor_(executor), name_(std::move(name)) {}
  Status prepare(OwnedFd socket, const Options& options);
  boost::asio::awaitable<Status> exchange_keys(const Options* options, MonoTime deadline);
  Status check_host(const Options& options) const;
  boost::asio::awaitable<Status> log_in(const Options* options, MonoTime deadline);
  boost::asio::awaitable<Result<int>> answer_prompts(const std::string* password, MonoTime deadline);
  template <class Call>
  boost::asio::awaitable<Result<int>> until_done(Call call, int again, MonoTime deadline, std::string_view what);

  const runtime::Executor executor_;
  const std::string name_;
  ssh_session_struct* session_ = nullptr;
  ssh_event_struct* event_ = nullptr;
  OwnedFd socket_;  ///< what is waited for
  std::optional<FdWait> wait_;
  bool spoilt_ = false;
};

}  // namespace holter::net
