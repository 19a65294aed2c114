#include "history/child/sql.h"

#include <new>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "history/child/sql_column.h"
#include "history/child/sql_scan.h"
#include "history/child/sql_views.h"
#include "history/child/watchdog.h"
#include "history/wire/sql_message.h"

namespace holter::history::child {
namespace {

/// Lines stay lines: the engine shows the place with a line of the query and a mark below it.
std::string readable(std::string_view text) {
  constexpr std::size_t kLongestLine = 400, kMostLines = 5;
  text = text.substr(0, text.find("\n\nPossible solutions"));  // settings that a user has no way to change
  std::string out;
  for (std::size_t lines = 0; !text.empty() && lines < kMostLines;) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    if (lines++ > 0) out += '\n';
    out += excerpt(line, kLongestLine);
  }
  return out;
}

/// What the engine says about a user's statement is the user's fault unless it is one of few things.
Error sql_error(duckdb_error_type type, const char* message) {
  std::string_view text = message == nullptr ? "no reason given" : message;
  auto code = duck_error(type, message, "run the query").code();
  if (code == ErrorCode::kInternal && !text.starts_with("INTERNAL Error")) code = ErrorCode::kInvalidArgument;
  return {code, "cannot run the query: " + readable(text)};
}

/// The user's statement. Lifetime: its connection must outlive it.
class Statement {
 public:
  Statement() = default;
  ~Statement() {
    duckdb_destroy_result(&result_);
    duckdb_destroy_pending(&pending_);
    duckdb_destroy_prepare(&statement_);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Status prepare(duckdb_connection connection, const std::string& text);
  /// The table's columns; errors also for more than kMaxSqlColumns.
  Status describe(SqlTable& table);
  /// Adds the rows, as they come: no more of them are held than the table has.
  Status run(SqlTable& table);

 private:
  Status add(SqlTable& table, duckdb_data_chunk chunk);

  duckdb_prepared_statement statement_ = nullptr;
  duckdb_pending_result pending_ = nullptr;
  duckdb_result result_{};
  std::vector<SqlColumn> columns_;
  wire::SqlAnswerSize size_;
};

Status Statement::prepare(duckdb_connection connection, const std::string& text) {
  if (duckdb_prepare(connection, text.c_str(), &statement_) != DuckDBSuccess)
    return sql_error(DUCKDB_ERROR_INVALID, duckdb_prepare_error(statement_));
  // The scan has seen to it already.
  if (duckdb_prepared_statement_type(statement_) != DUCKDB_STATEMENT_TYPE_SELECT)
    return Error(ErrorCode::kInvalidArgument, "cannot run the query: only one SELECT is allowed");
  if (duckdb_nparams(statement_) > 0)
    return Error(ErrorCode::kInvalidArgument, "cannot run the query: it has parameters, and nobody gives them values");
  return {};
}

Status Statement::describe(SqlTable& table) {
  auto count = duckdb_prepared_statement_column_count(statement_);
  if (count > kMaxSqlColumns)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot answer with {} columns: the limit is {}", count, kMaxSqlColumns));
  for (idx_t i = 0; i < count; ++i) {
    TRY(auto column, SqlColumn::of(statement_, i));
    TRY_OK(size_.add_column(column.name));
    table.columns.push_back(column.name);
    table.numeric.push_back(column.numeric());
    columns_.push_back(std::move(column));
  }
  return {};
}

Status Statement::run(SqlTable& table) {
  if (duckdb_pending_prepared_streaming(statement_, &pending_) != DuckDBSuccess)
    return sql_error(DUCKDB_ERROR_INVALID, duckdb_pending_error(pending_));
  if (duckdb_execute_pending(pending_, &result_) != DuckDBSuccess)
    return sql_error(duckdb_result_error_type(&result_), duckdb_result_error(&result_));
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_)) {
    auto status = add(table, chunk);
    duckdb_destroy_data_chunk(&chunk);
    TRY_OK(std::move(status));
  }
  // No chunk: the end, or a failure.
  const char* failure = duckdb_result_error(&result_);
  if (failure != nullptr && *failure != '\0') return sql_error(duckdb_result_error_type(&result_), failure);
  return {};
}

Status Statement::add(SqlTable& table, duckdb_data_chunk chunk) {
  auto count = duckdb_data_chunk_get_size(chunk);
  if (table.rows.size() + count > kMaxSqlRows)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot answer with more than {} rows: group them, or add a condition or a LIMIT", kMaxSqlRows));
  std::vector<duckdb_vector> vectors;
  for (idx_t i = 0; i < columns_.size(); ++i) vectors.push_back(duckdb_data_chunk_get_vector(chunk, i));
  for (idx_t row = 0; row < count; ++row) {
    auto& cells = table.rows.emplace_back();
    cells.reserve(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      cells.push_back(columns_[i].cell(vectors[i], row));
      TRY_OK(size_.add(cells.back()));
    }
  }
  return {};
}

Result<SqlTable> answer(Connection& connection, const Archive& archive, const SqlQuery& query) {
  TRY(auto calls, scan_sql(connection, query.text));
  TRY_OK(make_views(connection, archive, calls, query.now_ms));
  TRY_OK(connection.run("BEGIN TRANSACTION READ ONLY"));  // ends with the connection
  SqlTable table;
  Statement statement;
  TRY_OK(statement.prepare(connection.get(), query.text));
  TRY_OK(statement.describe(table));
  if (!query.check_only) TRY_OK(statement.run(table));
  return table;
}

}  // namespace

Result<SqlTable> search_sql(Database& database, const Archive& archive, const SqlQuery& query, MonoTime deadline,
                            const Clock& clock) try {
  auto left = deadline - clock.mono();
  Error late(ErrorCode::kTimeout, "cannot answer the query: it did not end in time");
  if (left <= nanoseconds(0)) return late;
  TRY(auto connection, database.connect());
  TRY(auto watchdog, Watchdog::start(connection->get(), left));
  auto table = answer(*connection, archive, query);
  if (!table && watchdog->fired()) return late;
  return table;
} catch (const std::bad_alloc&) {
  return Error(ErrorCode::kResourceExhausted, "cannot answer the query: no memory for its rows");
}

}  // namespace holter::history::child
