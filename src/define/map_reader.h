#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "define/problem.h"
#include "define/yaml.h"

namespace holter::define {

/// Takes a map apart key by key, notes what is wrong with each, and in the end names the keys that nobody asked for,
/// with the nearest known one. `path` is the map's place in the file, e.g. "monitors[3]".
class MapReader {
 public:
  MapReader(std::string file, const YamlNode& node, std::string path, Problems& problems,
            Problem::Severity unknown = Problem::Severity::kError);
  ~MapReader();  ///< reports unknown keys
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  bool is_map() const { return node_.kind == YamlNode::Kind::kMap; }

  /// The value of `key`, null values included; nullptr when it is absent.
  const YamlNode* take(std::string_view key);
  /// Like take(), but an error unless it is of the kind wanted; nullptr then, and for a null value.
  const YamlNode* take_map(std::string_view key);
  const YamlNode* take_list(std::string_view key);
  /// Text of a scalar; nullptr when absent or null.
  const std::string* take_text(std::string_view key);
  bool take_bool(std::string_view key, bool otherwise);
  long take_number(std::string_view key, long least, long most, long otherwise);
  /// All keys of a map are texts that users choose: none is unknown.
  void take_all() { all_ = true; }

  void error(const YamlNode& at, std::string_view key, std::string message) {
    add(Problem::Severity::kError, at.line, at.column, key, std::move(message));
  }
  void missing(std::string_view key, std::string_view what);
  std::string path_of(std::string_view key) const;

 private:
  void add(Problem::Severity severity, int line, int column, std::string_view key, std::string message);
  const YamlNode* take_kind(std::string_view key, YamlNode::Kind kind, std::string_view name);

  const std::string file_;
  const YamlNode& node_;
  const std::string path_;
  Problems& problems_;
  const Problem::Severity unknown_;
  std::vector<std::string_view> known_;
  bool all_ = false;
};

}  // namespace holter::define
