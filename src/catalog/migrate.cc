#include <array>
#include <span>
#include <string>

#include <fmt/format.h>

#include "base/log.h"
#include "catalog/migrations/v1_monitors.h"
#include "catalog/migrations/v2_accounts.h"
#include "catalog/migrations/v3_texts.h"
#include "catalog/migrations/v4_sessions.h"
#include "catalog/migrations/v5_alerts.h"
#include "catalog/migrations/v6_status.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

constexpr std::array<std::span<const std::string_view>, kSchemaVersion> kMigrations = {
    migrations::kV1, migrations::kV2, migrations::kV3, migrations::kV4, migrations::kV5, migrations::kV6};

/// `sql` in the engine's dialect.
std::string in_dialect(std::string_view sql, Engine engine) {
  struct Word {
    std::string_view word, sqlite, postgresql;
  };
  constexpr Word kWords[] = {
      {"$ID", "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"},
      {"$SERIAL", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
      {"$END", "WITHOUT ROWID", ""},
  };
  std::string text(sql);
  for (const auto& [word, sqlite, postgresql] : kWords)
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word))
      text.replace(at, word.size(), engine == Engine::kSqlite ? sqlite : postgresql);
  return text;
}

bool has_schema(Connection& connection) {
  int found = 0;
  connection.sql << (connection.engine == Engine::kSqlite
                         ? "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions'"
                         : "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_versions')"),
      soci::into(found);
  return found != 0;
}

int version_of(Connection& connection) {
  if (!has_schema(connection)) return 0;
  int version = 0;
  connection.sql << "SELECT coalesce(max(version), 0) FROM schema_versions", soci::into(version);
  return version;
}

Error too_new(Connection& connection, int version) {
  std::string program;
  connection.sql << "SELECT program FROM schema_versions WHERE version = :version", soci::use(version, "version"),
      soci::into(program);
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot use the {}: program {} made its schema version {}, and this one knows up to {}; run that "
                      "program, or restore a backup from before",
                      connection.name, program.substr(0, 40), version, kSchemaVersion)};
}

/// Within a transaction that keeps other writers out.
Status apply(Connection& connection, WallTime now, int version) {
  auto& sql = connection.sql;
  auto present = version_of(connection);
  if (present == 0 && !has_schema(connection))
    sql << "CREATE TABLE schema_versions (version INTEGER NOT NULL PRIMARY KEY, applied_ms BIGINT NOT NULL, "
           "program TEXT NOT NULL)";
  if (present > kSchemaVersion) return too_new(connection, present);
  for (int next = present + 1; next <= version; ++next) {
    for (auto statement : kMigrations[static_cast<std::size_t>(next - 1)])
      sql << in_dialect(statement, connection.engine);
    long long applied = epoch_ms(now);
    sql << "INSERT INTO schema_versions (version, applied_ms, program) VALUES (:version, :applied, :program)",
        soci::use(next, "version"), soci::use(applied, "applied"),
        soci::use(connection.options.program_version, "program");
    log::info("catalog", "{}: the schema is version {} now", connection.name, next);
  }
  return {};
}

}  // namespace

Result<int> schema_version(Connection& connection) {
  try {
    return version_of(connection);
  } catch (...) {
    return current_failure(connection, "read the version of the " + connection.name);
  }
}

Status migrate(Connection& connection, WallTime now, int version) {
  TRY(auto present, schema_version(connection));
  if (present == version) return {};  // the usual case takes no lock
  TRY_OK(begin_on(connection));
  auto done = [&]() -> Status {
    try {
      return apply(connection, now, version);
    } catch (...) {
      return current_failure(connection, fmt::format("bring the {} to version {}", connection.name, version));
    }
  }();
  if (done) return commit_on(connection);
  rollback_on(connection);
  return done;
}

}  // namespace holter::catalog
