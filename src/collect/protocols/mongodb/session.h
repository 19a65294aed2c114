#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/protocols/mongodb/bson.h"
#include "collect/protocols/mongodb/scram.h"
#include "collect/shard_objects.h"
#include "collect/stream_probe.h"
#include "net/session_pool.h"
#include "net/stream.h"
#include "runtime/blocking_pool.h"

namespace holter::collect::mongodb {

/// One connection to a server, logged in. Threads: one shard's.
class Session {
 public:
  explicit Session(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {}

  /// Runs a command; the document that answers it is valid until the next one. Errors: those of net::Stream;
  /// kProtocolViolation; kUnauthenticated when the server wants a (or another) login, or more rights; kNotFound for a
  /// command that it does not know; kInvalidArgument for any other error that it replies. After the last three the
  /// session is still usable.
  boost::asio::awaitable<Result<std::string_view>> command(BsonWriter command, MonoTime deadline,
                                                           std::string_view what);
  bool usable() { return !broken_ && stream_->quiet(); }
  net::Stream& stream() { return *stream_; }

 private:
  boost::asio::awaitable<Result<std::string_view>> read_reply(MonoTime deadline, std::string_view what);
  Error in_step(Error error, std::string_view what) const;

  std::unique_ptr<net::Stream> stream_;
  std::int32_t request_ = 0;
  bool broken_ = false;
};

/// Who asks; without a user nobody logs in.
struct Login {
  std::string user, password, database;
};

/// Connects and logs in, noting the steps. Errors: those of open_stream() and Session::command(). `threads` compute
/// the proof of the password.
boost::asio::awaitable<Result<std::unique_ptr<Session>>> open_session(Attempt* attempt, const StreamTarget* target,
                                                                      const Login* login, MonoTime deadline,
                                                                      runtime::BlockingPool* threads);

/// The sessions of a shard.
class Sessions final : public ShardObject {
 public:
  explicit Sessions(const Services& services)
      : pool({.bytes_each = 1024, .max_per_target = 4}, services.executor, services.clock, services.answers) {}
  void shrink() override { pool.shrink(); }
  void sweep(SessionReports& reports) override { reports.emplace_back("mongodb", pool.sweep()); }
  /// Made when the first one logs in.
  runtime::BlockingPool& threads() {
    if (!threads_) threads_ = std::make_unique<runtime::BlockingPool>(kThreads, kMostWaiting);
    return *threads_;
  }
  net::SessionPool<Session> pool;

 private:
  static constexpr std::size_t kThreads = 1, kMostWaiting = 256;
  std::unique_ptr<runtime::BlockingPool> threads_;
};

}  // namespace holter::collect::mongodb
