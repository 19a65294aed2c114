#include "catalog/alert_objects.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/sealed_values.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::array<std::string_view, kAlertObjectKinds> kWords{"rule",       "receiver", "route",   "silence",
                                                                 "inhibition", "template", "rotation"};

/// A row, as it is bound.
struct Row {
  explicit Row(AlertObjectKind of) : kind(to_string(of)) { object.kind = of; }

  void prepare(soci::statement& rows, const std::string& where) {
    rows.exchange(into(id));
    rows.exchange(into(object.name));
    rows.exchange(into(object.json));
    rows.exchange(into(enabled));
    rows.exchange(into(version));
    rows.exchange(into(created));
    rows.exchange(into(object.created_by));
    rows.exchange(into(updated));
    rows.exchange(into(object.updated_by));
    rows.exchange(use(kind, "kind"));
    rows.alloc();
    rows.prepare(
        "SELECT id, name, json, enabled, version, created_ms, created_by, updated_ms, updated_by "
        "FROM alert_objects WHERE kind = :kind AND " +
        where);
    rows.define_and_bind();
  }
  const AlertObject& fetched() {
    object.id = AlertObjectId{static_cast<std::uint64_t>(id)};
    object.enabled = enabled != 0;
    object.version = static_cast<std::uint64_t>(version);
    object.created = from_epoch_ms(created);
    object.updated = from_epoch_ms(updated);
    return object;
  }

  std::string kind;
  AlertObject object;
  long long id = 0, version = 0, created = 0, updated = 0;
  int enabled = 0;
};

std::string about(std::string_view verb, const AlertObject& object) {
  return fmt::format("{} the {} '{}'", verb, to_string(object.kind), object.name.substr(0, kMostName));
}

std::string about(std::string_view verb, AlertObjectKind kind, AlertObjectId id) {
  return fmt::format("{} the {} with the id {}", verb, to_string(kind), id.value);
}

/// How many secrets its document holds. Errors: kInvalidArgument.
Result<long long> check(const AlertObject& object) {
  auto word = to_string(object.kind);
  TRY_OK(check_name(fmt::format("name of the {}", word), object.name));
  TRY_OK(check_text(fmt::format("document of the {} '{}'", word, object.name), object.json, kMostAlertObjectJson));
  // Only receivers have secrets: the text of a template may begin as it likes.
  if (object.kind != AlertObjectKind::kReceiver) return 0;
  auto sealed = find_sealed_values(object.json);
  if (!sealed) return std::move(sealed).error().with_context(about("store", object));
  return static_cast<long long>(sealed->size());
}

long long count(soci::session& sql, AlertObjectKind kind) {
  std::string word(to_string(kind));
  long long found = 0;
  sql << "SELECT count(*) FROM alert_objects WHERE kind = :kind", use(word, "kind"), into(found);
  return found;
}

/// Why a change of that one and version changed nothing.
Error not_changed(soci::session& sql, AlertObjectKind kind, AlertObjectId id, std::uint64_t expected,
                  std::string_view what) {
  std::string word(to_string(kind));
  auto key = static_cast<long long>(id.value);
  long long version = 0;
  sql << "SELECT version FROM alert_objects WHERE kind = :kind AND id = :id", use(word, "kind"), use(key, "id"),
      into(version);
  if (!sql.got_data())
    return {ErrorCode::kNotFound, fmt::format("cannot {}: there is no {} with the id {}", what, word, id.value)};
  return {ErrorCode::kConflict,
          fmt::format("cannot {}: it is version {} now, and version {} was to be changed", what, version, expected)};
}

void insert(soci::session& sql, const AlertObject& object, long long sealed) {
  std::string word(to_string(object.kind));
  long long id = static_cast<long long>(object.id.value), now = epoch_ms(object.created);
  int enabled = object.enabled ? 1 : 0;
  sql << "INSERT INTO alert_objects (id, kind, name, json, sealed, enabled, version, created_ms, created_by, "
         "updated_ms, updated_by) VALUES (:id, :kind, :name, :json, :sealed, :enabled, 1, :now, :who, :now, :who)",
      use(id, "id"), use(word, "kind"), use(object.name, "name"), use(object.json, "json"), use(sealed, "sealed"),
      use(enabled, "enabled"), use(now, "now"), use(object.created_by, "who");
}

}  // namespace

std::string_view to_string(AlertObjectKind kind) {
  return kWords[static_cast<std::size_t>(kind)];
}

std::optional<AlertObjectKind> parse_alert_object_kind(std::string_view word) {
  auto found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<AlertObjectKind>(found - kWords.begin());
}

Result<AlertObject> create_alert_object(Transaction& transaction, AlertObject object,
                                        const AlertObjectCompletion& complete) {
  auto what = about("store", object);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<AlertObject> {
    auto most = kMostAlertObjects[static_cast<std::size_t>(object.kind)];
    if (count(sql, object.kind) >= static_cast<long long>(most))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot {}: there are {} already, and no more may be", what, most));
    object.id = AlertObjectId{take_ids(sql, "alert_object", 1)};
    if (complete) TRY_OK(complete(object));
    TRY(auto sealed, check(object));
    object.version = 1;
    object.created = object.updated = transaction.now();
    object.created_by = object.updated_by = transaction.who();
    insert(sql, object, sealed);
    return std::move(object);
  });
}

Result<AlertObject> update_alert_object(Transaction& transaction, const AlertObject& object) {
  TRY(auto sealed, check(object));
  auto what = about("change", object);
  if (!is_key(object.id.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<AlertObject> {
    std::string word(to_string(object.kind));
    long long id = static_cast<long long>(object.id.value), now = epoch_ms(transaction.now());
    auto version = static_cast<long long>(object.version);
    int enabled = object.enabled ? 1 : 0;
    soci::statement update =
        (sql.prepare << "UPDATE alert_objects SET name = :name, json = :json, sealed = :sealed, enabled = :enabled, "
                        "version = version + 1, updated_ms = :now, updated_by = :who "
                        "WHERE kind = :kind AND id = :id AND version = :version",
         use(object.name, "name"), use(object.json, "json"), use(sealed, "sealed"), use(enabled, "enabled"),
         use(now, "now"), use(transaction.who(), "who"), use(word, "kind"), use(id, "id"), use(version, "version"));
    update.execute(true);
    if (changed_rows(update) == 0) return not_changed(sql, object.kind, object.id, object.version, what);
    return find_alert_object(transaction.database(), object.kind, object.id);
  });
}

Status delete_alert_object(Transaction& transaction, AlertObjectKind kind, AlertObjectId id,
                           std::optional<std::uint64_t> version) {
  auto what = about("delete", kind, id);
  if (!is_key(id.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    std::string word(to_string(kind));
    auto key = static_cast<long long>(id.value), expected = static_cast<long long>(version.value_or(0));
    int any = version ? 0 : 1;
    soci::statement remove = (sql.prepare << "DELETE FROM alert_objects WHERE kind = :kind AND id = :id AND "
                                             "(:any = 1 OR version = :version)",
                              use(word, "kind"), use(key, "id"), use(any, "any"), use(expected, "version"));
    remove.execute(true);
    if (changed_rows(remove) == 0) return not_changed(sql, kind, id, version.value_or(0), what);
    return {};
  });
}

Result<AlertObject> find_alert_object(Database& database, AlertObjectKind kind, AlertObjectId id) {
  auto what = about("find", kind, id);
  if (!is_key(id.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
  return guarded(database, what, [&](soci::session& sql) -> Result<AlertObject> {
    Row row(kind);
    auto key = static_cast<long long>(id.value);
    soci::statement rows(sql);
    rows.exchange(use(key, "id"));
    row.prepare(rows, "id = :id");
    if (!rows.execute(true)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return row.fetched();
  });
}

Result<AlertObject> find_alert_object(Database& database, AlertObjectKind kind, const std::string& name) {
  TRY_OK(check_text(fmt::format("name of a {}", to_string(kind)), name, kMostName));
  auto what = fmt::format("find the {} '{}'", to_string(kind), name);
  return guarded(database, what, [&](soci::session& sql) -> Result<AlertObject> {
    Row row(kind);
    soci::statement rows(sql);
    rows.exchange(use(name, "name"));
    row.prepare(rows, "name = :name");
    if (!rows.execute(true)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return row.fetched();
  });
}

Result<std::size_t> count_alert_objects(Database& database, AlertObjectKind kind) {
  return guarded(database, fmt::format("count the {}s", to_string(kind)),
                 [&](soci::session& sql) -> Result<std::size_t> { return static_cast<std::size_t>(count(sql, kind)); });
}

Result<std::vector<AlertObject>> read_alert_objects(Database& database, AlertObjectKind kind, AlertObjectId after,
                                                    const AlertObjectLimits& limits) {
  auto what = fmt::format("read the {}s", to_string(kind));
  return guarded(database, what, [&](soci::session& sql) -> Result<std::vector<AlertObject>> {
    std::vector<AlertObject> found;
    if (after.value != 0 && !is_key(after.value)) return found;
    auto most = static_cast<long long>(std::max<std::size_t>(limits.objects, 1));
    // PostgreSQL's client takes the whole answer, so the number of rows is what bounds it: few at a time.
    long long behind = static_cast<long long>(after.value), step = 8;
    Row row(kind);
    soci::statement rows(sql);
    rows.exchange(use(behind, "after"));
    rows.exchange(use(step, "step"));
    row.prepare(rows, "id > :after ORDER BY id LIMIT :step");
    for (std::size_t bytes = 0;
         static_cast<long long>(found.size()) < most && (bytes < limits.bytes || found.empty());) {
      step = std::min(step, most - static_cast<long long>(found.size()));
      long long seen = 0;
      for (bool more = rows.execute(true); more; more = rows.fetch(), ++seen) {
        if (bytes >= limits.bytes && !found.empty()) continue;  // the statement is fetched to its end
        found.push_back(row.fetched());
        bytes += row.object.json.size();
      }
      if (seen < step) break;
      behind = row.id;
    }
    return found;
  });
}

}  // namespace holter::catalog
