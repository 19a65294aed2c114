#include "catalog/sealed_params.h"

#include "catalog/rules.h"
#include "catalog/sealed_values.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

Status read_of_monitors(soci::session& sql, const SealedParam& after, std::size_t most,
                        std::vector<SealedParam>& found) {
  auto after_id = static_cast<long long>(after.monitor.value);
  auto limit = static_cast<long long>(most);
  long long id = 0;
  std::string field, value;
  soci::statement rows =
      (sql.prepare << "SELECT monitor_id, field, value FROM monitor_params WHERE sealed = 1 AND "
                      "(monitor_id, field) > (:id, :field) ORDER BY monitor_id, field LIMIT :most",
       use(after_id, "id"), use(after.field, "field"), use(limit, "most"), into(id), into(field), into(value));
  rows.execute();
  while (rows.fetch()) {
    TRY(auto bytes, from_hex(value));
    found.push_back({MonitorId{static_cast<std::uint64_t>(id)}, field, std::move(bytes)});
  }
  return {};
}

/// One document after the other: each has up to 64 KiB.
Status read_of_receivers(soci::session& sql, AlertObjectId after, std::size_t most, std::vector<SealedParam>& found) {
  auto id = static_cast<long long>(after.value);
  std::string json;
  soci::statement next =
      (sql.prepare << "SELECT id, json FROM alert_objects WHERE kind = 'receiver' AND sealed > 0 AND id > :after "
                      "ORDER BY id LIMIT 1",
       use(id, "after"), into(id), into(json));
  while (found.size() < most && next.execute(true)) {
    TRY(auto values, find_sealed_values(json));
    AlertObjectId receiver{static_cast<std::uint64_t>(id)};
    for (auto& sealed : values) found.push_back({{}, std::move(sealed.field), std::move(sealed.value), receiver});
  }
  return {};
}

Result<bool> replace_of_receiver(soci::session& sql, const SealedParam& param, const std::string& value) {
  auto id = static_cast<long long>(param.receiver.value);
  std::string json;
  sql << "SELECT json FROM alert_objects WHERE kind = 'receiver' AND id = :id", use(id, "id"), into(json);
  if (!sql.got_data()) return false;
  auto changed = replace_sealed_value(json, {param.field, param.value}, value);
  if (!changed) return false;
  TRY_OK(check_text("document of a receiver", *changed, kMostAlertObjectJson));
  sql << "UPDATE alert_objects SET json = :json, version = version + 1 WHERE id = :id", use(*changed, "json"),
      use(id, "id");
  return true;
}

Result<bool> replace_of_monitor(soci::session& sql, const SealedParam& param, const std::string& value) {
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
}

}  // namespace

Result<std::vector<SealedParam>> read_sealed_params(Database& database, const SealedParam& after, std::size_t most) {
  return guarded(database, "read sealed values", [&](soci::session& sql) -> Result<std::vector<SealedParam>> {
    std::vector<SealedParam> found;
    if (after.receiver.value == 0) TRY_OK(read_of_monitors(sql, after, most, found));
    TRY_OK(read_of_receivers(sql, after.receiver, most, found));
    return found;
  });
}

Result<std::size_t> count_sealed_params(Database& database) {
  return guarded(database, "count sealed values", [](soci::session& sql) -> Result<std::size_t> {
    long long params = 0, of_receivers = 0;
    sql << "SELECT count(*) FROM monitor_params WHERE sealed = 1", into(params);
    sql << "SELECT coalesce(sum(sealed), 0) FROM alert_objects WHERE kind = 'receiver'", into(of_receivers);
    return static_cast<std::size_t>(params + of_receivers);
  });
}

Result<bool> replace_sealed_param(Transaction& transaction, const SealedParam& param, const std::string& value) {
  return guarded(transaction.database(), "seal a value anew", [&](soci::session& sql) -> Result<bool> {
    if (param.receiver.value != 0) return replace_of_receiver(sql, param, value);
    return replace_of_monitor(sql, param, value);
  });
}

}  // namespace holter::catalog
