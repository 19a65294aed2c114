#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/protocols/jdbc/rows.h"
#include "collect/protocols/jdbc/target.h"
#include "net/owned_fd.h"
#include "net/resolver.h"

namespace holter::runtime {
class BlockingPool;
}

namespace holter::collect::jdbc {

/// A logged-in session of a database, in which nothing can be written. Threads: one shard's. Used by one attempt at a
/// time; a query that was cut off leaves it unusable.
class SqlSession {
 public:
  virtual ~SqlSession() = default;
  /// Open, with nothing under way, as far as can be told without asking the server.
  virtual bool usable() const = 0;
  /// Runs one statement and hands its rows on. Errors: kInvalidArgument (the server refused the statement: its words),
  /// kUnavailable (the session broke), kTimeout, kTooLarge, kProtocolViolation, kResourceExhausted, kCancelled; those
  /// of Rows.
  virtual boost::asio::awaitable<Status> query(Attempt* attempt, const std::string* sql, Rows* rows) = 0;
};

using OpenedSession = Result<std::unique_ptr<SqlSession>>;

/// Where a session's server is: addresses to be tried, or a connection that a tunnel has made to it.
struct Reach {
  std::vector<net::IpAddress> addresses;
  net::OwnedFd tunnel;  ///< when there is one, the addresses are none
};

// Each connects by way of `reach`, logs in and makes the session read-only, until the attempt's deadline. `target`
// and `attempt` must outlive the call. Errors: kNotFound (cannot be reached; PostgreSQL's family), kUnavailable
// (refused, reset, TLS), kUnauthenticated, kTimeout with the step that waited, kInvalidArgument, kResourceExhausted,
// kCancelled.
boost::asio::awaitable<OpenedSession> open_postgresql(Attempt* attempt, const Target* target, Reach reach);
// With TLS on `threads`, which must outlive the shard's tasks: MariaDB's library blocks in the handshake.
boost::asio::awaitable<OpenedSession> open_mysql(Attempt* attempt, const Target* target, Reach reach,
                                                 runtime::BlockingPool* threads);
/// Connects through unixODBC with the driver that `target` names, on `threads`: drivers block. A call that a driver
/// does not end holds its thread after the deadline; when all are held, further calls wait, and some day are refused.
/// Errors: as above, and kInvalidArgument when there is no such driver, or a library of it is missing. `threads` must
/// outlive the session.
boost::asio::awaitable<OpenedSession> open_odbc(Attempt* attempt, const Target* target, runtime::BlockingPool* threads);

/// Bytes that an idle or running session holds in its library (measured by memory_test).
constexpr std::size_t kPostgresqlBytes = 72 << 10;
constexpr std::size_t kMysqlBytes = 320 << 10;
constexpr std::size_t kOdbcBytes = 512 << 10;  ///< a guess: drivers tell nobody

/// Of the time that is left, the part of one of `addresses` that are still to be tried.
MonoTime part_of_time(MonoTime now, MonoTime deadline, std::size_t addresses_left);

}  // namespace holter::collect::jdbc
