#include <algorithm>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/session.h"
#include "catalog/status_pages.h"

// What people announce on status pages.
namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostComponentsText = 8192;

/// "web,db"; the ids have no commas.
std::string joined(const std::vector<std::string>& components) {
  std::string out;
  for (const auto& component : components) out.append(out.empty() ? "" : ",").append(component);
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

/// A row, as it is bound.
struct Row {
  void prepare(soci::statement& rows, const std::string& where) {
    rows.exchange(into(id));
    rows.exchange(into(page));
    rows.exchange(into(found.title));
    rows.exchange(into(found.kind));
    rows.exchange(into(found.state));
    rows.exchange(into(found.impact));
    rows.exchange(into(components));
    rows.exchange(into(starts));
    rows.exchange(into(ends));
    rows.exchange(into(version));
    rows.exchange(into(created));
    rows.exchange(into(found.created_by));
    rows.exchange(into(updated));
    rows.exchange(into(found.updated_by));
    rows.alloc();
    rows.prepare(
        "SELECT id, page_id, title, kind, state, impact, components, starts_ms, ends_ms, version, created_ms, "
        "created_by, updated_ms, updated_by FROM status_announcements WHERE " +
        where);
    rows.define_and_bind();
  }
  const StatusAnnouncement& fetched() {
    found.id = StatusAnnouncementId{static_cast<std::uint64_t>(id)};
    found.page = StatusPageId{static_cast<std::uint64_t>(page)};
    found.components = split(components);
    found.starts = from_epoch_ms(starts);
    found.ends = from_epoch_ms(ends);
    found.version = static_cast<std::uint64_t>(version);
    found.created = from_epoch_ms(created);
    found.updated = from_epoch_ms(updated);
    return found;
  }

  StatusAnnouncement found;
  std::string components;
  long long id = 0, page = 0, starts = 0, ends = 0, version = 0, created = 0, updated = 0;
};

std::string about(std::string_view verb, const StatusAnnouncement& announcement) {
  return fmt::format("{} the announcement '{}'", verb, announcement.title.substr(0, kMostName));
}

std::string about(std::string_view verb, StatusAnnouncementId id) {
  return fmt::format("{} the announcement with the id {}", verb, id.value);
}

Status check(const StatusAnnouncement& announcement) {
  TRY_OK(check_name("title of the announcement", announcement.title, kMostDescription));
  for (const auto& component : announcement.components) {
    TRY_OK(check_name("component of the announcement", component));
    if (component.contains(','))
      return Error(ErrorCode::kInvalidArgument, "cannot store a component of an announcement with a comma in it");
  }
  return check_text("components of the announcement", joined(announcement.components), kMostComponentsText);
}

/// Why a change of that announcement and version changed nothing.
Error not_changed(soci::session& sql, StatusPageId page, StatusAnnouncementId id, std::uint64_t expected,
                  std::string_view what) {
  auto key = static_cast<long long>(id.value), of = static_cast<long long>(page.value);
  long long version = 0;
  sql << "SELECT version FROM status_announcements WHERE id = :id AND page_id = :page", use(key, "id"), use(of, "page"),
      into(version);
  if (!sql.got_data())
    return {ErrorCode::kNotFound, fmt::format("cannot {}: the page has no announcement with that id", what)};
  return {ErrorCode::kConflict,
          fmt::format("cannot {}: it is version {} now, and version {} was to be changed", what, version, expected)};
}

bool has_page(soci::session& sql, StatusPageId page) {
  auto key = static_cast<long long>(page.value);
  int found = 0;
  sql << "SELECT count(*) FROM status_pages WHERE id = :id", use(key, "id"), into(found);
  return found != 0;
}

}  // namespace

Result<StatusAnnouncement> create_status_announcement(Transaction& transaction, StatusAnnouncement announcement) {
  TRY_OK(check(announcement));
  auto what = about("store", announcement);
  if (!is_key(announcement.page.value))
    return Error(ErrorCode::kNotFound, fmt::format("cannot {}: it has no page", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<StatusAnnouncement> {
    if (!has_page(sql, announcement.page))
      return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its page is gone", what));
    long long page = static_cast<long long>(announcement.page.value), count = 0;
    sql << "SELECT count(*) FROM status_announcements WHERE page_id = :page", use(page, "page"), into(count);
    if (count >= static_cast<long long>(kMostStatusAnnouncements))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot {}: the page has {} already, and no more may be: delete old ones", what,
                               kMostStatusAnnouncements));
    announcement.id = StatusAnnouncementId{take_ids(sql, "status_announcement", 1)};
    announcement.version = 1;
    announcement.created = announcement.updated = transaction.now();
    announcement.created_by = announcement.updated_by = transaction.who();
    long long id = static_cast<long long>(announcement.id.value), now = epoch_ms(announcement.created);
    long long starts = epoch_ms(announcement.starts), ends = epoch_ms(announcement.ends);
    auto components = joined(announcement.components);
    sql << "INSERT INTO status_announcements (id, page_id, title, kind, state, impact, components, starts_ms, ends_ms, "
           "version, created_ms, created_by, updated_ms, updated_by) VALUES (:id, :page, :title, :kind, :state, "
           ":impact, :components, :starts, :ends, 1, :now, :who, :now, :who)",
        use(id, "id"), use(page, "page"), use(announcement.title, "title"), use(announcement.kind, "kind"),
        use(announcement.state, "state"), use(announcement.impact, "impact"), use(components, "components"),
        use(starts, "starts"), use(ends, "ends"), use(now, "now"), use(announcement.created_by, "who");
    return std::move(announcement);
  });
}

Result<StatusAnnouncement> update_status_announcement(Transaction& transaction,
                                                      const StatusAnnouncement& announcement) {
  TRY_OK(check(announcement));
  auto what = about("change", announcement);
  if (!is_key(announcement.id.value) || !is_key(announcement.page.value))
    return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<StatusAnnouncement> {
    long long id = static_cast<long long>(announcement.id.value), now = epoch_ms(transaction.now());
    auto page = static_cast<long long>(announcement.page.value), version = static_cast<long long>(announcement.version);
    long long starts = epoch_ms(announcement.starts), ends = epoch_ms(announcement.ends);
    auto components = joined(announcement.components);
    soci::statement update =
        (sql.prepare << "UPDATE status_announcements SET title = :title, kind = :kind, state = :state, "
                        "impact = :impact, components = :components, starts_ms = :starts, ends_ms = :ends, "
                        "version = version + 1, updated_ms = :now, updated_by = :who "
                        "WHERE id = :id AND page_id = :page AND version = :version",
         use(announcement.title, "title"), use(announcement.kind, "kind"), use(announcement.state, "state"),
         use(announcement.impact, "impact"), use(components, "components"), use(starts, "starts"), use(ends, "ends"),
         use(now, "now"), use(transaction.who(), "who"), use(id, "id"), use(page, "page"), use(version, "version"));
    update.execute(true);
    if (changed_rows(update) == 0)
      return not_changed(sql, announcement.page, announcement.id, announcement.version, what);
    return find_status_announcement(transaction.database(), announcement.page, announcement.id);
  });
}

Status delete_status_announcement(Transaction& transaction, StatusPageId page, StatusAnnouncementId id,
                                  std::optional<std::uint64_t> version) {
  auto what = about("delete", id);
  if (!is_key(id.value) || !is_key(page.value))
    return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    auto key = static_cast<long long>(id.value), of = static_cast<long long>(page.value);
    auto expected = static_cast<long long>(version.value_or(0));
    int any = version ? 0 : 1;
    soci::statement remove = (sql.prepare << "DELETE FROM status_announcements WHERE id = :id AND page_id = :page AND "
                                             "(:any = 1 OR version = :version)",
                              use(key, "id"), use(of, "page"), use(any, "any"), use(expected, "version"));
    remove.execute(true);
    if (changed_rows(remove) == 0) return not_changed(sql, page, id, version.value_or(0), what);
    return {};
  });
}

Result<StatusAnnouncement> find_status_announcement(Database& database, StatusPageId page, StatusAnnouncementId id) {
  auto what = about("find", id);
  if (!is_key(id.value) || !is_key(page.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
  return guarded(database, what, [&](soci::session& sql) -> Result<StatusAnnouncement> {
    auto key = static_cast<long long>(id.value), of = static_cast<long long>(page.value);
    Row row;
    soci::statement rows(sql);
    rows.exchange(use(key, "id"));
    rows.exchange(use(of, "page"));
    row.prepare(rows, "id = :id AND page_id = :page");
    if (!rows.execute(true)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return row.fetched();
  });
}

Result<std::vector<StatusAnnouncement>> read_status_announcements(Database& database, StatusPageId page,
                                                                  const StatusAnnouncementQuery& query) {
  return guarded(database, "read the announcements of a status page",
                 [&](soci::session& sql) -> Result<std::vector<StatusAnnouncement>> {
                   std::vector<StatusAnnouncement> found;
                   if (!is_key(page.value)) return found;
                   auto of = static_cast<long long>(page.value);
                   long long before = is_key(query.before.value) ? static_cast<long long>(query.before.value)
                                                                 : std::numeric_limits<std::int64_t>::max();
                   long long since = epoch_ms(query.current_since);
                   auto most = static_cast<long long>(std::min(query.most, kMostStatusAnnouncements));
                   Row row;
                   soci::statement rows(sql);
                   rows.exchange(use(of, "page"));
                   rows.exchange(use(before, "before"));
                   rows.exchange(use(since, "since"));
                   rows.exchange(use(most, "most"));
                   row.prepare(rows,
                               "page_id = :page AND id < :before AND (state NOT IN ('resolved', 'completed') OR "
                               "updated_ms >= :since) ORDER BY id DESC LIMIT :most");
                   for (bool more = rows.execute(true); more; more = rows.fetch()) found.push_back(row.fetched());
                   return found;
                 });
}

Result<StatusUpdate> add_status_update(Transaction& transaction, StatusAnnouncementId announcement,
                                       StatusUpdate update) {
  TRY_OK(check_text("text of the update", update.text, kMostStatusText));
  auto what = fmt::format("add an update to the announcement with the id {}", announcement.value);
  if (!is_key(announcement.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: its id is none", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<StatusUpdate> {
    long long of = static_cast<long long>(announcement.value), count = 0;
    int there = 0;
    sql << "SELECT count(*) FROM status_announcements WHERE id = :id", use(of, "id"), into(there);
    if (there == 0) return Error(ErrorCode::kNotFound, fmt::format("cannot {}: it is gone", what));
    sql << "SELECT count(*) FROM status_updates WHERE announcement_id = :id", use(of, "id"), into(count);
    if (count >= static_cast<long long>(kMostStatusUpdates))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot {}: it has {} already, and no more may be", what, kMostStatusUpdates));
    update.id = take_ids(sql, "status_update", 1);
    update.who = transaction.who();
    long long id = static_cast<long long>(update.id), time = epoch_ms(update.time);
    sql << "INSERT INTO status_updates (id, announcement_id, time_ms, state, who, text) VALUES (:id, :of, :time, "
           ":state, :who, :text)",
        use(id, "id"), use(of, "of"), use(time, "time"), use(update.state, "state"), use(update.who, "who"),
        use(update.text, "text");
    return std::move(update);
  });
}

Result<std::vector<StatusUpdate>> read_status_updates(Database& database, StatusAnnouncementId announcement,
                                                      std::size_t most) {
  return guarded(
      database, "read the updates of an announcement", [&](soci::session& sql) -> Result<std::vector<StatusUpdate>> {
        std::vector<StatusUpdate> found;
        if (!is_key(announcement.value)) return found;
        auto of = static_cast<long long>(announcement.value);
        auto limit = static_cast<long long>(std::min(most, kMostStatusUpdates));
        long long id = 0, time = 0;
        StatusUpdate update;
        soci::statement rows =
            (sql.prepare << "SELECT id, time_ms, state, who, text FROM status_updates WHERE announcement_id = :of "
                            "ORDER BY id DESC LIMIT :most",
             use(of, "of"), use(limit, "most"), into(id), into(time), into(update.state), into(update.who),
             into(update.text));
        for (bool more = rows.execute(true); more; more = rows.fetch()) {
          update.id = static_cast<std::uint64_t>(id);
          update.time = from_epoch_ms(time);
          found.push_back(update);
        }
        return found;
      });
}

}  // namespace holter::catalog
