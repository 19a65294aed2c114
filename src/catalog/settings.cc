#include <algorithm>

#include <fmt/format.h>

#include "catalog/documents.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostJson = 64 * 1024;
constexpr long long kMostSettings = 1000;

Error missing(const std::string& name) {
  return {ErrorCode::kNotFound, fmt::format("cannot find the setting '{}'", name.substr(0, kMostName))};
}

/// 0 when there is none.
std::uint64_t version_of(soci::session& sql, const std::string& name) {
  long long version = 0;
  sql << "SELECT version FROM settings WHERE name = :name", use(name, "name"), into(version);
  return static_cast<std::uint64_t>(version);
}

}  // namespace

Result<Setting> put_setting(Transaction& transaction, Setting setting) {
  TRY_OK(check_name("setting", setting.name));
  TRY_OK(check_text("value of a setting", setting.json, kMostJson));
  auto what = fmt::format("store the setting '{}'", setting.name);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<Setting> {
    auto present = version_of(sql, setting.name);
    if (present != setting.version)
      return Error(ErrorCode::kConflict,
                   fmt::format("cannot {}: it is version {} now, and version {} was to be changed", what, present,
                               setting.version));
    long long all = 0;
    sql << "SELECT count(*) FROM settings", into(all);
    if (present == 0 && all >= kMostSettings)
      return Error(ErrorCode::kResourceExhausted, fmt::format("cannot {}: there are {} already", what, all));
    ++setting.version;
    setting.updated = transaction.now();
    setting.updated_by = transaction.who();
    long long version = static_cast<long long>(setting.version), now = epoch_ms(setting.updated);
    sql << "DELETE FROM settings WHERE name = :name", use(setting.name, "name");
    sql << "INSERT INTO settings (name, json, version, updated_ms, updated_by) "
           "VALUES (:name, :json, :version, :now, :who)",
        use(setting.name, "name"), use(setting.json, "json"), use(version, "version"), use(now, "now"),
        use(setting.updated_by, "who");
    return setting;
  });
}

Result<Setting> find_setting(Database& database, const std::string& name) {
  return guarded(database, "find a setting", [&](soci::session& sql) -> Result<Setting> {
    Setting found;
    found.name = name;
    long long version = 0, updated = 0;
    sql << "SELECT json, version, updated_ms, updated_by FROM settings WHERE name = :name", use(name, "name"),
        into(found.json), into(version), into(updated), into(found.updated_by);
    if (!sql.got_data()) return missing(name);
    found.version = static_cast<std::uint64_t>(version);
    found.updated = from_epoch_ms(updated);
    return found;
  });
}

Status delete_setting(Transaction& transaction, const std::string& name) {
  return guarded(transaction.database(), "delete a setting", [&](soci::session& sql) -> Status {
    if (version_of(sql, name) == 0) return missing(name);
    sql << "DELETE FROM settings WHERE name = :name", use(name, "name");
    return {};
  });
}

Result<std::vector<Setting>> read_settings(Database& database) {
  return guarded(database, "read the settings", [&](soci::session& sql) -> Result<std::vector<Setting>> {
    std::vector<Setting> found;
    Setting row;
    long long version = 0, updated = 0;
    soci::statement rows = (sql.prepare << "SELECT name, json, version, updated_ms, updated_by FROM settings",
                            into(row.name), into(row.json), into(version), into(updated), into(row.updated_by));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      row.version = static_cast<std::uint64_t>(version);
      row.updated = from_epoch_ms(updated);
      found.push_back(row);
    }
    std::ranges::sort(found, {}, &Setting::name);
    return found;
  });
}

}  // namespace holter::catalog
