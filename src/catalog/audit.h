#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// Who did what. Rows are added and, when they are old, purged; nothing changes one.
struct AuditEntry {
  std::uint64_t id = 0;  ///< rising with each entry; set when it is stored
  WallTime time{};       ///< set when it is stored
  std::string who;       ///< set when it is stored: whose transaction it is
  std::string what;      ///< "monitor.update"
  std::string target;    ///< "monitor/17"
  /// JSON, at most 64 KiB each; empty: there was or is nothing. Secrets must not be in it.
  std::string before, after;
  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// In the same transaction as what it tells of: both are kept or none.
Status append_audit(Transaction& transaction, const AuditEntry& entry);

/// What to read; an empty `target` or `who` is any.
struct AuditQuery {
  WallTime from{}, to = WallTime::max();  ///< `to` is exclusive
  std::string target, who;
  std::uint64_t before_id = 0;  ///< only entries with a smaller id, to read on; 0: from the newest
  std::size_t most = 100;       ///< up to 1000, and up to about 1 MiB of texts
};
/// Newest first.
Result<std::vector<AuditEntry>> read_audit(Database& database, const AuditQuery& query);

/// Deletes entries from before `oldest`, and the oldest of those that are more than `most_rows`; at most `most_deleted`
/// in this transaction. How many were deleted; call again while it is `most_deleted`.
Result<std::size_t> purge_audit(Transaction& transaction, WallTime oldest, std::size_t most_rows,
                                std::size_t most_deleted = 10'000);

}  // namespace holter::catalog
