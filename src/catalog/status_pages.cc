#include "catalog/status_pages.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostReadBytes = 1 << 20;

/// A row, as it is bound.
struct Row {
  void prepare(soci::statement& rows, bool with_logo, const std::string& where) {
    rows.exchange(into(id));
    rows.exchange(into(page.slug));
    rows.exchange(into(version));
    rows.exchange(into(created));
    rows.exchange(into(page.created_by));
    rows.exchange(into(updated));
    rows.exchange(into(page.updated_by));
    rows.exchange(into(page.logo_type));
    rows.exchange(into(page.json));
    rows.exchange(into(page.logo));
    rows.alloc();
    rows.prepare(
        fmt::format("SELECT id, slug, version, created_ms, created_by, updated_ms, updated_by, logo_type, "
                    "json, {} FROM status_pages WHERE {}",
                    with_logo ? "logo" : "''", where));
    rows.define_and_bind();
  }
  const StatusPage& fetched() {
    page.id = StatusPageId{static_cast<std::uint64_t>(id)};
    page.version = static_cast<std::uint64_t>(version);
    page.created = from_epoch_ms(created);
    page.updated = from_epoch_ms(updated);
    return page;
  }

  StatusPage page;
  long long id = 0, version = 0, created = 0, updated = 0;
};

std::string about(std::string_view verb, const StatusPage& page) {
  return fmt::format("{} the status page '{}'", verb, page.slug.substr(0, kMostName));
}

Status check(const StatusPage& page) {
  TRY_OK(check_name("address of the status page", page.slug));
  TRY_OK(check_text(fmt::format("document of the status page '{}'", page.slug), page.json, kMostStatusPageJson));
  TRY_OK(check_text("media type of the logo", page.logo_type, kMostName));
  return check_text("logo", page.logo, kMostStatusLogo);
}

long long count_pages(soci::session& sql) {
  long long found = 0;
  sql << "SELECT count(*) FROM status_pages", into(found);
  return found;
}

/// Why a change of that page and version changed nothing.
Error not_changed(soci::session& sql, StatusPageId id, std::uint64_t expected, std::string_view what) {
  auto key = static_cast<long long>(id.value);
  long long version = 0;
  sql << "SELECT version FROM status_pages WHERE id = :id", use(key, "id"), into(version);
  if (!sql.got_data())
    return {ErrorCode::kNotFound, fmt::format("cannot {}: there is no status page with the id {}", what, id.value)};
  return {ErrorCode::kConflict,
          fmt::format("cannot {}: it is version {} now, and version {} was to be changed", what, version, expected)};
}

}  // namespace

Result<StatusPage> create_status_page(Transaction& transaction, StatusPage page) {
  TRY_OK(check(page));
  auto what = about("store", page);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<StatusPage> {
    if (count_pages(sql) >= static_cast<long long>(kMostStatusPages))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot {}: there are {} already, and no more may be", what, kMostStatusPages));
    page.id = StatusPageId{take_ids(sql, "status_page", 1)};
    page.version = 1;
    page.created = page.updated = transaction.now();
    page.created_by = page.updated_by = transaction.who();
    long long id = static_cast<long long>(page.id.value), now = epoch_ms(page.created);
    sql << "INSERT INTO status_pages (id, slug, version, created_ms, created_by, updated_ms, updated_by, logo_type, "
           "json, logo) VALUES (:id, :slug, 1, :now, :who, :now, :who, :type, :json, :logo)",
        use(id, "id"), use(page.slug, "slug"), use(now, "now"), use(page.created_by, "who"),
        use(page.logo_type, "type"), use(page.json, "json"), use(page.logo, "logo");
    return std::move(page);
  });
}

Result<StatusPage> update_status_page(Transaction& transaction, const StatusPage& page) {
  TRY_OK(check(page));
  auto what = about("change", page);
  if (!is_key(page.id.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<StatusPage> {
    long long id = static_cast<long long>(page.id.value), now = epoch_ms(transaction.now());
    auto version = static_cast<long long>(page.version);
    soci::statement update =
        (sql.prepare << "UPDATE status_pages SET slug = :slug, logo_type = :type, json = :json, logo = :logo, "
                        "version = version + 1, updated_ms = :now, updated_by = :who "
                        "WHERE id = :id AND version = :version",
         use(page.slug, "slug"), use(page.logo_type, "type"), use(page.json, "json"), use(page.logo, "logo"),
         use(now, "now"), use(transaction.who(), "who"), use(id, "id"), use(version, "version"));
    update.execute(true);
    if (changed_rows(update) == 0) return not_changed(sql, page.id, page.version, what);
    return find_status_page(transaction.database(), page.slug);
  });
}

Status delete_status_page(Transaction& transaction, StatusPageId id, std::optional<std::uint64_t> version) {
  auto what = fmt::format("delete the status page with the id {}", id.value);
  if (!is_key(id.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    auto key = static_cast<long long>(id.value), expected = static_cast<long long>(version.value_or(0));
    int any = version ? 0 : 1;
    soci::statement remove =
        (sql.prepare << "DELETE FROM status_pages WHERE id = :id AND (:any = 1 OR version = :version)", use(key, "id"),
         use(any, "any"), use(expected, "version"));
    remove.execute(true);
    if (changed_rows(remove) == 0) return not_changed(sql, id, version.value_or(0), what);
    return {};
  });
}

Result<StatusPage> find_status_page(Database& database, const std::string& slug, bool with_logo) {
  TRY_OK(check_text("address of a status page", slug, kMostName));
  auto what = fmt::format("find the status page '{}'", slug);
  return guarded(database, what, [&](soci::session& sql) -> Result<StatusPage> {
    Row row;
    soci::statement rows(sql);
    rows.exchange(use(slug, "slug"));
    row.prepare(rows, with_logo, "slug = :slug");
    if (!rows.execute(true)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return row.fetched();
  });
}

Result<std::vector<StatusPage>> read_status_pages(Database& database, StatusPageId after, std::size_t most) {
  return guarded(database, "read the status pages", [&](soci::session& sql) -> Result<std::vector<StatusPage>> {
    std::vector<StatusPage> found;
    if (after.value != 0 && !is_key(after.value)) return found;
    // PostgreSQL's client takes the whole answer: the number of rows bounds it, 8 documents of 64 KiB at a time.
    long long behind = static_cast<long long>(after.value), step = 8;
    Row row;
    soci::statement rows(sql);
    rows.exchange(use(behind, "after"));
    rows.exchange(use(step, "step"));
    row.prepare(rows, false, "id > :after ORDER BY id LIMIT :step");
    for (std::size_t bytes = 0; found.size() < most && (bytes < kMostReadBytes || found.empty());) {
      step = std::min<long long>(step, static_cast<long long>(most - found.size()));
      long long seen = 0;
      for (bool more = rows.execute(true); more; more = rows.fetch(), ++seen) {
        found.push_back(row.fetched());
        bytes += row.page.json.size();
      }
      if (seen < step) break;
      behind = row.id;
    }
    return found;
  });
}

}  // namespace holter::catalog
