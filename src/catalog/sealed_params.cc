#include "catalog/sealed_params.h"

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {

using soci::into;
using soci::use;

Result<std::vector<SealedParam>> read_sealed_params(Database& database, const SealedParam& after, std::size_t most) {
  return guarded(database, "read sealed parameters", [&](soci::session& sql) -> Result<std::vector<SealedParam>> {
    auto after_id = static_cast<long long>(after.monitor.value);
    auto limit = static_cast<long long>(most);
    long long id = 0;
    std::string field, value;
    soci::statement rows =
        (sql.prepare << "SELECT monitor_id, field, value FROM monitor_params WHERE sealed = 1 AND "
                        "(monitor_id, field) > (:id, :field) ORDER BY monitor_id, field LIMIT :most",
         use(after_id, "id"), use(after.field, "field"), use(limit, "most"), into(id), into(field), into(value));
    rows.execute();
    std::vector<SealedParam> found;
    while (rows.fetch()) {
      TRY(auto bytes, from_hex(value));
      found.push_back({MonitorId{static_cast<std::uint64_t>(id)}, field, std::move(bytes)});
    }
    return found;
  });
}

Result<std::size_t> count_sealed_params(Database& database) {
  return guarded(database, "count sealed parameters", [](soci::session& sql) -> Result<std::size_t> {
    long long count = 0;
    sql << "SELECT count(*) FROM monitor_params WHERE sealed = 1", into(count);
    return static_cast<std::size_t>(count);
  });
}

Result<bool> replace_sealed_param(Transaction& transaction, const SealedParam& param, const std::string& value) {
  return guarded(transaction.database(), "seal a parameter anew", [&](soci::session& sql) -> Result<bool> {
    auto id = static_cast<long long>(param.monitor.value);
    auto before = to_hex(param.value);
    auto after = to_hex(value);
    soci::statement update = (sql.prepare << "UPDATE monitor_params SET value = :after WHERE monitor_id = :id AND "
                                             "field = :field AND sealed = 1 AND value = :before",
                              use(after, "after"), use(id, "id"), use(param.field, "field"), use(before, "before"));
    update.execute(true);
    if (changed_rows(update) != 1) return false;
    sql << "UPDATE monitors SET version = version + 1 WHERE id = :id", use(id, "id");
    return true;
  });
}

}  // namespace holter::catalog
