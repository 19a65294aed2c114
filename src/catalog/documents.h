#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// One version of a definition that users edited. Older versions stay, up to a bound.
struct DefinitionText {
  std::string app;
  std::uint64_t version = 0;  ///< 1, 2, 3...; never used again
  bool deleted = false;       ///< this version is the deletion; the text is empty
  std::string text;           ///< YAML, at most kMostDefinitionText; empty in lists
  WallTime created{};
  std::string created_by;
  friend bool operator==(const DefinitionText&, const DefinitionText&) = default;
};

constexpr std::size_t kKeptDefinitionVersions = 50;
constexpr std::size_t kMostDefinitionText = 256 * 1024;
/// Of definitions that are there; of as many again that are deleted the versions are kept.
constexpr std::size_t kMostDefinitions = 2000;

struct DefinitionLimits {
  std::size_t versions = kKeptDefinitionVersions;  ///< kept of each
  std::size_t definitions = kMostDefinitions;
};

/// Stores a new version on top of `base`, the newest that the editor saw (0: there was none), and drops those older
/// than the newest that are kept. Errors: kConflict when `base` is not the newest any more; kInvalidArgument where
/// there are as many definitions as may be. When more deleted ones are kept than may be, the one that was deleted first
/// is forgotten, with its version numbers.
Result<DefinitionText> put_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                      const std::string& text, DefinitionLimits limits = {});
/// A new version that says that the definition is deleted. Errors: as of put_definition(), kNotFound.
Result<DefinitionText> delete_definition(Transaction& transaction, const std::string& app, std::uint64_t base,
                                         DefinitionLimits limits = {});
/// The newest version (`version` 0) or a certain one. Errors: kNotFound, also when the newest is a deletion.
Result<DefinitionText> find_definition(Database& database, const std::string& app, std::uint64_t version = 0);
/// All versions kept of an app, newest first, without their texts.
Result<std::vector<DefinitionText>> read_definition_versions(Database& database, const std::string& app);
/// The newest version of each app that is not deleted, by app, without texts.
Result<std::vector<DefinitionText>> read_definitions(Database& database);
/// The first of these versions with their texts: as many as `bytes` of text allow, and at least one; none of none. What
/// is not there any more has no text. For reading all of them with bounded memory.
Result<std::vector<DefinitionText>> read_definition_texts(Database& database, std::span<const DefinitionText> heads,
                                                          std::size_t bytes);

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
