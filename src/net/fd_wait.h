#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/shard.h"

namespace holter::net {

/// Waits for a descriptor that a foreign library owns (libpq, libssh, MariaDB's client...): the library is
/// asked to do what it can, says for what it must wait, and is asked again. Let go of the descriptor (destroy this)
/// before the library closes it. Threads: one shard's.
class FdWait {
 public:
  enum class For : std::uint8_t { kReadable = 1, kWritable = 2, kEither = 3 };

  FdWait(runtime::Executor executor, int fd);
  ~FdWait();
  FdWait(const FdWait&) = delete;
  FdWait& operator=(const FdWait&) = delete;

  int fd() const { return fd_; }
  /// Until the descriptor is ready. Errors: kTimeout "cannot <what>: no answer in time", kCancelled, kIo (a descriptor
  /// that cannot be waited for).
  boost::asio::awaitable<Status> wait(For what_for, MonoTime deadline, std::string what);

 private:
  boost::asio::awaitable<Result<bool>> ready(For what_for, std::string what);

  const int fd_;
  boost::asio::posix::stream_descriptor descriptor_;
};

}  // namespace holter::net
