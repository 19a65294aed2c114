#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/meter.h"

namespace holter::read {

enum class JsonKind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

/// A value of a document. 32 bytes; children follow their parent in the tree.
struct JsonNode {
  const char* name_data = nullptr;
  const char* text_data = nullptr;
  std::uint32_t name_length = 0;
  std::uint32_t text_length = 0;  ///< of a container: the number of its children
  std::uint32_t end = 0;          ///< index after the last node of this subtree
  JsonKind kind = JsonKind::kNull;

  /// The member's name; empty for an element of an array.
  std::string_view name() const { return {name_data, name_length}; }
  /// A string's content, or a number as it is written in the document; literals have their word.
  std::string_view text() const;
  std::uint32_t children() const { return is_container() ? text_length : 0; }
  bool is_container() const { return kind >= JsonKind::kArray; }
};

/// Part of a document as nodes in document order, in one block of memory. Texts are views of the document, or copies
/// where it has escapes. All bytes are on the meter; adding is refused, not thrown. One thread.
class JsonTree {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// `document` and `meter` must outlive the tree.
  JsonTree(std::string_view document, Meter& meter) : document_(document), meter_(meter), nodes_(meter) {}
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;
  ~JsonTree() { clear(); }

  // Building, in document order. False when the meter refused. `name` comes from keep(). The caller sees to it that
  // each open() has its close(); a node that is not closed has no children.
  [[nodiscard]] bool open(JsonKind kind, std::string_view name, std::uint32_t parent);
  void close(std::uint32_t node) { nodes_[node].end = static_cast<std::uint32_t>(nodes_.size()); }
  [[nodiscard]] bool leaf(JsonKind kind, std::string_view name, std::string_view text, std::uint32_t parent);
  /// `text` itself where it is a piece of the document, else a copy that lives as long as the nodes. nullopt when the
  /// meter refused.
  std::optional<std::string_view> keep(std::string_view text);
  /// Forgets all nodes; their block stays, for the next.
  void clear();

  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  const JsonNode& operator[](std::uint32_t i) const { return nodes_[i]; }
  /// The first member of that name; kNone when there is none or `object` is no object.
  std::uint32_t member(std::uint32_t object, std::string_view name) const;

 private:
  struct Copy {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  std::string_view document_;
  Meter& meter_;
  MeteredVector<JsonNode> nodes_;
  std::vector<Copy> copies_;  // blocks of decoded texts; full but for the last
  std::size_t used_ = 0;      // of the last block
};

/// How numbers become text.
enum class NumberText : std::uint8_t {
  kSource,  ///< as the document writes them
  kJava,    ///< integers as digits, others as Java writes a double: `12.0`, `1.0E10`
};

/// Most bytes of the text of one value.
inline constexpr std::size_t kMaxValueText = 1 << 20;

/// The value as a cell's text: strings as they are, `true`, `false`, objects as `{k=v, k2=v2}`, arrays as JSON. A view
/// of the tree or of `scratch`. nullopt when it would exceed kMaxValueText.
std::optional<std::string_view> value_text(const JsonTree& tree, std::uint32_t node, NumberText numbers,
                                           std::string& scratch);
/// Appends the value as JSON without blanks. False when `out` would exceed kMaxValueText.
bool append_json(const JsonTree& tree, std::uint32_t node, std::string& out);
/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string_view text, std::string& out);

}  // namespace holter::read
