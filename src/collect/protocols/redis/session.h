#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/shard_objects.h"
#include "collect/ssh_target.h"
#include "collect/stream_probe.h"
#include "net/session_pool.h"
#include "net/stream.h"

namespace holter::collect::redis {

/// One connection to a server, logged in. Threads: one shard's.
class Session {
 public:
  explicit Session(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {}

  /// Asks, and waits for the text of the reply, which is valid until the next question. Errors: those of net::Stream;
  /// kProtocolViolation; kUnauthenticated for a server that wants a (or another) password; kInvalidArgument for any
  /// other error that it replies. After all but the last two the session is not usable any more.
  boost::asio::awaitable<Result<std::string_view>> ask(std::vector<std::string_view> words, MonoTime deadline,
                                                       std::string_view what);
  bool usable() { return !broken_ && stream_->quiet(); }
  net::Stream& stream() { return *stream_; }

 private:
  boost::asio::awaitable<Result<std::string_view>> read_reply(MonoTime deadline, std::string_view what);

  std::unique_ptr<net::Stream> stream_;
  bool broken_ = false;
};

/// Who asks, and how.
struct Login {
  std::string user, password;
  std::shared_ptr<const SshTarget> tunnel;  ///< whose server connects us; null: nobody

  std::size_t bytes() const { return user.capacity() + password.capacity() + (tunnel ? tunnel->bytes() : 0); }
  bool operator==(const Login&) const = default;
};

/// Connects and logs in, noting the steps. Errors: those of open_stream() and Session::ask().
boost::asio::awaitable<Result<std::unique_ptr<Session>>> open_session(Attempt* attempt, const StreamTarget* target,
                                                                      const Login* login, MonoTime deadline);

/// The sessions of a shard.
class Sessions final : public ShardObject {
 public:
  explicit Sessions(const Services& services)
      : pool({.bytes_each = 1024}, services.executor, services.clock, services.answers) {}
  void shrink() override { pool.shrink(); }
  void sweep(SessionReports& reports) override { reports.emplace_back("redis", pool.sweep()); }
  net::SessionPool<Session> pool;
};

}  // namespace holter::collect::redis
