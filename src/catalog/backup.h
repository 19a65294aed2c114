#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "catalog/database.h"

namespace holter::catalog {

/// What a backup holds.
struct BackupInfo {
  int schema_version = 0;
  std::size_t monitors = 0;
  std::uint64_t bytes = 0;
};

/// Writes the catalog as it is now to a new file at `path`, mode 0600, checks it, and only then gives it its name.
/// Changes may go on meanwhile, and are not in it. On a connection of its own: blocks for as long as the disk takes, so
/// run it on a blocking pool, beside the Catalog. Errors: kConflict when there is such a file; kIo; kInvalidArgument
/// with PostgreSQL, whose own pg_dump does it.
Result<BackupInfo> backup(const DatabaseOptions& options, const std::string& path);

/// Reads all of a backup and checks that this program can use it. To restore one, stop the program, copy it to
/// "catalog.db" in the data directory, and remove "catalog.db-wal" and "catalog.db-shm" there. Errors: kCorruption,
/// kInvalidArgument (of a newer program, or no catalog), kIo.
Result<BackupInfo> check_backup(const DatabaseOptions& options, const std::string& path);

}  // namespace holter::catalog
