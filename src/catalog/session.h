#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <soci/soci.h>

#include "catalog/database.h"

// For the sources of this folder only: what keeps SOCI's headers and exceptions in here.
namespace holter::catalog {

/// An open session and what its messages need.
struct Connection {
  Engine engine = Engine::kSqlite;
  DatabaseOptions options;
  std::string name;
  std::string path;      ///< SQLite: the file
  std::string conninfo;  ///< PostgreSQL: options as key='value', with what we add
  std::string password;  ///< taken out of what the server says
  memory::Reservation memory;
  soci::session sql;
  std::mutex handle_mutex;  ///< interrupt() comes from another thread while the session is opened or closed
  bool open = false;        ///< under handle_mutex
};

/// The error that an exception of SOCI, or a bad_alloc, stands for: "cannot <what>: <why>". To be called in a handler.
Error current_failure(Connection& connection, std::string_view what);

/// Runs `work(session)`, which returns a Result, with exceptions as errors. `work` may change the text `what` as it
/// goes on.
template <class What, class Work>
auto guarded(Database& database, const What& what, Work&& work) -> decltype(work(std::declval<soci::session&>())) {
  try {
    return work(database.connection().sql);
  } catch (...) {
    return current_failure(database.connection(), what);
  }
}

/// Rows that the last execution of a statement changed.
inline long long changed_rows(soci::statement& statement) {
  return statement.get_affected_rows();
}

/// The first of `count` ids that were never given; `counter` is a row of the table counters.
std::uint64_t take_ids(soci::session& sql, const std::string& counter, std::size_t count);

// sqlite.cc
Status open_sqlite(Connection& connection);
/// Opens the file and checks that it is whole, and leaves its settings alone.
Status open_sqlite_as_it_is(Connection& connection);
Error sqlite_failure(Connection& connection, const soci::soci_error& error, std::string_view what);
bool sqlite_in_transaction(Connection& connection);
void interrupt_sqlite(Connection& connection);
/// Makes the file, with `fill` run on it before anybody else can see it.
Status create_sqlite(Connection& connection, const std::function<Status(Connection&)>& fill);

// postgresql.cc
/// Reads options.postgresql into conninfo, name and password.
Status prepare_postgresql(Connection& connection);
Status open_postgresql(Connection& connection);
Error postgresql_failure(Connection& connection, const soci::soci_error& error, std::string_view what);
bool postgresql_in_transaction(Connection& connection);
/// As far as the client knows. Not SOCI's is_connected(): that asks the server.
bool postgresql_connected(Connection& connection);
void interrupt_postgresql(Connection& connection);

// migrate.cc
constexpr int kSchemaVersion = 6;
/// Brings the schema to `version`, all in one transaction; nothing to do is no error. Errors besides: kInvalidArgument
/// when the catalog is newer than kSchemaVersion.
Status migrate(Connection& connection, WallTime now, int version = kSchemaVersion);
/// The catalog's version; 0 when nothing has been made yet.
Result<int> schema_version(Connection& connection);

// database.cc
/// Opens a transaction for writing, on a connection that has no Database yet.
Status begin_on(Connection& connection);
Status commit_on(Connection& connection);
void rollback_on(Connection& connection);

}  // namespace holter::catalog
