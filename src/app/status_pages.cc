#include "app/status_pages.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "catalog/audit.h"
#include "status/announcement.h"
#include "status/logo.h"

// What people write: pages, and what they announce on them.
namespace holter::app {
namespace json = boost::json;
namespace {

using api::Problem;
using catalog::StatusAnnouncementId;

/// Of a page of the catalog: documents, and a bit.
constexpr std::size_t kReadBytes = (1 << 20) + 8 * catalog::kMostStatusPageJson;
constexpr std::size_t kPageBytes = catalog::kMostStatusPageJson + 2 * catalog::kMostStatusLogo;
constexpr std::size_t kNotesBytes = catalog::kMostStatusUpdates * (catalog::kMostStatusText + 256);
constexpr std::size_t kMostAudit = 16'000;

Problem refused(const status::Fault& fault) {
  return {422, fault.text, fault.member, 0};
}

/// Of errors of the catalog about a change.
Problem failed(const Error& error, bool versioned) {
  auto problem = api::to_problem(error);
  if (versioned && error.code() == ErrorCode::kConflict && error.message().contains("version"))
    return {412, error.message(), "If-Match", 0};
  if (problem.status == 409) problem.parameter = "slug";
  // Not for want of memory: waiting does not help.
  if (error.code() == ErrorCode::kResourceExhausted && error.message().contains("no more may be"))
    return {409, error.message(), "", 0};
  return problem;
}

struct Document {
  std::string slug;
  status::Page page;
  std::string logo, logo_type;
};

status::Checked<Document> read_document(std::string_view text) {
  auto object = status::parse_document(text);
  if (!object) return std::unexpected(std::move(object).error());
  status::JsonReader reader(*object, "", {"slug", "spec", "logo"});
  Document document;
  document.slug = reader.line("slug", 60, 1);
  if (!status::is_slug(document.slug))
    reader.fail("slug",
                fmt::format("cannot use '{}' as an address: 1 to 60 of a-z, 0-9 and '-' are needed, no '-' at an end",
                            excerpt(document.slug)));
  document.logo = reader.line("logo", status::kMostLogoText);
  const auto* spec = reader.object("spec");
  if (spec == nullptr) reader.fail("spec", "cannot leave it out: an object is needed");
  if (reader.fault()) return std::unexpected(*reader.fault());
  auto page = status::read_page(*spec);
  if (!page) return std::unexpected(std::move(page).error());
  document.page = std::move(*page);
  if (document.logo.empty()) return document;
  auto logo = status::read_logo(document.logo);
  if (!logo) return std::unexpected(std::move(logo).error());
  document.logo_type = logo->content_type;
  return document;
}

api::StatusPageDocument shown(const catalog::StatusPage& page) {
  return {.slug = page.slug,
          .spec = page.json,
          .logo = page.logo,
          .logo_type = page.logo_type,
          .version = page.version,
          .created_ms = epoch_ms(page.created),
          .updated_ms = epoch_ms(page.updated),
          .created_by = page.created_by,
          .updated_by = page.updated_by};
}

/// For the audit log: without the logo, and of a long document only the address.
std::string audit_text(const catalog::StatusPage& page) {
  auto text = fmt::format(R"({{"slug":{},"logo":"{}","spec":{}}})", json::serialize(json::value(page.slug)),
                          page.logo_type, page.json);
  if (text.size() > kMostAudit) text = fmt::format(R"({{"slug":{}}})", json::serialize(json::value(page.slug)));
  return text;
}
std::string audit_text(const catalog::StatusAnnouncement& row) {
  return json::serialize(
      json::object{{"title", row.title},
                   {"kind", row.kind},
                   {"state", row.state},
                   {"impact", row.impact},
                   {"components", json::array(row.components.begin(), row.components.end())},
                   {"starts", format_time(row.starts)},
                   {"ends", row.ends == WallTime() ? json::value(nullptr) : json::value(format_time(row.ends))}});
}
std::string target_of(std::string_view slug) {
  return fmt::format("status_page/{}", slug);
}
std::string target_of(std::string_view slug, StatusAnnouncementId id) {
  return fmt::format("status_page/{}/announcement/{}", slug, id.value);
}

/// An announcement with what was told of it.
struct Told {
  catalog::StatusAnnouncement row;
  std::vector<catalog::StatusUpdate> updates;
};
Result<Told> read_told(catalog::Database& database, const catalog::StatusAnnouncement& row) {
  TRY(auto updates, catalog::read_status_updates(database, row.id));
  return Told{row, std::move(updates)};
}

catalog::StatusAnnouncement row_of(const status::Announcement& given) {
  return {.title = given.title,
          .kind = std::string(to_string(given.kind)),
          .state = std::string(to_string(given.phase)),
          .impact = std::string(to_string(given.impact)),
          .components = given.components,
          .starts = given.starts.value_or(WallTime()),
          .ends = given.ends.value_or(WallTime())};
}

/// What is over has an end, which is not yet to come.
void close(catalog::StatusAnnouncement& row, WallTime now) {
  auto phase = status::parse_phase(row.state);
  if (phase && status::is_over(*phase) && (row.ends == WallTime() || row.ends > now))
    row.ends = std::max(now, row.starts);
}

}  // namespace

api::StatusAnnouncement shown(const catalog::StatusAnnouncement& row,
                              const std::vector<catalog::StatusUpdate>& updates) {
  api::StatusAnnouncement out{.id = row.id.value,
                              .title = row.title,
                              .kind = row.kind,
                              .state = row.state,
                              .impact = row.impact,
                              .components = row.components,
                              .starts_ms = epoch_ms(row.starts),
                              .ends_ms = epoch_ms(row.ends),
                              .version = row.version,
                              .created_ms = epoch_ms(row.created),
                              .updated_ms = epoch_ms(row.updated),
                              .created_by = row.created_by,
                              .updated_by = row.updated_by,
                              .notes = {}};
  out.notes.reserve(updates.size());
  for (const auto& update : updates)
    out.notes.push_back({update.id, epoch_ms(update.time), update.state, update.text, update.who});
  return out;
}

StatusPages::StatusPages(Parts parts)
    : parts_(std::move(parts)),
      views_(kViewFresh, parts_.clock),
      days_(kDaysFresh, parts_.clock),
      minutes_(kMinutesFresh, parts_.clock) {}

void StatusPages::forget() {
  views_.forget();
  days_.forget();
  minutes_.forget();
}

StatusPages::Answer<StatusPages::Loaded> StatusPages::load(std::string slug, bool knows, bool with_logo,
                                                           MonoTime deadline) {
  // The same words whether there is none or it is not for everybody.
  Problem none{404, fmt::format("cannot find the status page '{}'", excerpt(slug)), "slug", 0};
  if (!status::is_slug(slug)) co_return none;
  auto stored = co_await parts_.catalog.read<catalog::StatusPage>(
      [slug, with_logo](catalog::Database& database) { return catalog::find_status_page(database, slug, with_logo); },
      {"find a status page", deadline, slug.size()});
  if (!stored && stored.error().code() == ErrorCode::kNotFound) co_return none;
  if (!stored) co_return stored.error();
  auto page = status::parse_page(stored->json);
  if (!page)
    co_return Problem{500, fmt::format("BUG: the stored status page '{}' cannot be read: {}", slug, page.error().text),
                      "", 0};
  if (!page->is_public && !knows) co_return none;
  co_return Loaded{std::move(*stored), std::move(*page)};
}

StatusPages::Answer<std::vector<api::StatusPageRow>> StatusPages::list(Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(kReadBytes));
  std::vector<api::StatusPageRow> rows;
  for (catalog::StatusPageId after;;) {
    auto piece = co_await parts_.catalog.read<std::vector<catalog::StatusPage>>(
        [after](catalog::Database& database) { return catalog::read_status_pages(database, after); },
        {"list the status pages", caller.deadline, 0});
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    after = piece->back().id;
    for (const auto& stored : *piece) {
      auto page = status::parse_page(stored.json);
      rows.push_back({.slug = stored.slug,
                      .title = page ? page->title : std::string(),
                      .is_public = page && page->is_public,
                      .has_logo = !stored.logo_type.empty(),
                      .components = page ? status::count_components(*page) : 0,
                      .version = stored.version,
                      .updated_ms = epoch_ms(stored.updated),
                      .updated_by = stored.updated_by});
    }
  }
  co_return rows;
}

StatusPages::Answer<api::StatusPageDocument> StatusPages::find(std::string slug, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(kPageBytes));
  auto loaded = co_await load(std::move(slug), true, true, caller.deadline);
  if (!loaded) co_return loaded.error();
  co_return shown(loaded->stored);
}

StatusPages::Answer<api::StatusPageDocument> StatusPages::create(std::string text, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(2 * kPageBytes));
  auto document = read_document(text);
  if (!document) co_return refused(document.error());
  catalog::StatusPage page{.slug = document->slug,
                           .json = json::serialize(status::write_page(document->page)),
                           .logo_type = document->logo_type,
                           .logo = std::move(document->logo)};
  auto work = [page](catalog::Transaction& transaction) -> Result<catalog::StatusPage> {
    TRY(auto made, catalog::create_status_page(transaction, page));
    TRY_OK(catalog::append_audit(
        transaction,
        {.what = "status_page.create", .target = target_of(made.slug), .before = "", .after = audit_text(made)}));
    return made;
  };
  auto made = co_await parts_.catalog.write<catalog::StatusPage>(
      caller.who.account(), std::move(work),
      {fmt::format("store the status page '{}'", page.slug), caller.deadline, page.json.size() + page.logo.size()});
  if (!made) co_return failed(made.error(), false);
  forget();
  co_return shown(*made);
}

StatusPages::Answer<api::StatusPageDocument> StatusPages::replace(std::string slug, Version version, std::string text,
                                                                  Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(2 * kPageBytes));
  auto document = read_document(text);
  if (!document) co_return refused(document.error());
  auto there = co_await load(slug, true, false, caller.deadline);
  if (!there) co_return there.error();
  catalog::StatusPage page{.slug = document->slug,
                           .json = json::serialize(status::write_page(document->page)),
                           .logo_type = document->logo_type,
                           .logo = std::move(document->logo)};
  auto work = [slug, page, version](catalog::Transaction& transaction) -> Result<catalog::StatusPage> {
    TRY(auto before, catalog::find_status_page(transaction.database(), slug, false));
    auto next = page;
    next.id = before.id;
    next.version = version.value_or(before.version);
    TRY(auto stored, catalog::update_status_page(transaction, next));
    TRY_OK(catalog::append_audit(transaction, {.what = "status_page.update",
                                               .target = target_of(stored.slug),
                                               .before = audit_text(before),
                                               .after = audit_text(stored)}));
    return stored;
  };
  auto stored = co_await parts_.catalog.write<catalog::StatusPage>(
      caller.who.account(), std::move(work),
      {fmt::format("change the status page '{}'", slug), caller.deadline, page.json.size() + page.logo.size()});
  if (!stored) co_return failed(stored.error(), version.has_value());
  forget();
  co_return shown(*stored);
}

StatusPages::Answer<void> StatusPages::remove(std::string slug, Version version, Caller caller) {
  auto there = co_await load(slug, true, false, caller.deadline);
  if (!there) co_return there.error();
  auto work = [slug, version](catalog::Transaction& transaction) -> Result<bool> {
    TRY(auto before, catalog::find_status_page(transaction.database(), slug, false));
    TRY_OK(catalog::delete_status_page(transaction, before.id, version));
    TRY_OK(catalog::append_audit(
        transaction,
        {.what = "status_page.delete", .target = target_of(slug), .before = audit_text(before), .after = ""}));
    return true;
  };
  auto removed = co_await parts_.catalog.write<bool>(
      caller.who.account(), std::move(work), {fmt::format("delete the status page '{}'", slug), caller.deadline, 0});
  if (!removed) co_return failed(removed.error(), version.has_value());
  forget();
  co_return api::Answered<void>();
}

StatusPages::Answer<api::StatusAnnouncementPage> StatusPages::announcements(std::string slug,
                                                                            api::StatusAnnouncementQuery query,
                                                                            Caller caller) {
  constexpr std::size_t kRow = 1024;
  CO_TRY(auto held, parts_.pages.reserve((query.limit + 1) * kRow + kPageBytes));
  auto loaded = co_await load(std::move(slug), true, false, caller.deadline);
  if (!loaded) co_return loaded.error();
  auto page = loaded->stored.id;
  auto rows = co_await parts_.catalog.read<std::vector<catalog::StatusAnnouncement>>(
      [page, query](catalog::Database& database) {
        return catalog::read_status_announcements(database, page, {.before = {query.before}, .most = query.limit + 1});
      },
      {"list what was announced", caller.deadline, 0});
  if (!rows) co_return rows.error();
  api::StatusAnnouncementPage out;
  for (const auto& row : *rows) {
    if (out.rows.size() == query.limit) {
      out.next = out.rows.back().id;
      break;
    }
    out.rows.push_back(app::shown(row, {}));
  }
  co_return out;
}

StatusPages::Answer<api::StatusAnnouncement> StatusPages::announcement(std::string slug, std::uint64_t id,
                                                                       Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(kNotesBytes + kPageBytes));
  auto loaded = co_await load(std::move(slug), true, false, caller.deadline);
  if (!loaded) co_return loaded.error();
  auto page = loaded->stored.id;
  auto told = co_await parts_.catalog.read<Told>(
      [page, id](catalog::Database& database) -> Result<Told> {
        TRY(auto row, catalog::find_status_announcement(database, page, StatusAnnouncementId{id}));
        return read_told(database, row);
      },
      {"find an announcement", caller.deadline, 0});
  if (!told) co_return told.error();
  co_return app::shown(told->row, told->updates);
}

StatusPages::Answer<api::StatusAnnouncement> StatusPages::announce(std::string slug, std::string text, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(kPageBytes));
  auto loaded = co_await load(slug, true, false, caller.deadline);
  if (!loaded) co_return loaded.error();
  auto object = status::parse_document(text);
  if (!object) co_return refused(object.error());
  auto given = status::read_announcement(*object, loaded->page, true);
  if (!given) co_return refused(given.error());
  auto fresh = row_of(*given);
  fresh.page = loaded->stored.id;
  auto work = [slug, fresh, note = given->text](catalog::Transaction& transaction) -> Result<Told> {
    auto row = fresh;
    if (row.starts == WallTime()) row.starts = transaction.now();
    close(row, transaction.now());
    TRY(auto made, catalog::create_status_announcement(transaction, row));
    if (!note.empty())
      TRY_OK(catalog::add_status_update(transaction, made.id,
                                        {.time = transaction.now(), .state = made.state, .text = note}));
    TRY_OK(catalog::append_audit(transaction, {.what = "status_announcement.create",
                                               .target = target_of(slug, made.id),
                                               .before = "",
                                               .after = audit_text(made)}));
    return read_told(transaction.database(), made);
  };
  auto told = co_await parts_.catalog.write<Told>(caller.who.account(), std::move(work),
                                                  {"store an announcement", caller.deadline, text.size()});
  if (!told) co_return failed(told.error(), false);
  forget();
  co_return app::shown(told->row, told->updates);
}

StatusPages::Answer<api::StatusAnnouncement> StatusPages::replace_announcement(std::string slug, std::uint64_t id,
                                                                               Version version, std::string text,
                                                                               Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(kNotesBytes + kPageBytes));
  auto loaded = co_await load(slug, true, false, caller.deadline);
  if (!loaded) co_return loaded.error();
  auto object = status::parse_document(text);
  if (!object) co_return refused(object.error());
  auto given = status::read_announcement(*object, loaded->page, false);
  if (!given) co_return refused(given.error());
  auto fresh = row_of(*given);
  fresh.page = loaded->stored.id;
  fresh.id = StatusAnnouncementId{id};
  auto work = [slug, fresh, version](catalog::Transaction& transaction) -> Result<Told> {
    TRY(auto before, catalog::find_status_announcement(transaction.database(), fresh.page, fresh.id));
    auto row = fresh;
    row.version = version.value_or(before.version);
    if (row.starts == WallTime()) row.starts = before.starts;
    close(row, transaction.now());
    TRY(auto stored, catalog::update_status_announcement(transaction, row));
    TRY_OK(catalog::append_audit(transaction, {.what = "status_announcement.update",
                                               .target = target_of(slug, stored.id),
                                               .before = audit_text(before),
                                               .after = audit_text(stored)}));
    return read_told(transaction.database(), stored);
  };
  auto told = co_await parts_.catalog.write<Told>(caller.who.account(), std::move(work),
                                                  {"change an announcement", caller.deadline, text.size()});
  if (!told) co_return failed(told.error(), version.has_value());
  forget();
  co_return app::shown(told->row, told->updates);
}

StatusPages::Answer<void> StatusPages::remove_announcement(std::string slug, std::uint64_t id, Version version,
                                                           Caller caller) {
  auto loaded = co_await load(slug, true, false, caller.deadline);
  if (!loaded) co_return loaded.error();
  auto page = loaded->stored.id;
  auto work = [slug, page, id, version](catalog::Transaction& transaction) -> Result<bool> {
    TRY(auto before, catalog::find_status_announcement(transaction.database(), page, StatusAnnouncementId{id}));
    TRY_OK(catalog::delete_status_announcement(transaction, page, before.id, version));
    TRY_OK(catalog::append_audit(transaction, {.what = "status_announcement.delete",
                                               .target = target_of(slug, before.id),
                                               .before = audit_text(before),
                                               .after = ""}));
    return true;
  };
  auto removed = co_await parts_.catalog.write<bool>(caller.who.account(), std::move(work),
                                                     {"delete an announcement", caller.deadline, 0});
  if (!removed) co_return failed(removed.error(), version.has_value());
  forget();
  co_return api::Answered<void>();
}

StatusPages::Answer<api::StatusAnnouncement> StatusPages::add_note(std::string slug, std::uint64_t id, std::string text,
                                                                   Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(kNotesBytes + kPageBytes));
  auto loaded = co_await load(slug, true, false, caller.deadline);
  if (!loaded) co_return loaded.error();
  auto page = loaded->stored.id;
  auto there = co_await parts_.catalog.read<catalog::StatusAnnouncement>(
      [page, id](catalog::Database& database) {
        return catalog::find_status_announcement(database, page, StatusAnnouncementId{id});
      },
      {"find an announcement", caller.deadline, 0});
  if (!there) co_return there.error();
  auto object = status::parse_document(text);
  if (!object) co_return refused(object.error());
  auto update = status::read_update(*object, status::parse_kind(there->kind).value_or(status::Kind::kIncident));
  if (!update) co_return refused(update.error());
  auto work = [slug, page, id, update = *update](catalog::Transaction& transaction) -> Result<Told> {
    TRY(auto before, catalog::find_status_announcement(transaction.database(), page, StatusAnnouncementId{id}));
    auto row = before;
    if (update.phase) row.state = to_string(*update.phase);
    close(row, transaction.now());
    // Also where nothing of it changes: its version and its time tell that there is something new.
    TRY(auto stored, catalog::update_status_announcement(transaction, row));
    TRY_OK(catalog::add_status_update(
        transaction, stored.id,
        {.time = update.time.value_or(transaction.now()), .state = stored.state, .text = update.text}));
    TRY_OK(catalog::append_audit(transaction, {.what = "status_announcement.tell",
                                               .target = target_of(slug, stored.id),
                                               .before = audit_text(before),
                                               .after = audit_text(stored)}));
    return read_told(transaction.database(), stored);
  };
  auto told = co_await parts_.catalog.write<Told>(caller.who.account(), std::move(work),
                                                  {"add an update to an announcement", caller.deadline, text.size()});
  if (!told) co_return failed(told.error(), false);
  forget();
  co_return app::shown(told->row, told->updates);
}

}  // namespace holter::app
