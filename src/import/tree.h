#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "define/yaml.h"
#include "import/import.h"

// Inside of this folder: foreign files as trees of texts, and maps of them taken apart.
namespace holter::imports {

using Tree = define::YamlNode;

/// At most kMaxInput bytes, 2,000,000 values, 32 levels, 1,000 keys of a map. Errors: kInvalidArgument with file and
/// line.
Result<Tree> read_yaml(const Input& input);
/// The same of JSON (RFC 8259); its values have no lines. A key that stands twice is an error.
Result<Tree> read_json(const Input& input);

/// A map of the input whose keys are taken one by one, so that those nobody asked for can be told.
class Fields {
 public:
  /// What is no map has no keys. `map` outlives this; null: no keys.
  explicit Fields(const Tree* map) : map_(map != nullptr && map->kind == Tree::Kind::kMap ? map : nullptr) {}

  /// The value; nullptr when it is absent or says nothing (null, an empty text, list or map).
  const Tree* take(std::string_view key);
  // A value of another kind than is asked for remains among those that nobody took.

  /// Trimmed text of a scalar; empty when there is none.
  std::string text(std::string_view key);
  /// As it stands, with the white space around it.
  std::string raw(std::string_view key);
  bool flag(std::string_view key, bool otherwise = false);
  /// Texts of a list, or of a scalar as the only one.
  std::vector<std::string> texts(std::string_view key);
  /// Keys and texts of a map of scalars.
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view key);
  /// Keys that mean nothing outside of the product.
  void skip(std::initializer_list<std::string_view> keys) { known_.insert(known_.end(), keys); }
  /// Keys with a value that nobody took.
  std::vector<std::string_view> left() const;

 private:
  /// take(), for a value of one of two kinds.
  const Tree* take_kind(std::string_view key, Tree::Kind one, Tree::Kind other);

  const Tree* map_;
  std::vector<std::string_view> known_;
};

/// Does it say nothing?
bool is_empty(const Tree& node);
/// "true", "1", "yes", "on", in any case.
bool is_true(std::string_view text);
std::string trim(std::string_view text);
std::string lower(std::string_view text);

}  // namespace holter::imports
