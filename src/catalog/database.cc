#include "catalog/database.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/check.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

/// Any number that other programs on the same database are unlikely to lock.
constexpr const char* kLockWriters = "SELECT pg_advisory_xact_lock(5210458673942184523)";

Status run(Connection& connection, const char* sql, std::string_view what) {
  try {
    connection.sql << sql;
    return {};
  } catch (...) {
    return current_failure(connection, what);
  }
}

bool in_transaction_on(Connection& connection) {
  return connection.engine == Engine::kSqlite ? sqlite_in_transaction(connection)
                                              : postgresql_in_transaction(connection);
}

}  // namespace

Error current_failure(Connection& connection, std::string_view what) {
  try {
    throw;
  } catch (const soci::soci_error& error) {
    return connection.engine == Engine::kSqlite ? sqlite_failure(connection, error, what)
                                                : postgresql_failure(connection, error, what);
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kResourceExhausted, fmt::format("cannot {}: out of memory", what)};
  } catch (const std::exception& error) {
    return {ErrorCode::kInternal, fmt::format("BUG: cannot {}: {}", what, error.what())};
  }
}

std::uint64_t take_ids(soci::session& sql, const std::string& counter, std::size_t count) {
  auto more = static_cast<long long>(count);
  long long next = 0;
  sql << "UPDATE counters SET next = next + :more WHERE name = :counter", soci::use(more, "more"),
      soci::use(counter, "counter");
  sql << "SELECT next FROM counters WHERE name = :counter", soci::use(counter, "counter"), soci::into(next);
  return static_cast<std::uint64_t>(next - more);
}

Status begin_on(Connection& connection) {
  constexpr std::string_view kWhat = "begin a change of the catalog";
  if (connection.engine == Engine::kSqlite) return run(connection, "BEGIN IMMEDIATE", kWhat);
  TRY_OK(run(connection, "BEGIN", kWhat));
  auto locked = run(connection, kLockWriters, kWhat);
  if (!locked) rollback_on(connection);
  return locked;
}

Status commit_on(Connection& connection) {
  auto done = run(connection, "COMMIT", "commit the change of the catalog");
  if (done) return done;
  auto unknown = connection.engine == Engine::kPostgresql ? !postgresql_connected(connection)
                                                          : done.error().code() == ErrorCode::kIo;
  rollback_on(connection);
  return Error(done.error().code(), done.error().message() + (unknown ? "; whether it was stored is unknown"
                                                                      : "; nothing of it was stored"));
}

void rollback_on(Connection& connection) {
  // A full disk, for one, has rolled back already. Where this fails the connection is lost, and the server rolls back.
  if (in_transaction_on(connection)) (void)run(connection, "ROLLBACK", "roll back");
}

Database::Database(std::unique_ptr<Connection> connection, const Clock& clock)
    : connection_(std::move(connection)), clock_(clock) {}

Database::~Database() {
  std::scoped_lock lock(connection_->handle_mutex);
  connection_->open = false;
  try {
    connection_->sql.close();
  } catch (...) {
    // Nothing of ours depends on how a connection ends.
  }
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options, const Clock& clock,
                                                 memory::Account& account) {
  auto connection = std::make_unique<Connection>();
  connection->options = options;
  TRY(connection->memory, account.reserve(options.library_bytes));
  auto fill = [&](Connection& fresh) { return migrate(fresh, clock.wall()); };
  if (options.postgresql.empty()) {
    connection->path = (std::filesystem::path(options.data_dir) / "catalog.db").string();
    connection->name = "catalog " + connection->path;
    TRY_OK(create_sqlite(*connection, fill));
    TRY_OK(open_sqlite(*connection));
  } else {
    connection->engine = Engine::kPostgresql;
    TRY_OK(prepare_postgresql(*connection));
    TRY_OK(open_postgresql(*connection));
  }
  std::unique_ptr<Database> database(new Database(std::move(connection), clock));
  TRY_OK(migrate(database->connection(), clock.wall()));
  return database;
}

Engine Database::engine() const {
  return connection_->engine;
}
const std::string& Database::name() const {
  return connection_->name;
}
const Clock& Database::clock() const {
  return clock_;
}

Status Database::begin() {
  CHECK(!in_transaction());
  return begin_on(*connection_);
}

Status Database::begin_read() {
  CHECK(!in_transaction());
  return run(*connection_, engine() == Engine::kSqlite ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
             "begin to read the catalog");
}

Status Database::commit() {
  return commit_on(*connection_);
}

void Database::rollback() {
  rollback_on(*connection_);
}

Status Database::savepoint() {
  return run(*connection_, "SAVEPOINT change", "begin a change of the catalog");
}

Status Database::release_savepoint() {
  return run(*connection_, "RELEASE SAVEPOINT change", "end a change of the catalog");
}

Status Database::rollback_to_savepoint() {
  if (!in_transaction()) return Error(ErrorCode::kIo, "cannot go on with the transaction: it was rolled back");
  TRY_OK(run(*connection_, "ROLLBACK TO SAVEPOINT change", "take back a change of the catalog"));
  return release_savepoint();
}

bool Database::in_transaction() const {
  return in_transaction_on(*connection_);
}

bool Database::connected() const {
  return connection_->engine == Engine::kSqlite || postgresql_connected(*connection_);
}

Status Database::reconnect() {
  CHECK(engine() == Engine::kPostgresql);
  TRY_OK(open_postgresql(*connection_));
  return migrate(*connection_, clock_.wall());
}

void Database::interrupt() {
  std::scoped_lock lock(connection_->handle_mutex);
  if (!connection_->open) return;
  if (engine() == Engine::kSqlite)
    interrupt_sqlite(*connection_);
  else
    interrupt_postgresql(*connection_);
}

}  // namespace holter::catalog
