#include "app/owned_folders.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "catalog/audit.h"

namespace holter::app {
namespace {

using api::Answered;
using api::FolderList;
using api::FolderReport;
using api::Problem;

/// Of errors of the catalog, `parameter` says what was wrong with the request.
Problem failed(const Error& error, std::string parameter) {
  auto problem = api::to_problem(error);
  if (problem.status < 500) problem.parameter = std::move(parameter);
  return problem;
}

/// Of what a change can change, and of when it was made: one that was deleted and made anew is another. Whole numbers
/// up to 2^53 are exact in JavaScript, too.
std::uint64_t version_of(const catalog::Folder& folder) {
  constexpr std::uint64_t kExact = (std::uint64_t{1} << 53) - 1;
  auto hash = stable_hash(folder.path, folder.description, std::to_string(epoch_ms(folder.created)));
  return std::max<std::uint64_t>(hash & kExact, 1);
}

/// Errors: kNotFound.
Result<bool> has_version(catalog::Database& database, const std::string& path, api::OwnedFolders::Version version) {
  TRY(auto folder, catalog::find_folder(database, path));
  return !version || *version == version_of(folder);
}

Problem other_version(const std::string& path) {
  return {412, fmt::format("cannot change the folder '{}': it is another one than that version", excerpt(path)),
          "If-Match", 0};
}

void count(FolderReport& report, model::State state) {
  ++report.monitors;
  ++report.by_state[static_cast<std::size_t>(state)];
}

FolderReport report_of(const catalog::Folder& folder) {
  FolderReport report;
  report.path = folder.path;
  report.description = folder.description;
  report.stored = true;
  report.created_ms = epoch_ms(folder.created);
  report.created_by = folder.created_by;
  report.version = folder.path.empty() ? 0 : version_of(folder);  // nobody changes the root
  return report;
}

/// A change takes the role editor in the folder itself, or in one above it.
Answered<void> may_edit(const api::Caller& caller, const std::string& path) {
  auto may = access::require_role_in(caller.who, access::Role::kEditor, path,
                                     fmt::format("change the folder '{}'", excerpt(path)));
  if (!may) return may.error();
  return {};
}

/// For the audit log: the paths before and after; empty: there is none.
Status note(catalog::Transaction& transaction, const char* what, const std::string& path, const std::string& before,
            const std::string& after) {
  auto text = [](const std::string& folder) {
    return folder.empty() ? "" : boost::json::serialize(boost::json::object{{"path", folder}});
  };
  return catalog::append_audit(
      transaction, {.what = what, .target = "folder/" + path, .before = text(before), .after = text(after)});
}

}  // namespace

FolderReport OwnedFolders::report(const catalog::Folder& folder) const {
  auto report = report_of(folder);
  const auto& fleet = parts_.fleet;
  fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
    auto id = watched.monitor.id;
    if (access::is_within(fleet.relations().folder(id), folder.path)) count(report, parts_.latest.status(id)->state);
    return true;
  });
  return report;
}

OwnedFolders::Answer<FolderList> OwnedFolders::list(Caller caller) {
  auto measured = co_await parts_.catalog.read<std::size_t>(
      [](catalog::Database& database) { return catalog::measure_folders(database); },
      {"measure the folders", caller.deadline});
  if (!measured) co_return measured.error();
  // As rows, and as reports beside their paths.
  CO_TRY(auto held, parts_.pages.reserve(2 * *measured + 64 * 1024));
  auto stored = co_await parts_.catalog.read<std::vector<catalog::Folder>>(
      [](catalog::Database& database) { return catalog::read_folders(database); },
      {"read the folders", caller.deadline});
  if (!stored) co_return stored.error();
  std::map<std::string, FolderReport, std::less<>> found;
  for (const auto& folder : *stored) found.emplace(folder.path, report_of(folder));
  const auto& fleet = parts_.fleet;
  auto bytes = held.bytes();
  bool refused = false;
  fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
    auto id = watched.monitor.id;
    auto state = parts_.latest.status(id)->state;
    // The folder itself, all above it, and the root.
    for (std::string_view path = fleet.relations().folder(id);;) {
      auto place = found.find(path);
      if (place == found.end()) {
        bytes += sizeof(*place) + 64 + 2 * path.size();
        refused = !held.resize(bytes);
        if (refused) return false;
        place = found.emplace(std::string(path), FolderReport{.path = std::string(path)}).first;
      }
      count(place->second, state);
      if (path.empty()) return true;
      auto slash = path.rfind('/');
      path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
  });
  if (refused) co_return Problem{503, "cannot list the folders: there is no memory for it", "", 5};
  FolderList list{.folders = {}, .held = std::move(held)};
  list.folders.reserve(found.size());
  for (auto& [path, report] : found)
    if (caller.who.role_in(path) >= access::Role::kViewer) list.folders.push_back(std::move(report));
  co_return std::move(list);
}

OwnedFolders::Answer<FolderReport> OwnedFolders::create(std::string path, std::string description, Caller caller) {
  CO_TRY_OK(may_edit(caller, path));
  CO_TRY_OK(parts_.owned.may_change());
  auto work = [path, description](catalog::Transaction& transaction) -> Result<catalog::Folder> {
    // The catalog's own word for it is that of its table.
    TRY(bool there, catalog::has_folder(transaction.database(), path));
    if (there)
      return Error(ErrorCode::kConflict, fmt::format("cannot make the folder '{}': it is there", excerpt(path)));
    TRY(auto made, catalog::create_folder(transaction, path, description));
    TRY_OK(note(transaction, "folder.create", path, "", path));
    return made;
  };
  auto created = co_await parts_.catalog.write<catalog::Folder>(
      caller.who.account(), std::move(work),
      {fmt::format("make the folder '{}'", excerpt(path)), caller.deadline, path.size() + description.size()});
  if (!created) co_return failed(created.error(), "path");
  co_return report(*created);
}

OwnedFolders::Answer<FolderReport> OwnedFolders::change(std::string path, Version version, Change change,
                                                        Caller caller) {
  CO_TRY_OK(may_edit(caller, path));
  if (change.to) CO_TRY_OK(may_edit(caller, *change.to));
  CO_TRY_OK(parts_.owned.may_change());
  auto changing = parts_.owned.changing();  // a reload waits for it
  auto target = change.to.value_or(path);
  // Nothing where it has another version.
  using Changed = std::optional<catalog::Folder>;
  auto work = [path, version, change, target](catalog::Transaction& transaction) -> Result<Changed> {
    auto& database = transaction.database();
    TRY(bool same, has_version(database, path, version));
    if (!same) return Changed();
    if (target != path) {
      TRY(bool taken, catalog::has_folder(database, target));
      if (taken)
        return Error(ErrorCode::kConflict,
                     fmt::format("cannot move the folder '{}' to '{}': that is there", excerpt(path), excerpt(target)));
      TRY_OK(catalog::move_folder(transaction, path, target));
    }
    if (change.description) TRY_OK(catalog::describe_folder(transaction, target, *change.description));
    TRY_OK(note(transaction, "folder.update", path, path, target));
    TRY(auto folder, catalog::find_folder(database, target));
    return Changed(std::move(folder));
  };
  auto changed = co_await parts_.catalog.write<Changed>(
      caller.who.account(), std::move(work),
      {fmt::format("change the folder '{}'", excerpt(path)), caller.deadline, 2 * path.size()});
  if (!changed) {
    // It may have been stored nevertheless.
    if (api::to_problem(changed.error()).status >= 500) parts_.owned.compare_soon();
    bool about_target = change.to && changed.error().code() != ErrorCode::kNotFound;
    co_return failed(changed.error(), about_target ? "to" : "path");
  }
  if (!*changed) co_return other_version(path);
  // What finds no memory here is put right when all is compared with the catalog.
  if (target != path && !parts_.fleet.move_folder(path, target)) parts_.owned.compare_soon();
  co_return report(**changed);
}

OwnedFolders::Answer<void> OwnedFolders::remove(std::string path, Version version, Caller caller) {
  CO_TRY_OK(may_edit(caller, path));
  CO_TRY_OK(parts_.owned.may_change());
  auto work = [path, version](catalog::Transaction& transaction) -> Result<bool> {
    TRY(bool same, has_version(transaction.database(), path, version));
    if (!same) return false;
    TRY_OK(catalog::delete_folder(transaction, path));
    TRY_OK(note(transaction, "folder.delete", path, path, ""));
    return true;
  };
  auto removed = co_await parts_.catalog.write<bool>(
      caller.who.account(), std::move(work),
      {fmt::format("delete the folder '{}'", excerpt(path)), caller.deadline, path.size()});
  if (!removed) co_return failed(removed.error(), "path");
  if (!*removed) co_return other_version(path);
  co_return Answered<void>();
}

}  // namespace holter::app
