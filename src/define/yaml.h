#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "define/problem.h"

namespace holter::define {

/// A YAML value with its place in the file (lines and columns begin at 1). Scalars keep their source text, whatever
/// YAML would make of them: `false`, `80` and `0x10` are texts.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap } kind = Kind::kNull;
  struct Key {
    std::string text;
    int line = 0, column = 0;
  };
  std::string text;             ///< kScalar
  std::vector<YamlNode> items;  ///< kList, kMap
  std::vector<Key> keys;        ///< kMap: as many as items
  int line = 0, column = 0;

  const YamlNode* find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i].text == key) return &items[i];
    return nullptr;
  }
};

struct YamlLimits {
  std::size_t max_bytes = 1 << 20;
  int max_depth = 32;
  std::size_t max_nodes = 200'000;  ///< of one document, or of one streamed element
  std::size_t max_keys = 1000;      ///< of one map
  std::size_t max_scalar_bytes = 256 * 1024;
};

/// Where text comes from: a file, or memory (for tests and fuzzers).
struct YamlSource {
  std::string name;         ///< in messages
  std::string_view memory;  ///< used when in_memory
  bool in_memory = false;
};

/// Reads one document. Anchors, aliases, several documents and duplicate keys are errors. False with errors in
/// `problems`. An empty file is kNull.
bool read_yaml(const YamlSource& source, const YamlLimits& limits, Problems& problems, YamlNode& root);

/// Reads a document that is a map, of which only `key` (a list) may be long: its elements are handed to `element` one
/// at a time and never held together. Other keys are handed to `other`. `element` returns false to stop. An empty file
/// and a `key` without a value are empty lists.
bool stream_yaml_list(const YamlSource& source, const YamlLimits& limits, std::string_view key, Problems& problems,
                      const std::function<bool(const YamlNode&)>& element,
                      const std::function<void(const YamlNode::Key&, const YamlNode&)>& other);

}  // namespace holter::define
