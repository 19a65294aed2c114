#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "define/problem.h"
#include "define/yaml.h"
#include "model/definition.h"

namespace holter::define {

constexpr std::size_t kMaxParams = 200;  ///< of a definition
constexpr std::size_t kMaxSets = 200;    ///< of a definition

/// What a protocol's block may hold; define/ gets it from collect/ through app/.
struct ProtocolKeys {
  std::string_view protocol;
  std::string_view block;
  std::vector<std::string_view> keys;
  std::vector<std::string_view> required;
  std::vector<std::string_view> help;  ///< a line for each of the keys, may be empty
  bool dynamic = false;                ///< its sets need not name their fields
};

/// Definitions by app (lower case). Shared by all monitors of the app.
class Registry {
 public:
  void add(std::shared_ptr<const model::Definition> definition);  ///< replaces one of the same app
  void remove(std::string_view app);                              ///< if it is there
  std::shared_ptr<const model::Definition> find(std::string_view app) const;
  std::vector<std::string_view> apps() const;  ///< sorted
  std::size_t size() const { return definitions_.size(); }

 private:
  std::vector<std::shared_ptr<const model::Definition>> definitions_;  // sorted by app
};

/// Reads one definition (format: docs/definitions.md). Null with errors in `problems`. A set of an unknown protocol is
/// a warning: the sets that can be asked are of use without it. One that extends another has only what is its own:
/// see resolve_extends().
std::shared_ptr<const model::Definition> load_definition(const std::string& path,
                                                         std::span<const ProtocolKeys> protocols, Problems& problems);
/// The same from a text; `path` is its name in messages.
std::shared_ptr<const model::Definition> load_definition(const std::string& path, std::string_view text,
                                                         std::span<const ProtocolKeys> protocols, Problems& problems,
                                                         const YamlLimits& limits = {});

/// Reads all *.yml below each directory, in path order. Of an app in several directories, that of the last counts;
/// twice in one directory is an error. Those that extend others have only what is their own.
Registry read_definitions(std::span<const std::string> directories, std::span<const ProtocolKeys> protocols,
                          Problems& problems);
/// The same, and those that extend others are completed (extends.h).
Registry load_definitions(std::span<const std::string> directories, std::span<const ProtocolKeys> protocols,
                          Problems& problems);
inline Registry load_definitions(const std::string& directory, std::span<const ProtocolKeys> protocols,
                                 Problems& problems) {
  return load_definitions(std::span(&directory, 1), protocols, problems);
}

/// Changes when a definition file comes, goes, or is written: a hash of paths, sizes and times.
std::uint64_t fingerprint(std::span<const std::string> directories);

}  // namespace holter::define
