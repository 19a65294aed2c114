#pragma once

#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/clock.h"
#include "batch/batch.h"
#include "history/child/archive.h"
#include "history/child/duck.h"
#include "history/child/ingest.h"
#include "history/child/search.h"
#include "history/child/sql.h"
#include "history/wire/message.h"

namespace holter::history::child {

struct StoreOptions {
  std::string dir;                         ///< made if absent; all files are in it
  std::uint64_t engine_memory = 32 << 20;  ///< DuckDB's memory_limit
  ArchiveOptions archive;                  ///< its dir is set by the store
};

/// An open file whose lock ends with it.
class Lock {
 public:
  explicit Lock(int fd = -1) : fd_(fd) {}
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Lock& operator=(Lock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Lock() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// The history on disk: a DuckDB file with what is new, Parquet files with what is older.
///
/// A failed write can make DuckDB give up its database until it is opened anew. The store does that itself, at most
/// once a second, and until it succeeds every call gives the reason. Threads: one. Lifetime: the clock must outlive it.
class Store {
 public:
  /// Errors: kIo (directory or database cannot be used), kUnavailable (another process uses them), kCorruption (written
  /// by a newer version).
  static Result<std::unique_ptr<Store>> open(StoreOptions options, const Clock* clock);

  /// Adds tables of a batch, which commit() ends. After an error nothing of the batch is kept; the rest of it may still
  /// be added and is ignored.
  void add(const batch::Batch& batch);
  void fail_batch(const Error& error);  ///< as add() after an error
  /// What of the batch is on disk now; `error` says why not all of it.
  wire::Ack commit();
  bool batch_open() const { return batch_open_; }

  Result<std::vector<SeriesBuckets>> query(const RangeQuery& query, MonoTime deadline);
  Result<std::vector<RoundBucket>> query(const RoundsQuery& query, MonoTime deadline);
  Result<std::vector<MonitorHeartbeats>> query(const HeartbeatsQuery& query, MonoTime deadline);
  Result<std::vector<RecordedRound>> query(const RoundListQuery& query, MonoTime deadline);
  Result<SqlTable> query(const SqlQuery& query, MonoTime deadline);  ///< sql.h

  /// Periodic work; call about once a second. Errors are kept for stats().
  void tick();
  /// True while there is background work; step() does some of it, up to seconds. Not within a batch.
  bool busy() const { return !broken_ && archive_.busy(); }
  void step();

  /// Not good when only a new process can help: memory has failed again and again. Errors: kResourceExhausted.
  Status health() const;

  /// Writes the log into the database file, so that the next start is quick. Errors: kIo, kResourceExhausted.
  Status flush();

  wire::ChildStats stats() const;

 private:
  Store(StoreOptions options, const Clock* clock)
      : options_(std::move(options)), clock_(clock), archive_(clock, options_.archive) {}
  Status open_database();
  Status confine();
  Status usable();
  void give_up(const Error& error);
  void batch_failed(const Error& error);

  StoreOptions options_;
  const Clock* clock_;
  Lock lock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Ingest> ingest_;
  Archive archive_;
  bool batch_open_ = false;
  std::string batch_error_;
  bool broken_ = true;  ///< must be opened (anew)
  std::string broken_why_, archive_error_;
  int memory_failures_ = 0;
  MonoTime last_open_{};
};

}  // namespace holter::history::child
