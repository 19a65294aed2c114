#include "catalog/backup.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/session.h"

namespace holter::catalog {
namespace {

using namespace sqlite_api;  // the copying itself: SOCI has no words for it

Error failure(const std::string& path, std::string_view why) {
  return {ErrorCode::kIo, fmt::format("cannot write the backup {}: {}", path, why)};
}

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

struct Unlink {
  std::string path;
  ~Unlink() {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) ::unlink((path + end).c_str());
  }
};

Result<Handle> open_file(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  Handle handle(db);
  if (code != SQLITE_OK) return failure(path, sqlite3_errstr(code));
  sqlite3_busy_timeout(db, 5000);
  sqlite3_exec(db, "PRAGMA cache_size = -256", nullptr, nullptr, nullptr);
  return handle;
}

/// One step for all pages: one state of the source, and writers are not kept from writing (WAL).
Status copy(sqlite3* from, sqlite3* to, const std::string& path) {
  auto* work = sqlite3_backup_init(to, "main", from, "main");
  if (work == nullptr) return failure(path, sqlite3_errmsg(to));
  int code = sqlite3_backup_step(work, -1);
  sqlite3_backup_finish(work);
  if (code != SQLITE_DONE) return failure(path, sqlite3_errstr(code));
  // One file that needs no log beside it.
  if (sqlite3_exec(to, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(path, sqlite3_errmsg(to));
  return {};
}

Status sync(const std::string& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return failure(path, std::strerror(errno));
  int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) return failure(path, std::strerror(errno));
  return {};
}

/// All of the file, every index against its table.
Status check_all(Connection& connection) {
  try {
    std::string verdict;
    connection.sql << "PRAGMA integrity_check(1)", soci::into(verdict);
    if (verdict != "ok")
      return Error(ErrorCode::kCorruption, fmt::format("cannot use the backup {}: it is damaged ({})", connection.path,
                                                       verdict.substr(0, 200)));
    return {};
  } catch (...) {
    return current_failure(connection, "check the backup " + connection.path);
  }
}

}  // namespace

Result<BackupInfo> backup(const DatabaseOptions& options, const std::string& path) {
  if (!options.postgresql.empty())
    return Error(ErrorCode::kInvalidArgument,
                 "cannot back up a catalog in PostgreSQL: its own program pg_dump does it (pg_dump --format=custom)");
  auto source = (std::filesystem::path(options.data_dir) / "catalog.db").string();
  if (::access(path.c_str(), F_OK) == 0)
    return Error(ErrorCode::kConflict, fmt::format("cannot write the backup {}: there is such a file", path));
  Unlink scratch{path + ".part"};
  int fd = ::open(scratch.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failure(path, std::strerror(errno));
  ::close(fd);
  {
    TRY(auto from, open_file(source, SQLITE_OPEN_READWRITE));  // a log is only read by who may write beside it
    TRY(auto to, open_file(scratch.path, SQLITE_OPEN_READWRITE));
    TRY_OK(copy(from.get(), to.get(), path));
  }
  TRY(auto info, check_backup(options, scratch.path));
  TRY_OK(sync(scratch.path, O_RDONLY));
  if (::link(scratch.path.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST)
      return Error(ErrorCode::kConflict, fmt::format("cannot write the backup {}: there is such a file", path));
    return failure(path, std::strerror(errno));
  }
  auto directory = std::filesystem::absolute(path).parent_path().string();
  TRY_OK(sync(directory, O_RDONLY | O_DIRECTORY));
  return info;
}

Result<BackupInfo> check_backup(const DatabaseOptions& options, const std::string& path) {
  Connection connection;
  connection.options = options;
  connection.path = path;
  connection.name = "backup " + path;
  TRY_OK(open_sqlite_as_it_is(connection));
  TRY_OK(check_all(connection));
  TRY(auto version, schema_version(connection));
  if (version < 1 || version > kSchemaVersion)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use the {}: its schema is version {}, and this "
                                                          "program knows 1 to {}",
                                                          connection.name, version, kSchemaVersion));
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return failure(path, std::strerror(errno));
  try {
    long long monitors = 0;
    connection.sql << "SELECT count(*) FROM monitors", soci::into(monitors);
    return BackupInfo{version, static_cast<std::size_t>(monitors), static_cast<std::uint64_t>(info.st_size)};
  } catch (...) {
    return current_failure(connection, "read the " + connection.name);
  }
}

}  // namespace holter::catalog
