#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

namespace fs = std::filesystem;

/// "HLTC": tells our files from other programs' (PRAGMA application_id).
constexpr int kApplicationId = 0x484c5443;
constexpr const char* kRemedy = "restore it from a backup, or move it away to begin with an empty catalog";

sqlite_api::sqlite3* handle(Connection& connection) {
  return static_cast<soci::sqlite3_session_backend*>(connection.sql.get_backend())->conn_;
}

Error torn(const std::string& path, std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("cannot use {}: {}; {}", path, why, kRemedy)};
}

Error system_failure(const std::string& path, const char* what) {
  return {ErrorCode::kIo, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

/// The errno of the last call that failed; 0 when it is not known. The handle does not know it after a COMMIT: there
/// the log's file does.
int system_error_of(sqlite_api::sqlite3* db) {
  if (db == nullptr) return 0;
  if (int number = sqlite_api::sqlite3_system_errno(db); number != 0) return number;
  sqlite_api::sqlite3_file* log = nullptr;
  int number = 0;
  if (sqlite_api::sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log != nullptr &&
      log->pMethods != nullptr)
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  if (number == 0) sqlite_api::sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

/// Opens `connection.path`, which must be there, and sets what each connection sets for itself.
Status connect(Connection& connection) {
  if (connection.path.find('"') != std::string::npos)  // SOCI's connection string has no way to quote it
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use {}: a path with a quotation mark", connection.path));
  // The whole library, all connections of this process. At the bound a statement ends with "out of memory".
  sqlite_api::sqlite3_hard_heap_limit64(static_cast<sqlite_api::sqlite3_int64>(connection.options.library_bytes));
  try {
    std::scoped_lock lock(connection.handle_mutex);
    connection.sql.open(soci::sqlite3, fmt::format("dbname=\"{}\"", connection.path));
    connection.open = true;
    sqlite_api::sqlite3_extended_result_codes(handle(connection), 1);
    sqlite_api::sqlite3_busy_timeout(handle(connection), static_cast<int>(connection.options.busy_timeout.count()));
  } catch (...) {
    return current_failure(connection, "open " + connection.path);
  }
  return {};
}

Status configure(Connection& connection) {
  auto& sql = connection.sql;
  try {
    std::string mode;
    sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    if (mode != "wal")
      return Error(ErrorCode::kIo, fmt::format("cannot use {}: its file system allows no write-ahead log (mode '{}')",
                                               connection.path, mode));
    sql << "PRAGMA synchronous = FULL";
    sql << "PRAGMA foreign_keys = ON";
    sql << "PRAGMA trusted_schema = OFF";
    sql << "PRAGMA cell_size_check = ON";
    // An eighth of the bound: the rest is for statements, sorting and the dirty pages of a large transaction.
    sql << fmt::format("PRAGMA cache_size = -{}", connection.options.library_bytes / 8 / 1024);
    sql << "PRAGMA journal_size_limit = 16777216";  // after a large transaction the log's file shrinks again
    return {};
  } catch (...) {
    return current_failure(connection, "configure " + connection.path);
  }
}

/// Errors: kCorruption.
Status check_whole(Connection& connection) {
  try {
    int application = 0;
    connection.sql << "PRAGMA application_id", soci::into(application);
    if (application != kApplicationId)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use {}: it is a database of another program", connection.path));
    std::string verdict;
    connection.sql << "PRAGMA quick_check(1)", soci::into(verdict);
    if (verdict != "ok") return torn(connection.path, "it is damaged (" + verdict.substr(0, 200) + ")");
    return {};
  } catch (...) {
    return current_failure(connection, "check " + connection.path);
  }
}

Status sync_directory(const fs::path& directory) {
  int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_failure(directory, "open");
  int failed = ::fsync(fd);
  ::close(fd);
  return failed != 0 ? Status(system_failure(directory, "sync")) : Status();
}

/// Deletes a file that was never to be seen.
struct Scratch {
  std::string path;
  ~Scratch() {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) ::unlink((path + end).c_str());
  }
};

void close(Connection& connection) {
  std::scoped_lock lock(connection.handle_mutex);
  connection.open = false;
  connection.sql.close();
}

Status fill_new(Connection& fresh, const std::function<Status(Connection&)>& fill) {
  TRY_OK(connect(fresh));
  TRY_OK(configure(fresh));
  try {
    fresh.sql << fmt::format("PRAGMA application_id = {}", kApplicationId);
  } catch (...) {
    return current_failure(fresh, "make " + fresh.path);
  }
  TRY_OK(fill(fresh));
  close(fresh);  // the last connection to close moves all of the log into the file
  return {};
}

}  // namespace

Status create_sqlite(Connection& connection, const std::function<Status(Connection&)>& fill) {
  struct stat info{};
  if (::stat(connection.path.c_str(), &info) == 0) return {};
  if (errno != ENOENT) return system_failure(connection.path, "look at");
  if (::stat((connection.path + "-wal").c_str(), &info) == 0)
    return torn(connection.path, "the file is gone, but its log is there");
  // Made under another name and linked when it is complete: a file of the right name is never half-made, and of two
  // processes one wins.
  Scratch scratch{fmt::format("{}.new-{}", connection.path, ::getpid())};
  int fd = ::open(scratch.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_failure(scratch.path, "make");
  ::close(fd);
  Connection fresh;
  fresh.options = connection.options;
  fresh.path = scratch.path;
  fresh.name = connection.name;
  TRY_OK(fill_new(fresh, fill));
  if (::link(scratch.path.c_str(), connection.path.c_str()) != 0 && errno != EEXIST)
    return system_failure(connection.path, "make");
  log::info("catalog", "made an empty catalog, {}", connection.path);
  return sync_directory(fs::path(connection.path).parent_path());
}

Status open_sqlite_as_it_is(Connection& connection) {
  struct stat info{};
  if (::stat(connection.path.c_str(), &info) != 0) return system_failure(connection.path, "look at");
  if (!S_ISREG(info.st_mode)) return torn(connection.path, "it is no file");
  if (info.st_size == 0) return torn(connection.path, "it is empty, which a catalog never is");
  TRY_OK(connect(connection));
  return check_whole(connection);
}

Status open_sqlite(Connection& connection) {
  TRY_OK(open_sqlite_as_it_is(connection));
  // Hashes of passwords and of tokens stand in it. SQLite gives its log the same mode.
  if (::chmod(connection.path.c_str(), 0600) != 0) return system_failure(connection.path, "keep others from reading");
  return configure(connection);
}

bool sqlite_in_transaction(Connection& connection) {
  return sqlite_api::sqlite3_get_autocommit(handle(connection)) == 0;
}

void interrupt_sqlite(Connection& connection) {
  sqlite_api::sqlite3_interrupt(handle(connection));
}

Error sqlite_failure(Connection& connection, const soci::soci_error& error, std::string_view what) {
  const auto* own = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  auto* backend = static_cast<soci::sqlite3_session_backend*>(connection.sql.get_backend());
  auto* db = backend != nullptr ? backend->conn_ : nullptr;
  int code = own != nullptr ? own->result() : SQLITE_ERROR;
  // The exact kind, where the handle's last error is still this one.
  if (db != nullptr && (sqlite_api::sqlite3_extended_errcode(db) & 0xff) == (code & 0xff))
    code = sqlite_api::sqlite3_extended_errcode(db);
  auto fail = [&](ErrorCode kind, const std::string& why) {
    return Error(kind, fmt::format("cannot {}: {}", what, why));
  };
  auto system_text = [&] {
    int number = system_error_of(db);
    return number != 0 ? std::string(std::strerror(number)) : std::string(sqlite_api::sqlite3_errstr(code));
  };
  // Only the library's fixed texts: its messages and SOCI's may quote what was to be stored.
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::kUnavailable, fmt::format("another program holds {}", connection.path));
    case SQLITE_FULL:
      return fail(ErrorCode::kIo, fmt::format("no space is left for {}", connection.path));
    case SQLITE_NOMEM:
      return fail(ErrorCode::kResourceExhausted,
                  fmt::format("SQLite may hold {} bytes and needs more", connection.options.library_bytes));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(ErrorCode::kCorruption,
                  fmt::format("{} is damaged ({}); {}", connection.path, sqlite_api::sqlite3_errstr(code), kRemedy));
    case SQLITE_READONLY:
      return fail(ErrorCode::kIo, fmt::format("{} is read-only", connection.path));
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return fail(ErrorCode::kIo, fmt::format("{} cannot be opened: {}", connection.path, system_text()));
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_NOMEM)
        return fail(ErrorCode::kResourceExhausted,
                    fmt::format("SQLite may hold {} bytes and needs more", connection.options.library_bytes));
      return fail(ErrorCode::kIo, fmt::format("{}: {}", connection.path, system_text()));
    case SQLITE_INTERRUPT:
      return fail(ErrorCode::kTimeout, "it was interrupted");
    case SQLITE_TOOBIG:
      return fail(ErrorCode::kTooLarge, "a value is too large");
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)
        return fail(ErrorCode::kConflict, "there is one of that name already");
      if (code == SQLITE_CONSTRAINT_FOREIGNKEY) return fail(ErrorCode::kNotFound, "what it refers to does not exist");
      return fail(ErrorCode::kInvalidArgument, "it breaks a rule of the schema");
    default:
      return fail(ErrorCode::kInternal, fmt::format("BUG: SQLite says '{}'", sqlite_api::sqlite3_errstr(code)));
  }
}

}  // namespace holter::catalog
