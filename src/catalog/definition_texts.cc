#include <algorithm>

#include <fmt/format.h>

#include "catalog/documents.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

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

/// How many apps have a newest version that is, or is not, a deletion.
std::size_t count(soci::session& sql, bool deleted) {
  long long found = 0;
  int gone = deleted ? 1 : 0;
  sql << "SELECT count(*) FROM definitions d WHERE deleted = :gone AND version = "
         "(SELECT max(version) FROM definitions n WHERE n.app = d.app)",
      use(gone, "gone"), into(found);
  return static_cast<std::size_t>(found);
}

/// Of the definition that was deleted first nothing is left.
void forget_oldest_deleted(soci::session& sql) {
  sql << "DELETE FROM definitions WHERE app = (SELECT app FROM definitions d WHERE deleted = 1 AND version = "
         "(SELECT max(version) FROM definitions n WHERE n.app = d.app) ORDER BY created_ms, app LIMIT 1)";
}

Result<DefinitionText> put(Transaction& transaction, DefinitionText next, std::uint64_t base,
                           const DefinitionLimits& limits) {
  TRY_OK(check_name("app", next.app));
  TRY_OK(check_text("definition", next.text, kMostDefinitionText));
  auto what = fmt::format("store the definition '{}'", next.app);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<DefinitionText> {
    auto [present, gone] = newest(sql, next.app);
    if (next.deleted && (present == 0 || gone)) return missing(next.app);
    if (present != base && !(base == 0 && gone))
      return Error(ErrorCode::kConflict,
                   fmt::format("cannot {}: its newest version is {}, and the change is of {}", what, present, base));
    bool one_more = !next.deleted && (present == 0 || gone);
    if (one_more && count(sql, false) >= limits.definitions)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot {}: {} are the most, and as many are there", what, limits.definitions));
    if (next.deleted && count(sql, true) >= limits.definitions) forget_oldest_deleted(sql);
    next.version = present + 1;
    next.created = transaction.now();
    next.created_by = transaction.who();
    int deleted = next.deleted ? 1 : 0;
    long long version = static_cast<long long>(next.version), now = epoch_ms(next.created);
    sql << "INSERT INTO definitions (app, version, deleted, text, created_ms, created_by) "
           "VALUES (:app, :version, :deleted, :text, :now, :who)",
        use(next.app, "app"), use(version, "version"), use(deleted, "deleted"), use(next.text, "text"), use(now, "now"),
        use(next.created_by, "who");
    long long oldest = version - static_cast<long long>(std::max<std::size_t>(limits.versions, 1));
    sql << "DELETE FROM definitions WHERE app = :app AND version <= :oldest", use(next.app, "app"),
        use(oldest, "oldest");
    return next;
  });
}

}  // namespace

Result<DefinitionText> put_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                      const std::string& text, DefinitionLimits limits) {
  DefinitionText next;
  next.app = app;
  next.text = text;
  return put(transaction, std::move(next), base, limits);
}

Result<DefinitionText> delete_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                         DefinitionLimits limits) {
  DefinitionText next;
  next.app = app;
  next.deleted = true;
  return put(transaction, std::move(next), base, limits);
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

Result<std::vector<DefinitionText>> read_definition_texts(Database& database, std::span<const DefinitionText> heads,
                                                          std::size_t bytes) {
  return guarded(database, "read definitions", [&](soci::session& sql) -> Result<std::vector<DefinitionText>> {
    std::vector<DefinitionText> found;
    std::size_t taken = 0;
    for (const auto& head : heads) {
      if (taken >= bytes && !found.empty()) break;
      auto& next = found.emplace_back(head);
      auto version = static_cast<long long>(head.version);
      next.text.clear();
      sql << "SELECT text FROM definitions WHERE app = :app AND version = :version", use(next.app, "app"),
          use(version, "version"), into(next.text);
      taken += next.text.size();
    }
    return found;
  });
}

}  // namespace holter::catalog
