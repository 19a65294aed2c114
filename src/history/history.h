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
#include "memory/account.h"
#include "pipeline/pipeline.h"
#include "runtime/shard.h"

namespace holter::history {

struct Options {
  std::string program;   ///< path of holter-history
  std::string data_dir;  ///< the child keeps its files in <data_dir>/history
  std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
  std::uint64_t engine_memory = 48ULL << 20;  ///< DuckDB's memory_limit
  std::uint64_t data_limit = 0;               ///< RLIMIT_DATA of the child; 0: derived from engine_memory
  std::chrono::milliseconds restart_least{200}, restart_most{30'000};  ///< back-off between restarts
};

struct RangeQuery {
  std::vector<SeriesId> series;  ///< at most 64
  std::int64_t from_ms = 0;      ///< inclusive
  std::int64_t to_ms = 0;        ///< exclusive
  std::int64_t step_ms = 0;      ///< bucket width, at least 1; at most 11,000 buckets per series
};
/// One bucket that has samples. Buckets begin at multiples of step_ms since 1970.
struct Bucket {
  std::int64_t start_ms = 0;
  double min = 0, max = 0, avg = 0;
  std::uint64_t count = 0;
};
struct SeriesBuckets {
  SeriesId series;
  std::vector<Bucket> buckets;  ///< sorted by start_ms
};

/// One recorded round, for availability over time.
struct RoundBucket {
  std::int64_t start_ms = 0;
  std::uint64_t total = 0, failed = 0;
  double avg_duration_ms = 0;
};

struct Stats {
  bool running = false;
  int pid = 0;
  std::uint64_t restarts = 0;
  std::uint64_t samples_sent = 0, samples_kept = 0;  ///< kept: acknowledged by the child
  std::uint64_t samples_lost = 0;                    ///< dropped while the child was away or too slow
  std::uint64_t queries = 0, queries_failed = 0;
  std::uint64_t child_resident = 0, child_peak = 0;  ///< bytes
  std::uint64_t file_bytes = 0;                      ///< on disk, as last told by the child
  std::string last_error;                            ///< why the child died or refused, empty if it never did
};

/// The main process's end of history: starts and supervises the child, feeds it batches, asks it for ranges.
/// The main process never waits for the child: what its subscription cannot hold is dropped and counted.
///
/// Threads: the executor's, except stats(). Lifetime: close() before destruction.
class Client {
 public:
  Client(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account,
         pipeline::Subscription& batches);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts the child and the tasks that feed and watch it. Errors: kIo when the program or the data directory cannot
  /// be used (the first start must succeed; later deaths are handled by restarting).
  boost::asio::awaitable<Status> start();

  /// Downsampled history. Errors: kUnavailable (no child at the moment), kTimeout, kInvalidArgument (limits above),
  /// kResourceExhausted (the engine's memory limit).
  boost::asio::awaitable<Result<std::vector<SeriesBuckets>>> query(RangeQuery query, MonoTime deadline);
  boost::asio::awaitable<Result<std::vector<RoundBucket>>> query_rounds(MonitorId monitor, std::int64_t from_ms,
                                                                        std::int64_t to_ms, std::int64_t step_ms,
                                                                        MonoTime deadline);

  /// Sends what is queued, lets the child write and end, at most until `deadline`; then kills it.
  boost::asio::awaitable<void> close(MonoTime deadline);

  Stats stats() const;  ///< any thread

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::history
