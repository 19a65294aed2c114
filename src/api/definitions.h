#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/gate.h"
#include "api/owned_monitors.h"
#include "base/clock.h"
#include "define/problem.h"
#include "model/definition.h"

namespace holter::api {

/// Where the definition in force comes from.
enum class DefinitionSource : std::uint8_t {
  kBuiltIn,   ///< a file of the first directory of `definitions`
  kOperator,  ///< a file of another one
  kCatalog,   ///< a user stored it
};
std::string_view to_string(DefinitionSource source);

/// One definition, as a list shows it.
struct DefinitionRow {
  std::string app, category;
  std::string name_en, name_zh;
  DefinitionSource source = DefinitionSource::kBuiltIn;
  std::string file;           ///< that it stands in, or over which the catalog's lies; empty: none
  std::uint64_t version = 0;  ///< of the catalog's; 0: the catalog has none
  std::int64_t updated_ms = 0;
  std::string updated_by;
  bool file_newer = false;  ///< the file below was written or installed after that version was stored
  std::string fault;        ///< why the catalog's is not in force, though it is there; empty: it is, or is not there
  std::size_t monitors = 0;
  std::size_t sets = 0;
};
struct DefinitionQuery {
  std::size_t offset = 0, limit = 100;
  std::string text;  ///< part of the app or of a name, ignoring case
  std::string category;
};
struct DefinitionPage {
  std::size_t total = 0;  ///< that match, all pages
  std::vector<DefinitionRow> rows;
};
struct DefinitionDetail {
  DefinitionRow row;
  std::shared_ptr<const model::Definition> definition;  ///< never null; completed where it is the one in force
};
struct DefinitionVersion {
  std::uint64_t version = 0;
  bool deleted = false;
  std::int64_t created_ms = 0;
  std::string created_by;
};

/// What came of a change, or of checking a text.
struct DefinitionReport {
  std::uint64_t version = 0;              ///< stored now; 0: nothing was
  bool removed = false;                   ///< the app is gone
  std::size_t monitors = 0;               ///< that follow
  std::vector<define::Problem> problems;  ///< what was found; warnings alone where it was stored
  bool in_force = false;
  std::string pending;  ///< why it is stored, but not in force yet
};
struct DefinitionCheck {
  std::vector<define::Problem> problems;
  std::vector<Problem::Monitor> refused;  ///< monitors that could not go on; the first kMostMonitors
  std::size_t refused_count = 0;
  std::size_t monitors = 0;  ///< that would follow
  bool usable() const;       ///< it could be stored
};

/// Definitions of applications: files have them, and users lay others over these, which the catalog keeps by version.
/// Methods run on the API's executor; after the deadline they end with 504.
class Definitions {
 public:
  static constexpr std::size_t kMostMonitors = 20;   ///< that are named
  static constexpr std::size_t kMostProblems = 100;  ///< that are told
  using Version = std::optional<std::uint64_t>;      ///< the present one of the catalog, 0: none; nothing: any

  virtual ~Definitions() = default;
  virtual DefinitionPage list(const DefinitionQuery& query) const = 0;
  /// The one in force; with a `version` that of the catalog, as it was read. 404.
  virtual boost::asio::awaitable<Answered<DefinitionDetail>> find(std::string app, std::uint64_t version,
                                                                  MonoTime deadline) = 0;
  /// Its text (YAML), of the catalog or of the file. 404.
  virtual boost::asio::awaitable<Answered<std::string>> text(std::string app, std::uint64_t version,
                                                             MonoTime deadline) = 0;
  /// Newest first; none where the catalog never had one. 404.
  virtual boost::asio::awaitable<Answered<std::vector<DefinitionVersion>>> versions(std::string app,
                                                                                    MonoTime deadline) = 0;
  /// Stores a text, after which monitors follow it. With `dry_run` nothing is stored, and the report is what would come
  /// out. 409 where running monitors would lose what they need, 412 where the version is another, 422 for what is wrong
  /// with the text, 403 for one with commands of this machine while script.allow is off, 428 without `version` where
  /// there is a definition already (`any` false).
  struct Put {
    std::string app, text;
    Version version;
    bool any = false;  ///< whatever version there is
    bool dry_run = false;
  };
  virtual boost::asio::awaitable<Answered<DefinitionReport>> put(Put order, Caller caller) = 0;
  /// The file's counts again, or the app is gone: 409 where monitors use it.
  virtual boost::asio::awaitable<Answered<DefinitionReport>> remove(std::string app, Version version,
                                                                    Caller caller) = 0;
  /// What put() would say of it. Nothing is stored.
  virtual boost::asio::awaitable<Answered<DefinitionCheck>> check(std::string app, std::string text, Caller caller) = 0;
};

}  // namespace holter::api
