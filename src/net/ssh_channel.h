#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/ssh_session.h"

namespace holter::net {

/// A channel of kind "session" (RFC 4254, 6): a command, or a subsystem that is spoken to. One at a time on a session;
/// what goes wrong spoils the session. Errors: those of SshSession. Threads: one shard's. Lifetime: the session
/// outlives it.
class SshChannel {
 public:
  /// Opens the channel and runs `command`, or starts the subsystem of that name. kInvalidArgument: the server does not
  /// do it.
  enum class Kind : std::uint8_t { kCommand, kSubsystem };
  static boost::asio::awaitable<Result<std::unique_ptr<SshChannel>>> open(SshSession* session, Kind kind,
                                                                          const std::string* what, MonoTime deadline);
  ~SshChannel();
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  boost::asio::awaitable<Status> write(std::string_view bytes, MonoTime deadline, std::string_view what);
  /// Exactly `count` bytes into `buffer`. kUnavailable when the channel ends before.
  boost::asio::awaitable<Status> read_exact(char* buffer, std::size_t count, MonoTime deadline, std::string_view what);

  /// All has been said: the channel is closed when this goes, and its session can be used again.
  void finish() { done_ = true; }

  /// What a command left behind.
  struct Output {
    std::string out, error;  ///< `error` is cut to kMostError
    int exit_status = -1;    ///< -1: it said none (ended by a signal, or an old device)
    memory::Reservation charged;
  };
  static constexpr std::size_t kMostOutput = 4 << 20;
  static constexpr std::size_t kMostError = 64 << 10;
  /// Reads until the command has ended; closes its input at once. At the deadline it is told to end (SIGTERM). Charged
  /// to `account`, and to `reserve` (may be null) once that refuses. Errors: also kTooLarge for more than kMostOutput,
  /// kResourceExhausted.
  boost::asio::awaitable<Result<Output>> read_output(memory::Account* account, memory::Account* reserve,
                                                     MonoTime deadline);

 private:
  struct Native;
  SshChannel(SshSession* session, std::unique_ptr<Native> native);
  boost::asio::awaitable<Result<bool>> take_some(Output* output, class ChargedText* text);

  SshSession* const session_;
  std::unique_ptr<Native> native_;
  bool done_ = false;  ///< came to its end, so the session can be used again
};

}  // namespace holter::net
