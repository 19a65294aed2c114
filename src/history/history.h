#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "history/wire/query.h"
#include "history/wire/sql.h"
#include "memory/account.h"
#include "pipeline/pipeline.h"
#include "runtime/shard.h"

namespace holter::history {

struct Options {
  std::string program;   ///< path of holter-history
  std::string data_dir;  ///< the child keeps its files in <data_dir>/history
  std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
  std::uint64_t engine_memory = 32ULL << 20;  ///< DuckDB's memory_limit
  std::uint64_t data_limit = 0;               ///< RLIMIT_DATA of the child; 0: derived from engine_memory
  std::chrono::milliseconds restart_least{200}, restart_most{30'000};  ///< back-off between restarts
  /// How long batches are gathered for one commit. History may lose the last 5 s: 1 s in the shards' builders, and
  /// this.
  std::chrono::milliseconds gather{3'000};
  std::chrono::milliseconds hang_limit{90'000};                   ///< a child that owes an answer for so long is killed
  std::chrono::milliseconds file_every{std::chrono::hours(1)};    ///< one Parquet file per table and such a period
  std::chrono::milliseconds file_after{std::chrono::minutes(5)};  ///< how long a period waits for late rows
};

struct Stats {
  bool running = false;
  int pid = 0;
  std::uint64_t restarts = 0;
  /// sent = kept + lost + in flight. Sent: taken from the subscription. Kept: acknowledged, on disk. Lost: sent, and
  /// not acknowledged (the child died, refused, or had no disk; bad time or value).
  std::uint64_t samples_sent = 0, samples_kept = 0, samples_lost = 0;
  std::uint64_t rows_rejected = 0;  ///< of all tables: a time outside of 1970..2200, a value that is not finite
  std::uint64_t rows_dropped = 0;   ///< of all tables, never sent: the subscription was full, child away or too slow
  std::uint64_t queries = 0, queries_failed = 0;
  std::uint64_t child_resident = 0, child_peak = 0;  ///< bytes
  std::uint64_t file_bytes = 0, files = 0;           ///< on disk, as last told by the child; files: Parquet
  std::string last_error;                            ///< why the child died or refused, empty if it never did
};

/// The main process's end of history: starts and supervises the child, feeds it batches, asks it for ranges.
/// The main process never waits for the child. About 1 MiB is in flight; what follows stays in the subscription, also
/// while the child is away, and what that cannot hold is dropped and counted there.
///
/// Threads: the executor's, which must be the subscription's too; except stats(). Lifetime: close() before destruction.
class Client {
 public:
  Client(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account,
         pipeline::Subscription& batches);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts the child and the tasks that feed and watch it; may wait 20 s for the database. Errors: kIo when the
  /// program or the data directory cannot be used (the first start must succeed; later deaths are handled by
  /// restarting).
  boost::asio::awaitable<Status> start();

  /// Downsampled history, one element per series asked for, in that order. Errors: kUnavailable (no child at the
  /// moment, or it died), kTimeout, kInvalidArgument (limits in wire/query.h), kResourceExhausted (the engine's memory
  /// limit, an answer over 4 MiB, 16 queries waiting already).
  boost::asio::awaitable<Result<std::vector<SeriesBuckets>>> query(RangeQuery query, MonoTime deadline);
  /// All sets of the monitor together; buckets without rounds are absent. Errors: as above.
  boost::asio::awaitable<Result<std::vector<RoundBucket>>> query_rounds(MonitorId monitor, std::int64_t from_ms,
                                                                        std::int64_t to_ms, std::int64_t step_ms,
                                                                        MonoTime deadline);

  /// One element per monitor asked for, in that order. Errors: as above.
  boost::asio::awaitable<Result<std::vector<MonitorHeartbeats>>> query_heartbeats(HeartbeatsQuery query,
                                                                                  MonoTime deadline);
  /// Single rounds, newest first. Errors: as above.
  boost::asio::awaitable<Result<std::vector<RecordedRound>>> list_rounds(RoundListQuery query, MonoTime deadline);
  /// One SELECT of docs/history-sql.md. Errors: kInvalidArgument (limits in wire/sql.h, also for more than kMaxSqlRows
  /// rows or 4 MiB; not one SELECT; anything it may not do; what the engine says of it, in several lines, with the
  /// place), kTimeout, kResourceExhausted (the engine's memory limit, 16 queries waiting already), kUnavailable.
  boost::asio::awaitable<Result<SqlTable>> query_sql(SqlQuery query, MonoTime deadline);

  /// Sends what is queued, lets the child write and end, at most until `deadline`; then kills it.
  boost::asio::awaitable<void> close(MonoTime deadline);

  /// Goes on where there was no memory even to supervise the child: a new child is started. Cheap; to be called now and
  /// then, on the executor.
  void revive();

  Stats stats() const;  ///< any thread

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::history
