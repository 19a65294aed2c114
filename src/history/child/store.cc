#include "history/child/store.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "memory/resident.h"

namespace holter::history::child {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFormat = 1;
constexpr std::chrono::seconds kReopenEvery{1};
constexpr int kMostMemoryFailures = 3;  // one after the other: then a fresh process helps, a fresh database did not

// Times are milliseconds since 1970 UTC. No keys and indexes: they would live in memory.
constexpr const char* kSchema[] = {
    "CREATE TABLE IF NOT EXISTS format (version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS samples (series UBIGINT NOT NULL, time BIGINT NOT NULL, value DOUBLE NOT NULL)",
    "CREATE TABLE IF NOT EXISTS texts (series UBIGINT NOT NULL, time BIGINT NOT NULL, value VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS rounds (monitor UBIGINT NOT NULL, set VARCHAR NOT NULL, time BIGINT NOT NULL, "
    "duration UINTEGER NOT NULL, code UTINYINT NOT NULL, message VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS series (series UBIGINT NOT NULL, monitor UBIGINT NOT NULL, set VARCHAR NOT NULL, "
    "field VARCHAR NOT NULL, labels VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS files (number BIGINT NOT NULL, name VARCHAR NOT NULL, tbl VARCHAR NOT NULL, "
    "first BIGINT NOT NULL, last BIGINT NOT NULL, bytes BIGINT NOT NULL)",
};

Status make_schema(Connection& connection) {
  for (const auto* sql : kSchema) TRY_OK(connection.run(sql));
  TRY(auto version, connection.number("SELECT max(version) FROM format"));
  if (version == 0) return connection.run(fmt::format("INSERT INTO format VALUES ({})", kFormat));
  if (version == kFormat) return {};
  return Error(ErrorCode::kCorruption,
               fmt::format("cannot use a history of format {}: this program knows {}", version, kFormat));
}

Result<Lock> lock_directory(const std::string& dir) {
  auto path = dir + "/lock";
  Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.fd() < 0) return Error(ErrorCode::kIo, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) == 0) return lock;
  return Error(ErrorCode::kUnavailable, fmt::format("cannot use {}: another process holds its lock", dir));
}

std::uint64_t size_of(const std::string& path) {
  std::error_code absent;
  auto size = fs::file_size(path, absent);
  return absent ? 0 : size;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, const Clock* clock) {
  options.archive.dir = options.dir + "/parquet";
  std::error_code failure;
  for (const auto& dir : {options.archive.dir, options.dir + "/tmp"}) {
    fs::create_directories(dir, failure);
    if (failure) return Error(ErrorCode::kIo, fmt::format("cannot make the directory {}: {}", dir, failure.message()));
  }
  TRY(auto lock, lock_directory(options.dir));
  for (fs::directory_iterator it(options.dir + "/tmp", failure), end; !failure && it != end; it.increment(failure))
    fs::remove_all(it->path(), failure);  // spilled by a process that was killed
  std::unique_ptr<Store> store(new Store(std::move(options), clock));
  store->lock_ = std::move(lock);
  TRY_OK(store->open_database());
  return store;
}

Status Store::open_database() {
  ingest_.reset();
  connection_.reset();
  database_.reset();
  last_open_ = clock_->mono();
  const std::pair<const char*, std::string> settings[] = {
      {"memory_limit", fmt::format("{}KiB", options_.engine_memory / 1024)},
      {"threads", "1"},
      {"temp_directory", options_.dir + "/tmp"},
      {"preserve_insertion_order", "false"},  // sorting and copying need less memory
      {"checkpoint_threshold", "8MiB"},
      {"allocator_background_threads", "false"},  // ours give memory back at once
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"enable_external_file_cache", "false"},
      // What users may ask (sql.h) shall not fill the disk by sorting, nor nest so deeply that binding it takes long:
      // 500 calls within each other take four seconds, which nothing can interrupt.
      {"max_temp_directory_size", "1GiB"},
      {"max_expression_depth", "100"},
  };
  TRY(database_, Database::open(options_.dir + "/history.duckdb", settings));
  TRY(connection_, database_->connect());
  TRY_OK(confine());
  TRY_OK(make_schema(*connection_));
  ingest_ = std::make_unique<Ingest>(connection_.get());
  TRY_OK(ingest_->load());
  TRY_OK(archive_.open(connection_.get()));
  broken_ = false;
  return {};
}

/// From here on this database reaches nothing but its own directory: no other file, no network, no extension, and no
/// statement can change that.
Status Store::confine() {
  TRY_OK(connection_->run(fmt::format("SET allowed_directories=[{}]", sql_text(options_.dir + "/"))));
  for (const auto* sql : {"SET TimeZone='UTC'", "SET enable_external_access=false", "SET lock_configuration=true"})
    TRY_OK(connection_->run(sql));
  return {};
}

/// Opens the database anew if it has broken and it is time to try.
Status Store::usable() {
  if (!broken_) return {};
  if (clock_->mono() >= last_open_ + kReopenEvery) {
    auto opened = open_database();
    if (opened) return {};
    broken_why_ = opened.error().message();
  }
  return Error(ErrorCode::kIo, broken_why_);
}

/// After a failed write DuckDB may refuse everything that follows, and one that failed for want of memory was seen to
/// leave the tables in memory damaged. What is on disk is whole: start from there.
void Store::give_up(const Error& error) {
  broken_ = true;
  broken_why_ = error.message();
}

void Store::batch_failed(const Error& error) {
  give_up(error);
  memory_failures_ = error.code() == ErrorCode::kResourceExhausted ? memory_failures_ + 1 : 0;
}

void Store::fail_batch(const Error& error) {
  batch_open_ = true;
  if (!batch_error_.empty()) return;
  batch_error_ = error.message();
  if (!broken_) ingest_->rollback();
}

void Store::add(const batch::Batch& batch) {
  batch_open_ = true;
  if (!batch_error_.empty()) return;
  if (auto status = usable(); !status) return fail_batch(status.error());
  auto added = ingest_->add(batch);
  if (added) return;
  fail_batch(added.error());
  batch_failed(added.error());
}

wire::Ack Store::commit() {
  wire::Ack ack;
  if (batch_open_ && batch_error_.empty()) {
    auto kept = ingest_->commit();
    if (kept) {
      ack = std::move(*kept);
      memory_failures_ = 0;
      archive_.note_rows(std::max(ack.samples, ack.rounds));
    } else {
      fail_batch(kept.error());
      batch_failed(kept.error());
    }
  }
  ack.error = std::exchange(batch_error_, {});
  batch_open_ = false;
  return ack;
}

Result<std::vector<SeriesBuckets>> Store::query(const RangeQuery& query, MonoTime deadline) {
  TRY_OK(usable());
  return search_range(*connection_, archive_, query, deadline, *clock_);
}

Result<std::vector<RoundBucket>> Store::query(const RoundsQuery& query, MonoTime deadline) {
  TRY_OK(usable());
  return search_rounds(*connection_, archive_, query, deadline, *clock_);
}

Result<std::vector<MonitorHeartbeats>> Store::query(const HeartbeatsQuery& query, MonoTime deadline) {
  TRY_OK(usable());
  return search_heartbeats(*connection_, archive_, query, deadline, *clock_);
}

Result<std::vector<RecordedRound>> Store::query(const RoundListQuery& query, MonoTime deadline) {
  TRY_OK(usable());
  return list_rounds(*connection_, archive_, query, deadline, *clock_);
}

Result<SqlTable> Store::query(const SqlQuery& query, MonoTime deadline) {
  TRY_OK(usable());
  return search_sql(*database_, archive_, query, deadline, *clock_);
}

void Store::tick() {
  if (!usable()) return;  // stats() has the reason
  if (auto status = archive_.tick(); !status) archive_error_ = status.error().message();
}

void Store::step() {
  auto status = archive_.step();
  if (!status) {
    archive_error_ = status.error().message();
    give_up(status.error());
  } else if (!archive_.busy()) {
    archive_error_.clear();
  }
}

Status Store::health() const {
  if (memory_failures_ < kMostMemoryFailures) return {};
  return Error(
      ErrorCode::kResourceExhausted,
      fmt::format("cannot go on after {} writes that failed for want of memory: {}", memory_failures_, broken_why_));
}

Status Store::flush() {
  TRY_OK(usable());
  return connection_->run("CHECKPOINT");
}

wire::ChildStats Store::stats() const {
  wire::ChildStats stats;
  if (auto memory = memory::resident_set()) {
    stats.resident = memory->resident;
    stats.peak = memory->peak;
  }
  auto database = options_.dir + "/history.duckdb";
  stats.file_bytes = size_of(database) + size_of(database + ".wal");
  stats.file_bytes += archive_.file_bytes();
  stats.files = archive_.file_count();
  if (ingest_) stats.series = ingest_->known_series();
  stats.error = broken_ ? broken_why_ : archive_error_;
  return stats;
}

}  // namespace holter::history::child
