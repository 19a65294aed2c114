#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// One version of a definition that users edited. Older versions stay, up to a bound.
struct DefinitionText {
  std::string app;
  std::uint64_t version = 0;  ///< 1, 2, 3...; never used again
  bool deleted = false;       ///< this version is the deletion; the text is empty
  std::string text;           ///< YAML, at most 1 MiB; empty in lists
  WallTime created{};
  std::string created_by;
  friend bool operator==(const DefinitionText&, const DefinitionText&) = default;
};

constexpr std::size_t kKeptDefinitionVersions = 50;

/// Stores a new version on top of `base`, the newest that the editor saw (0: there was none), and drops those older
/// than the newest `keep`. Errors: kConflict when `base` is not the newest any more.
Result<DefinitionText> put_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                      const std::string& text, std::size_t keep = kKeptDefinitionVersions);
/// A new version that says that the definition is deleted. Errors: as of put_definition(), kNotFound.
Result<DefinitionText> delete_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                         std::size_t keep = kKeptDefinitionVersions);
/// The newest version (`version` 0) or a certain one. Errors: kNotFound, also when the newest is a deletion.
Result<DefinitionText> find_definition(Database& database, const std::string& app, std::uint64_t version = 0);
/// All versions kept of an app, newest first, without their texts.
Result<std::vector<DefinitionText>> read_definition_versions(Database& database, const std::string& app);
/// The newest version of each app that is not deleted, by app, without texts.
Result<std::vector<DefinitionText>> read_definitions(Database& database);

/// A setting that users change while the program runs.
struct Setting {
  std::string name;
  std::string json;  ///< at most 64 KiB; whether it is JSON is for others to see
  std::uint64_t version = 0;
  WallTime updated{};
  std::string updated_by;
  friend bool operator==(const Setting&, const Setting&) = default;
};
/// Stores it if the newest version is still `setting.version` (0: there is none). Errors: kConflict.
Result<Setting> put_setting(Transaction& transaction, Setting setting);
Result<Setting> find_setting(Database& database, const std::string& name);
Status delete_setting(Transaction& transaction, const std::string& name);
/// By name.
Result<std::vector<Setting>> read_settings(Database& database);

}  // namespace holter::catalog
