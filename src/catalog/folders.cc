#include "catalog/folders.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr long long kMostFolders = 10'000;

Status check_path(const std::string& path) {
  TRY_OK(check_name("folder", path, kMostPath));
  for (std::size_t begin = 0; begin <= path.size();) {
    auto end = std::min(path.find('/', begin), path.size());
    TRY_OK(check_name(fmt::format("part of the folder '{}'", path), path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return {};
}

std::string parent_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool exists(soci::session& sql, const std::string& path) {
  int found = 0;
  sql << "SELECT count(*) FROM folders WHERE path = :path", use(path, "path"), into(found);
  return found != 0;
}

Error no_folder(const std::string& path) {
  return {ErrorCode::kNotFound, fmt::format("cannot find the folder '{}'", path.substr(0, kMostPath))};
}

long long count(soci::session& sql, const char* what, const std::string& path) {
  long long found = 0;
  sql << what, use(path, "path"), into(found);
  return found;
}

/// The folder itself and what lies in it. Every folder's path begins with that of the one it lies in and a '/'.
constexpr const char* kMove =
    "UPDATE folders SET path = CAST(:to AS TEXT) || substr(path, length(CAST(:from AS TEXT)) + 1) "
    "WHERE path = :from OR substr(path, 1, length(CAST(:from AS TEXT)) + 1) = CAST(:from AS TEXT) || '/'";
constexpr const char* kLongestBelow =
    "SELECT coalesce(max(length(path)), 0) FROM folders "
    "WHERE path = :path OR substr(path, 1, length(CAST(:path AS TEXT)) + 1) = CAST(:path AS TEXT) || '/'";
constexpr const char* kFoldersBelow =
    "SELECT count(*) FROM folders WHERE substr(path, 1, length(CAST(:path AS TEXT)) + 1) = CAST(:path AS TEXT) || '/'";

}  // namespace

Result<Folder> create_folder(Transaction& transaction, const std::string& path, const std::string& description) {
  auto what = fmt::format("make the folder '{}'", path.substr(0, kMostPath));
  TRY_OK(check_path(path));
  TRY_OK(check_text("description", description, kMostDescription));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<Folder> {
    if (!exists(sql, parent_of(path))) return no_folder(parent_of(path));
    long long all = 0;
    sql << "SELECT count(*) FROM folders", into(all);
    if (all >= kMostFolders)
      return Error(ErrorCode::kResourceExhausted, fmt::format("cannot {}: there are {} already", what, all));
    long long now = epoch_ms(transaction.now());
    sql << "INSERT INTO folders (path, description, created_ms, created_by) VALUES (:path, :description, :now, :who)",
        use(path, "path"), use(description, "description"), use(now, "now"), use(transaction.who(), "who");
    return Folder{path, description, transaction.now(), transaction.who()};
  });
}

Status describe_folder(Transaction& transaction, const std::string& path, const std::string& description) {
  TRY_OK(check_text("description", description, kMostDescription));
  return guarded(transaction.database(), "describe a folder", [&](soci::session& sql) -> Status {
    if (!exists(sql, path)) return no_folder(path);
    sql << "UPDATE folders SET description = :description WHERE path = :path", use(description, "description"),
        use(path, "path");
    return {};
  });
}

Status move_folder(Transaction& transaction, const std::string& from, const std::string& to) {
  TRY_OK(check_path(from));
  TRY_OK(check_path(to));
  auto what = fmt::format("move the folder '{}' to '{}'", from, to);
  if (to == from || to.starts_with(from + "/"))
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot {}: that lies in itself", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    if (!exists(sql, from)) return no_folder(from);
    if (!exists(sql, parent_of(to))) return no_folder(parent_of(to));
    auto longest = static_cast<std::size_t>(count(sql, kLongestBelow, from));
    if (longest - std::min(longest, from.size()) + to.size() > kMostPath)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot {}: paths would become longer than {} bytes", what, kMostPath));
    sql << kMove, use(to, "to"), use(from, "from");
    return {};
  });
}

Status delete_folder(Transaction& transaction, const std::string& path) {
  TRY_OK(check_path(path));
  auto what = fmt::format("delete the folder '{}'", path);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    if (!exists(sql, path)) return no_folder(path);
    auto folders = count(sql, kFoldersBelow, path);
    auto monitors = count(sql, "SELECT count(*) FROM monitors WHERE folder = :path", path);
    if (folders + monitors > 0)
      return Error(ErrorCode::kConflict,
                   fmt::format("cannot {}: {} folders and {} monitors lie in it", what, folders, monitors));
    sql << "DELETE FROM folders WHERE path = :path", use(path, "path");
    return {};
  });
}

Result<bool> has_folder(Database& database, const std::string& path) {
  return guarded(database, "look for a folder", [&](soci::session& sql) -> Result<bool> { return exists(sql, path); });
}

Result<Folder> find_folder(Database& database, const std::string& path) {
  return guarded(database, "look for a folder", [&](soci::session& sql) -> Result<Folder> {
    Folder found{.path = path};
    long long created = 0;
    sql << "SELECT description, created_ms, created_by FROM folders WHERE path = :path", use(path, "path"),
        into(found.description), into(created), into(found.created_by);
    if (!sql.got_data()) return no_folder(path);
    found.created = from_epoch_ms(created);
    return found;
  });
}

Result<std::size_t> measure_folders(Database& database) {
  return guarded(database, "measure the folders", [&](soci::session& sql) -> Result<std::size_t> {
    long long count = 0, bytes = 0;  // length() counts characters, of at most four bytes
    sql << "SELECT count(*), coalesce(sum(length(path) + length(description) + length(created_by)), 0) FROM folders",
        into(count), into(bytes);
    return static_cast<std::size_t>(count) * sizeof(Folder) + static_cast<std::size_t>(bytes) * 4;
  });
}

Result<std::vector<Folder>> read_folders(Database& database) {
  return guarded(database, "read the folders", [&](soci::session& sql) -> Result<std::vector<Folder>> {
    std::vector<Folder> folders;
    Folder row;
    long long created = 0;
    soci::statement rows = (sql.prepare << "SELECT path, description, created_ms, created_by FROM folders",
                            into(row.path), into(row.description), into(created), into(row.created_by));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      row.created = from_epoch_ms(created);
      folders.push_back(row);
    }
    std::ranges::sort(folders, {}, &Folder::path);
    return folders;
  });
}

}  // namespace holter::catalog
