#include "catalog/audit.h"

#include <algorithm>
#include <limits>

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostJson = 64 * 1024;
constexpr std::size_t kMostRead = 1000;
constexpr std::size_t kMostReadBytes = 1 << 20;

}  // namespace

Status append_audit(Transaction& transaction, const AuditEntry& entry) {
  TRY_OK(check_name("audited action", entry.what));
  TRY_OK(check_text("audited target", entry.target, kMostPath));
  TRY_OK(check_text("audited state", entry.before, kMostJson));
  TRY_OK(check_text("audited state", entry.after, kMostJson));
  return guarded(transaction.database(), "write to the audit log", [&](soci::session& sql) -> Status {
    long long now = epoch_ms(transaction.now());
    sql << "INSERT INTO audit (time_ms, who, what, target, before_text, after_text) "
           "VALUES (:now, :who, :what, :target, :before, :after)",
        use(now, "now"), use(transaction.who(), "who"), use(entry.what, "what"), use(entry.target, "target"),
        use(entry.before, "before"), use(entry.after, "after");
    return {};
  });
}

Result<std::vector<AuditEntry>> read_audit(Database& database, const AuditQuery& query) {
  return guarded(database, "read the audit log", [&](soci::session& sql) -> Result<std::vector<AuditEntry>> {
    long long from = epoch_ms(query.from), to = epoch_ms(query.to), id = 0, time = 0;
    auto most = static_cast<long long>(std::clamp<std::size_t>(query.most, 1, kMostRead));
    auto before_id =
        query.before_id == 0 ? std::numeric_limits<long long>::max() : static_cast<long long>(query.before_id);
    int any_target = query.target.empty() ? 1 : 0, any_who = query.who.empty() ? 1 : 0;
    // PostgreSQL's client takes the whole answer, so the number of rows is what bounds it: few at a time.
    long long step = std::min<long long>(most, 8);
    AuditEntry row;
    std::vector<AuditEntry> found;
    soci::statement rows =
        (sql.prepare << "SELECT id, time_ms, who, what, target, before_text, after_text FROM audit "
                        "WHERE id < :before_id AND time_ms >= :from AND time_ms < :to "
                        "AND (:any_target = 1 OR target = :target) AND (:any_who = 1 OR who = :who) "
                        "ORDER BY id DESC LIMIT :step",
         into(id), into(time), into(row.who), into(row.what), into(row.target), into(row.before), into(row.after),
         use(before_id, "before_id"), use(from, "from"), use(to, "to"), use(any_target, "any_target"),
         use(query.target, "target"), use(any_who, "any_who"), use(query.who, "who"), use(step, "step"));
    for (std::size_t bytes = 0; found.size() < static_cast<std::size_t>(most) && bytes < kMostReadBytes;) {
      step = std::min(step, most - static_cast<long long>(found.size()));
      long long seen = 0;
      for (bool more = rows.execute(true); more; more = rows.fetch(), ++seen) {
        row.id = static_cast<std::uint64_t>(id);
        row.time = from_epoch_ms(time);
        bytes += row.before.size() + row.after.size();
        found.push_back(row);
      }
      if (seen < step) break;
      before_id = id;
      step = 64;
    }
    return found;
  });
}

Result<std::size_t> purge_audit(Transaction& transaction, WallTime oldest, std::size_t most_rows,
                                std::size_t most_deleted) {
  return guarded(transaction.database(), "purge the audit log", [&](soci::session& sql) -> Result<std::size_t> {
    long long time = epoch_ms(oldest), rows = 0, old = 0;
    sql << "SELECT count(*) FROM audit", into(rows);
    sql << "SELECT count(*) FROM audit WHERE time_ms < :time", use(time, "time"), into(old);
    auto surplus = std::max<long long>(rows - static_cast<long long>(most_rows), 0);
    // Ids rise with time, but for a clock that was set back: then a row goes a little early or late.
    auto count = std::min(std::max(old, surplus), static_cast<long long>(most_deleted));
    if (count == 0) return std::size_t{0};
    sql << "DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT :count)", use(count, "count");
    return static_cast<std::size_t>(count);
  });
}

}  // namespace holter::catalog
