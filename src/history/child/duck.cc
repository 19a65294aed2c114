#include "history/child/duck.h"

#include <fmt/format.h>

#include "base/units.h"

namespace holter::history::child {

Error duck_error(duckdb_error_type type, const char* message, std::string_view what) {
  std::string_view text = message == nullptr ? "no reason given" : message;
  auto code = ErrorCode::kInternal;
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      code = ErrorCode::kResourceExhausted;
      break;
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_TRANSACTION:
    case DUCKDB_ERROR_CONNECTION:
      code = ErrorCode::kIo;
      break;
    case DUCKDB_ERROR_INTERRUPT:
      code = ErrorCode::kTimeout;
      break;
    default:
      break;
  }
  // std::bad_alloc below DuckDB's own accounting arrives as a text without a type.
  if (text.find("Out of Memory") != text.npos || text.find("bad_alloc") != text.npos ||
      text.find("llocation failure") != text.npos)
    code = ErrorCode::kResourceExhausted;
  else if (text.find("No space left") != text.npos || text.find("could not write") != text.npos ||
           text.find("IO Error") != text.npos)
    code = ErrorCode::kIo;
  return {code, fmt::format("cannot {}: {}", what, excerpt(text, 600))};
}

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out += '\'';
}

Rows& Rows::operator=(Rows&& other) noexcept {
  std::swap(result_, other.result_);
  return *this;
}

bool Rows::is_null(duckdb_data_chunk chunk, idx_t index, std::size_t row) {
  auto* validity = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk, index));
  return validity != nullptr && !duckdb_validity_row_is_valid(validity, row);
}

std::string Rows::text(duckdb_data_chunk chunk, idx_t index, std::size_t row) {
  auto value = column<duckdb_string_t>(chunk, index)[row];
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

Result<std::unique_ptr<Pending>> Pending::start(duckdb_connection connection, const std::string& sql) {
  std::unique_ptr<Pending> pending(new Pending);
  auto what = "prepare " + excerpt(sql, 60);
  if (duckdb_prepare(connection, sql.c_str(), &pending->statement_) != DuckDBSuccess)
    return duck_error(DUCKDB_ERROR_INVALID, duckdb_prepare_error(pending->statement_), what);
  if (duckdb_pending_prepared(pending->statement_, &pending->pending_) != DuckDBSuccess)
    return duck_error(DUCKDB_ERROR_INVALID, duckdb_pending_error(pending->pending_), what);
  return pending;
}

Pending::~Pending() {
  duckdb_destroy_pending(&pending_);
  duckdb_destroy_prepare(&statement_);
}

Result<bool> Pending::step() {
  auto state = duckdb_pending_execute_task(pending_);
  if (state == DUCKDB_PENDING_ERROR)
    return duck_error(DUCKDB_ERROR_INVALID, duckdb_pending_error(pending_), "run a statement");
  return duckdb_pending_execution_is_finished(state);
}

Result<Rows> Pending::finish() {
  duckdb_result result{};
  auto ok = duckdb_execute_pending(pending_, &result) == DuckDBSuccess;
  Rows rows(result);
  if (!ok) return duck_error(duckdb_result_error_type(&result), duckdb_result_error(&result), "run a statement");
  return rows;
}

Result<Rows> Connection::query(const std::string& sql) {
  duckdb_result result{};
  auto ok = duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess;
  Rows rows(result);
  if (!ok)
    return duck_error(duckdb_result_error_type(&result), duckdb_result_error(&result), "run " + excerpt(sql, 60));
  return rows;
}

Status Connection::run(const std::string& sql) {
  auto rows = query(sql);
  if (!rows) return std::move(rows).error();
  return {};
}

Result<Rows> Connection::query(const std::string& sql, MonoTime deadline, const Clock& clock) {
  TRY(auto pending, Pending::start(connection_, sql));
  for (;;) {
    if (clock.mono() >= deadline) {
      duckdb_interrupt(connection_);
      return Error(ErrorCode::kTimeout, "cannot answer a query: the time was over before the search");
    }
    TRY(bool finished, pending->step());
    if (finished) return pending->finish();
  }
}

Result<std::int64_t> Connection::number(const std::string& sql) {
  TRY(auto rows, query(sql));
  std::int64_t value = 0;
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    if (count > 0 && !Rows::is_null(chunk, 0, 0)) value = Rows::column<std::int64_t>(chunk, 0)[0];
  });
  return value;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 std::span<const std::pair<const char*, std::string>> settings) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess)
    return Error(ErrorCode::kResourceExhausted, "cannot make a configuration of DuckDB");
  struct Guard {
    duckdb_config* config;
    ~Guard() { duckdb_destroy_config(config); }
  } guard{&config};
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess)
      return Error(ErrorCode::kInternal, fmt::format("cannot set {} of DuckDB to {}", name, value));
  std::unique_ptr<Database> database(new Database);
  char* reason = nullptr;
  if (duckdb_open_ext(path.c_str(), &database->database_, config, &reason) != DuckDBSuccess) {
    Error error(ErrorCode::kIo, fmt::format("cannot open {}: {}", path, excerpt(reason == nullptr ? "" : reason, 600)));
    duckdb_free(reason);
    return error;
  }
  return database;
}

Result<std::unique_ptr<Connection>> Database::connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database_, &connection) != DuckDBSuccess)
    return Error(ErrorCode::kInternal, "cannot connect to the history database");
  return std::make_unique<Connection>(connection);
}

}  // namespace holter::history::child
