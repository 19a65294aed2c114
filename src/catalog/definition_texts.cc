#include <algorithm>

#include <fmt/format.h>

#include "catalog/documents.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostText = 1 << 20;

Error missing(const std::string& app) {
  return {ErrorCode::kNotFound, fmt::format("cannot find the definition '{}'", app.substr(0, kMostName))};
}

/// The newest version of an app, 0 when there is none, and whether it is a deletion.
std::pair<std::uint64_t, bool> newest(soci::session& sql, const std::string& app) {
  long long version = 0;
  int deleted = 0;
  sql << "SELECT version, deleted FROM definitions WHERE app = :app ORDER BY version DESC LIMIT 1", use(app, "app"),
      into(version), into(deleted);
  return {static_cast<std::uint64_t>(version), deleted != 0};
}

Result<DefinitionText> put(Transaction& transaction, DefinitionText next, std::uint64_t base, std::size_t keep) {
  TRY_OK(check_name("app", next.app));
  TRY_OK(check_text("definition", next.text, kMostText));
  auto what = fmt::format("store the definition '{}'", next.app);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<DefinitionText> {
    auto [present, gone] = newest(sql, next.app);
    if (next.deleted && (present == 0 || gone)) return missing(next.app);
    if (present != base && !(base == 0 && gone))
      return Error(ErrorCode::kConflict,
                   fmt::format("cannot {}: its newest version is {}, and the change is of {}", what, present, base));
    next.version = present + 1;
    next.created = transaction.now();
    next.created_by = transaction.who();
    int deleted = next.deleted ? 1 : 0;
    long long version = static_cast<long long>(next.version), now = epoch_ms(next.created);
    sql << "INSERT INTO definitions (app, version, deleted, text, created_ms, created_by) "
           "VALUES (:app, :version, :deleted, :text, :now, :who)",
        use(next.app, "app"), use(version, "version"), use(deleted, "deleted"), use(next.text, "text"), use(now, "now"),
        use(next.created_by, "who");
    long long oldest = version - static_cast<long long>(std::max<std::size_t>(keep, 1));
    sql << "DELETE FROM definitions WHERE app = :app AND version <= :oldest", use(next.app, "app"),
        use(oldest, "oldest");
    return next;
  });
}

}  // namespace

Result<DefinitionText> put_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                      const std::string& text, std::size_t keep) {
  DefinitionText next;
  next.app = app;
  next.text = text;
  return put(transaction, std::move(next), base, keep);
}

Result<DefinitionText> delete_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                         std::size_t keep) {
  DefinitionText next;
  next.app = app;
  next.deleted = true;
  return put(transaction, std::move(next), base, keep);
}

Result<DefinitionText> find_definition(Database& database, const std::string& app, std::uint64_t version) {
  return guarded(database, "find a definition", [&](soci::session& sql) -> Result<DefinitionText> {
    auto wanted = version;
    if (version == 0) {
      auto [present, gone] = newest(sql, app);
      if (present == 0 || gone) return missing(app);
      wanted = present;
    }
    DefinitionText found{app, wanted, false, {}, {}, {}};
    auto key = static_cast<long long>(wanted);
    int deleted = 0;
    long long created = 0;
    sql << "SELECT deleted, text, created_ms, created_by FROM definitions WHERE app = :app AND version = :version",
        use(app, "app"), use(key, "version"), into(deleted), into(found.text), into(created), into(found.created_by);
    if (!sql.got_data()) return missing(app);
    found.deleted = deleted != 0;
    found.created = from_epoch_ms(created);
    return found;
  });
}

Result<std::vector<DefinitionText>> read_definition_versions(Database& database, const std::string& app) {
  return guarded(
      database, "read the versions of a definition", [&](soci::session& sql) -> Result<std::vector<DefinitionText>> {
        std::vector<DefinitionText> found;
        DefinitionText row;
        row.app = app;
        long long version = 0, created = 0;
        int deleted = 0;
        soci::statement rows = (sql.prepare << "SELECT version, deleted, created_ms, created_by "
                                               "FROM definitions WHERE app = :app ORDER BY version DESC",
                                into(version), into(deleted), into(created), into(row.created_by), use(app, "app"));
        for (bool more = rows.execute(true); more; more = rows.fetch()) {
          row.version = static_cast<std::uint64_t>(version);
          row.deleted = deleted != 0;
          row.created = from_epoch_ms(created);
          found.push_back(row);
        }
        return found;
      });
}

Result<std::vector<DefinitionText>> read_definitions(Database& database) {
  return guarded(database, "read the definitions", [&](soci::session& sql) -> Result<std::vector<DefinitionText>> {
    std::vector<DefinitionText> found;
    DefinitionText row;
    long long version = 0, created = 0;
    soci::statement rows =
        (sql.prepare
             << "SELECT app, version, created_ms, created_by FROM definitions d WHERE deleted = 0 AND version = "
                "(SELECT max(version) FROM definitions n WHERE n.app = d.app)",
         into(row.app), into(version), into(created), into(row.created_by));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      row.version = static_cast<std::uint64_t>(version);
      row.created = from_epoch_ms(created);
      found.push_back(row);
    }
    std::ranges::sort(found, {}, &DefinitionText::app);
    return found;
  });
}

}  // namespace holter::catalog
