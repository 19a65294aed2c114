#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <duckdb.h>

#include "base/clock.h"
#include "base/result.h"

// The C API of DuckDB as values that clean up after themselves. Threads: one, the child's.
namespace holter::history::child {

/// A materialised result. Chunks are handed out once.
class Rows {
 public:
  explicit Rows(duckdb_result result) : result_(result) {}
  Rows(Rows&& other) noexcept : result_(std::exchange(other.result_, {})) {}
  Rows& operator=(Rows&& other) noexcept;
  ~Rows() { duckdb_destroy_result(&result_); }

  /// Calls f(chunk, rows) for every chunk; read columns with column<T>().
  template <class F>
  void each_chunk(F f) {
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_)) {
      f(chunk, static_cast<std::size_t>(duckdb_data_chunk_get_size(chunk)));
      duckdb_destroy_data_chunk(&chunk);
    }
  }
  template <class T>
  static const T* column(duckdb_data_chunk chunk, idx_t index) {
    return static_cast<const T*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, index)));
  }
  static bool is_null(duckdb_data_chunk chunk, idx_t index, std::size_t row);
  static std::string text(duckdb_data_chunk chunk, idx_t index, std::size_t row);

 private:
  duckdb_result result_;
};

/// A statement that runs in small steps, so that its connection's owner can do other work between them.
/// Lifetime: its connection must outlive it.
class Pending {
 public:
  static Result<std::unique_ptr<Pending>> start(duckdb_connection connection, const std::string& sql);
  ~Pending();
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  /// Some milliseconds of work. True when only finish() is left to do.
  Result<bool> step();
  Result<Rows> finish();

 private:
  Pending() = default;
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_pending_result pending_ = nullptr;
};

/// One connection: one transaction at a time.
class Connection {
 public:
  explicit Connection(duckdb_connection connection) : connection_(connection) {}
  ~Connection() { duckdb_disconnect(&connection_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Errors: kResourceExhausted (DuckDB's memory limit), kIo (its files; also a database that has given up after a
  /// failed write and must be opened anew), kInternal.
  Status run(const std::string& sql);
  Result<Rows> query(const std::string& sql);
  /// Stops at `deadline`: kTimeout.
  Result<Rows> query(const std::string& sql, MonoTime deadline, const Clock& clock);
  /// First cell of the first row; 0 when null or absent.
  Result<std::int64_t> number(const std::string& sql);

  duckdb_connection get() const { return connection_; }

 private:
  duckdb_connection connection_;
};

class Database {
 public:
  /// Opens or creates the file. Errors: kIo with DuckDB's reason.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                std::span<const std::pair<const char*, std::string>> settings);
  ~Database() { duckdb_close(&database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<std::unique_ptr<Connection>> connect();

 private:
  Database() = default;
  duckdb_database database_ = nullptr;
};

/// Our error for one of DuckDB's.
Error duck_error(duckdb_error_type type, const char* message, std::string_view what);

/// 'text' with quotes doubled, for SQL.
std::string sql_text(std::string_view text);

}  // namespace holter::history::child
