#include "catalog/backup.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "catalog/rules.h"
#include "catalog/sealed_values.h"
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
  const std::string path;
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

constexpr int kPagesAtOnce = 1024;
constexpr std::uint64_t kPageBytes = 4096;

/// Within a transaction that reads, the steps copy one state of the source, and writers are not kept from writing
/// (WAL). Without it SQLite would begin anew whenever another process has written between two steps.
Status copy(sqlite3* from, sqlite3* to, const std::string& path, const BackupWatch& watch) {
  if (sqlite3_exec(from, "BEGIN; SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(path, fmt::format("the source cannot be read: {}", sqlite3_errmsg(from)));
  auto* work = sqlite3_backup_init(to, "main", from, "main");
  if (work == nullptr) return failure(path, sqlite3_errmsg(to));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(work, kPagesAtOnce);
    auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(work)) * kPageBytes;
    auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(work)) * kPageBytes;
    if (watch.progress) watch.progress(all - left, all);
  }
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

Status sync_folder_of(const std::string& path) {
  return sync(std::filesystem::absolute(path).parent_path().string(), O_RDONLY | O_DIRECTORY);
}

/// Copies the database at `source` to `fresh`, which is made anew, readable by its owner only: that of the folder,
/// where root makes it.
Status copy_file(const std::string& source, const std::string& fresh, const std::string& path,
                 const BackupWatch& watch) {
  // What a killed one left behind would be taken for the log of the new file.
  for (const char* end : {"-wal", "-shm", "-journal"}) ::unlink((fresh + end).c_str());
  int fd = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failure(path, std::strerror(errno));
  struct stat folder{};
  bool given = ::geteuid() != 0 || (::stat(std::filesystem::absolute(fresh).parent_path().c_str(), &folder) == 0 &&
                                    ::fchown(fd, folder.st_uid, folder.st_gid) == 0);
  ::close(fd);
  if (!given) return failure(path, std::strerror(errno));
  TRY(auto from, open_file(source, SQLITE_OPEN_READWRITE));  // a log is only read by who may write beside it
  TRY(auto to, open_file(fresh, SQLITE_OPEN_READWRITE));
  return copy(from.get(), to.get(), path, watch);
}

bool is_there(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0;
}

/// Moves the log of the former catalog into its file, which can be done only when nobody else has it open. One that is
/// damaged stays as it is, with its log. Errors: kUnavailable.
Status fold(const std::string& path) {
  auto db = open_file(path, SQLITE_OPEN_READWRITE);
  if (!db) return {};  // no file that SQLite opens: nobody has it open either
  int code = sqlite3_exec(db->get(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return Error(ErrorCode::kUnavailable, fmt::format("cannot replace {}: a program has it open; end it first", path));
  return {};
}

/// A name for the former catalog that nothing has: "catalog.db.former-2026-11-30T15.30.00.123Z".
std::string former_name(const std::string& path, WallTime now) {
  auto name = fmt::format("{}.former-{}", path, format_time(std::chrono::floor<milliseconds>(now)));
  std::ranges::replace(name.begin() + static_cast<std::ptrdiff_t>(path.size()), name.end(), ':', '.');
  auto free = name;
  for (int i = 2; is_there(free) || is_there(free + "-wal"); ++i) free = fmt::format("{}-{}", name, i);
  return free;
}

/// Gives the catalog of before a second name; its place is taken by the rename that follows, so that it is never empty.
/// A log that could not be folded must not meet the new file: SQLite would read it into that.
Status put_aside(const std::string& path, const std::string& former) {
  if (is_there(path) && ::link(path.c_str(), former.c_str()) != 0) return failure(former, std::strerror(errno));
  if (is_there(path + "-wal") && ::rename((path + "-wal").c_str(), (former + "-wal").c_str()) != 0)
    return failure(former, std::strerror(errno));
  for (const char* end : {"-shm", "-journal"}) ::unlink((path + end).c_str());
  return sync_folder_of(path);
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

/// Each sealed value of a catalog of that version of the schema. Errors: kCorruption, kInvalidArgument.
Status each_sealed(Connection& connection, int version, const std::function<void(const std::string&)>& visit) {
  soci::rowset<std::string> params = connection.sql.prepare << "SELECT value FROM monitor_params WHERE sealed = 1";
  for (const auto& row : params) {
    TRY(auto sealed, from_hex(row));
    visit(sealed);
  }
  if (version < 5) return {};  // receivers came then
  soci::rowset<std::string> receivers = connection.sql.prepare
                                        << "SELECT json FROM alert_objects WHERE kind = 'receiver' AND sealed > 0";
  for (const auto& row : receivers) {
    TRY(auto values, find_sealed_values(row));
    for (const auto& sealed : values) visit(sealed.value);
  }
  return {};
}

}  // namespace

Result<BackupInfo> backup(const DatabaseOptions& options, const std::string& path, const BackupWatch& watch) {
  if (!options.postgresql.empty())
    return Error(ErrorCode::kInvalidArgument,
                 "cannot back up a catalog in PostgreSQL: its own program pg_dump does it (pg_dump --format=custom)");
  auto source = (std::filesystem::path(options.data_dir) / "catalog.db").string();
  if (!is_there(source))
    return Error(ErrorCode::kNotFound, fmt::format("cannot find {}: nothing has been stored there yet", source));
  if (is_there(path))
    return Error(ErrorCode::kConflict, fmt::format("cannot write the backup {}: there is such a file", path));
  Unlink scratch{path + ".part"};
  TRY_OK(copy_file(source, scratch.path, path, watch));
  TRY(auto info, check_backup(options, scratch.path, watch));
  TRY_OK(sync(scratch.path, O_RDONLY));
  if (::link(scratch.path.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST)
      return Error(ErrorCode::kConflict, fmt::format("cannot write the backup {}: there is such a file", path));
    return failure(path, std::strerror(errno));
  }
  TRY_OK(sync_folder_of(path));
  return info;
}

Result<BackupInfo> check_backup(const DatabaseOptions& options, const std::string& path, const BackupWatch& watch) {
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
    BackupInfo found{version, static_cast<std::size_t>(monitors), 0, static_cast<std::uint64_t>(info.st_size)};
    TRY_OK(each_sealed(connection, version, [&](const std::string& sealed) {
      ++found.sealed;
      if (watch.sealed) watch.sealed(sealed);
    }));
    return found;
  } catch (...) {
    return current_failure(connection, "read the " + connection.name);
  }
}

Result<Restored> restore(const DatabaseOptions& options, const std::string& path, WallTime now,
                         const BackupWatch& watch) {
  if (!options.postgresql.empty())
    return Error(ErrorCode::kInvalidArgument,
                 "cannot restore a catalog in PostgreSQL: its own program pg_restore does it (pg_restore --clean)");
  TRY_OK(check_backup(options, path));
  auto place = (std::filesystem::path(options.data_dir) / "catalog.db").string();
  Unlink scratch{place + ".restored"};
  TRY_OK(copy_file(path, scratch.path, place, watch));
  Restored restored;
  TRY(restored.info, check_backup(options, scratch.path, watch));
  TRY_OK(sync(scratch.path, O_RDONLY));
  if (is_there(place) || is_there(place + "-wal")) {
    TRY_OK(fold(place));
    restored.former = former_name(place, now);
    TRY_OK(put_aside(place, restored.former));
  }
  if (::rename(scratch.path.c_str(), place.c_str()) != 0) return failure(place, std::strerror(errno));
  TRY_OK(sync_folder_of(place));
  return restored;
}

}  // namespace holter::catalog
