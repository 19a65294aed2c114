#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// A place in the tree of monitors. The path is all of it: "dc1/rack2" lies in "dc1", which lies in the root "".
struct Folder {
  std::string path;  ///< up to 512 bytes, names between '/', none empty
  std::string description;
  WallTime created{};
  std::string created_by;

  friend bool operator==(const Folder&, const Folder&) = default;
};

/// Errors: kNotFound (the folder it lies in), kConflict, kInvalidArgument (the path).
Result<Folder> create_folder(Transaction& transaction, const std::string& path, const std::string& description = {});
Status describe_folder(Transaction& transaction, const std::string& path, const std::string& description);
/// Moves or renames a folder with all that lies in it; monitors and grants go with it. Not the root, and not into
/// itself.
Status move_folder(Transaction& transaction, const std::string& from, const std::string& to);
/// Errors: kConflict when a folder or monitor lies in it.
Status delete_folder(Transaction& transaction, const std::string& path);
/// The root is always there.
Result<bool> has_folder(Database& database, const std::string& path);
/// Errors: kNotFound.
Result<Folder> find_folder(Database& database, const std::string& path);
/// What read_folders() would hold, in bytes.
Result<std::size_t> measure_folders(Database& database);
/// All folders, the root first, by path.
Result<std::vector<Folder>> read_folders(Database& database);

}  // namespace holter::catalog
