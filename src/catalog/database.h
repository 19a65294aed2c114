#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::catalog {

/// What stores the catalog. The same schema, and but for a few words the same SQL, on both.
enum class Engine : std::uint8_t { kSqlite, kPostgresql };

struct DatabaseOptions {
  std::string data_dir;    ///< SQLite: "catalog.db" in this directory, which must be there
  std::string postgresql;  ///< a connection string or URI of libpq; where it is not empty, PostgreSQL is used
  /// SQLite: the most that the library may allocate in this process, page cache and all. PostgreSQL: the most that its
  /// client is expected to hold. Taken from the account as a whole when the database is opened.
  std::size_t library_bytes = 8 << 20;
  /// How long to wait for another program that writes.
  std::chrono::milliseconds busy_timeout{5000};
  std::chrono::milliseconds connect_timeout{5000};     ///< PostgreSQL; whole seconds, 2 at the least
  std::chrono::milliseconds statement_timeout{30000};  ///< PostgreSQL ends a statement that takes longer
  std::string program_version = "0";                   ///< noted beside each migration
};

/// The password in a connection string or URI of PostgreSQL's libpq; empty where there is none. Connects to nothing.
/// Errors: kInvalidArgument when it is neither, without any of its text.
Result<std::string> postgresql_password(const std::string& connection);

class Database;
struct Connection;  // session.h

/// A change that is being made: exists only while a transaction is open for writing, so who holds one may write. What
/// is written becomes part of the catalog when the transaction commits, or not at all.
class Transaction {
 public:
  Transaction(Database& database, std::string who, WallTime now)
      : database_(database), who_(std::move(who)), now_(now) {}
  Database& database() { return database_; }
  const std::string& who() const { return who_; }  ///< account name, or "file:<path>"
  WallTime now() const { return now_; }

 private:
  Database& database_;
  const std::string who_;
  const WallTime now_;
};

/// One connection to the catalog's database, its schema up to date. Calls block: Catalog (catalog.h) is the face for
/// shards. Threads: one at a time, but interrupt(). No exception leaves it; errors of all methods and of the functions
/// that take a Database or Transaction:
///   kInvalidArgument  what is to be stored breaks a rule, which the message names
///   kNotFound         there is none of that name or id, or what is referred to does not exist
///   kConflict         it exists already, or was changed since it was read
///   kUnavailable      PostgreSQL cannot be reached; another program has held the lock too long
///   kUnauthenticated  PostgreSQL rejects the credentials
///   kTimeout          the server ended a statement that took too long, or interrupt() did
///   kResourceExhausted  the library's memory bound is reached
///   kIo               the disk is full, read-only or fails
///   kCorruption       the file is torn; the message says what to do
/// After an error within a transaction nothing of that transaction is kept.
class Database {
 public:
  /// Opens the catalog, makes it where there is none, checks that it is whole, and brings its schema up to date.
  /// Several processes may do so at once. `clock` and `account` must outlive the database. Errors besides those above:
  /// kInvalidArgument when the catalog is that of a newer program or of another one.
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options, const Clock& clock,
                                                memory::Account& account);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Engine engine() const;
  /// For messages: "catalog /var/lib/holter/catalog.db" or "catalog postgresql://host:port/name"; never a password.
  const std::string& name() const;
  const Clock& clock() const;

  /// Runs `work` in a transaction of its own and commits it. Not within another. Errors: those of `work`, after which
  /// the transaction is rolled back, and of commit().
  template <class T>
  Result<T> write(std::string who, const std::function<Result<T>(Transaction&)>& work) {
    TRY_OK(begin());
    Rollback rollback{this};
    Transaction transaction(*this, std::move(who), clock().wall());
    auto result = work(transaction);
    if (!result) return result;
    rollback.database = nullptr;
    TRY_OK(commit());
    return result;
  }

  /// Runs `work`, which sees one state of the database throughout, whatever others commit meanwhile.
  template <class T>
  Result<T> read(const std::function<Result<T>()>& work) {
    TRY_OK(begin_read());
    Rollback rollback{this};
    return work();
  }

  // The parts of write(), for who puts several changes into one transaction (Catalog).

  /// Opens a transaction for writing. There is one writer at a time, also among processes, on both engines.
  Status begin();
  Status begin_read();
  /// An error leaves no transaction open. The message tells whether anything may have been stored: not after most
  /// errors; "whether it was stored is unknown" where the answer of the server or the disk was lost.
  Status commit();
  void rollback();
  /// A part of a transaction that can be rolled back alone; one at a time.
  Status savepoint();
  Status release_savepoint();
  /// Fails where the whole transaction is gone.
  Status rollback_to_savepoint();
  bool in_transaction() const;

  /// False once the connection to PostgreSQL is lost.
  bool connected() const;
  /// Connects anew after that, and checks that the schema is still the one that this program knows.
  Status reconnect();

  /// Makes a call that is running end with an error, soon. Any thread.
  void interrupt();

  /// For the folder's own functions.
  Connection& connection() { return *connection_; }

 private:
  struct Rollback {
    Database* database;
    ~Rollback() {
      if (database != nullptr) database->rollback();
    }
  };
  Database(std::unique_ptr<Connection> connection, const Clock& clock);

  std::unique_ptr<Connection> connection_;
  const Clock& clock_;
};

}  // namespace holter::catalog
