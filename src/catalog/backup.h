#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/database.h"

namespace holter::catalog {

/// What a backup holds.
struct BackupInfo {
  int schema_version = 0;
  std::size_t monitors = 0;
  std::size_t sealed = 0;  ///< secrets that only their keys open, which are in no backup
  std::uint64_t bytes = 0;
};

/// Who wants to follow the work of a backup; what is not set is not called.
struct BackupWatch {
  /// What has been copied of what is to be copied, in bytes; every few MiB.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
  /// Each sealed value of the backup, once.
  std::function<void(std::string_view sealed)> sealed;
};

/// Writes the catalog as it is now to a new file at `path`, mode 0600, checks it, and only then gives it its name.
/// Changes may go on meanwhile, also of other processes, and are not in it. On a connection of its own: blocks for as
/// long as the disk takes, so run it on a blocking pool, beside the Catalog. Errors: kConflict when there is such a
/// file; kNotFound when there is no catalog; kIo; kInvalidArgument with PostgreSQL, whose own pg_dump does it.
Result<BackupInfo> backup(const DatabaseOptions& options, const std::string& path, const BackupWatch& watch = {});

/// Reads all of a backup and checks that this program can use it. Errors: kCorruption, kInvalidArgument (of a newer
/// program, or no catalog), kIo.
Result<BackupInfo> check_backup(const DatabaseOptions& options, const std::string& path, const BackupWatch& watch = {});

struct Restored {
  BackupInfo info;
  std::string former;  ///< where the catalog of before is now; empty: there was none
};

/// Puts a backup in the catalog's place, once it is copied, checked and synced beside it; the catalog of before is kept
/// under a name with the time `now`. Who is killed or loses power at any point leaves the one or the other, whole. The
/// caller has the DataLock of the data directory. Errors: those of check_backup(); kUnavailable when a program has the
/// catalog open; kIo; kInvalidArgument with PostgreSQL, whose own pg_restore does it.
Result<Restored> restore(const DatabaseOptions& options, const std::string& path, WallTime now,
                         const BackupWatch& watch = {});

}  // namespace holter::catalog
