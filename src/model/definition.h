#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holter::model {

/// Language tag ("en-US") -> text.
using I18n = std::vector<std::pair<std::string, std::string>>;

/// A tree of texts as it stands in a protocol block: text, list or map (order kept). Every scalar is its source text;
/// an absent value (a placeholder that resolved to null) is kNull.
struct Node {
  enum class Kind : std::uint8_t { kNull, kText, kList, kMap } kind = Kind::kNull;
  std::string text;               ///< kText
  std::vector<Node> items;        ///< kList, kMap: the values
  std::vector<std::string> keys;  ///< kMap: as many as items

  static Node of_text(std::string value) { return {Kind::kText, std::move(value), {}, {}}; }
  /// Member of a map, or nullptr.
  const Node* find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] == key) return &items[i];
    return nullptr;
  }
  /// Text of a map's member; `otherwise` when there is none, or it is null.
  std::string_view text_or(std::string_view key, std::string_view otherwise = {}) const {
    const Node* node = find(key);
    return node != nullptr && node->kind == Kind::kText ? std::string_view(node->text) : otherwise;
  }
  bool operator==(const Node&) const = default;
};

enum class ParamType : std::uint8_t {
  kText,
  kNumber,
  kHost,
  kPassword,
  kBoolean,
  kRadio,
  kTextarea,
  kKeyValue,
  kArray,
  kMetricsField,
  kCheckbox
};

struct ParamOption {
  std::string label, value;
  bool operator==(const ParamOption&) const = default;
};

/// One entry of `params`: something that a user fills in for a monitor.
struct ParamDef {
  std::string field;
  I18n name;
  ParamType type = ParamType::kText;
  bool required = false;
  bool hide = false;
  bool has_default = false;
  std::string default_value;
  std::string range;      ///< for numbers: "[0,65535]", alternatives joined by "||"
  std::size_t limit = 0;  ///< for texts: most characters, 0: none
  std::string placeholder;
  std::vector<ParamOption> options;
  std::vector<std::pair<std::string, std::vector<std::string>>> depend;
  bool operator==(const ParamDef&) const = default;
};

enum class FieldType : std::uint8_t { kNumber = 0, kString = 1, kSecret = 2, kTime = 3 };
/// Values are numbers: times of day are, too, in seconds since midnight.
inline bool is_number(FieldType type) {
  return type == FieldType::kNumber || type == FieldType::kTime;
}

/// One output column of a set.
struct FieldDef {
  std::string field;
  I18n i18n;
  FieldType type = FieldType::kString;
  std::string unit;
  bool label = false;  ///< part of the identity of a series
  bool operator==(const FieldDef&) const = default;
};

/// `field=FROM->TO`
struct UnitRule {
  std::string field, from, to;
  bool operator==(const UnitRule&) const = default;
};
/// `field=expression`; a rename when the right side is an alias.
struct Calculate {
  std::string field, expression;
  bool operator==(const Calculate&) const = default;
};

/// One element of `metrics`: one request to the target, one result table.
struct SetDef {
  std::string name;
  I18n i18n;
  int priority = 127;  ///< 0..127; 0 decides on UP and DOWN
  bool visible = true;
  std::chrono::seconds interval{0};  ///< 0: the monitor's
  std::uint32_t min_rows = 0;        ///< an answer with fewer is a failure
  std::string protocol;
  std::vector<FieldDef> fields;
  std::vector<std::string> aliases;  ///< raw columns asked of the protocol; default: the field names
  std::vector<Calculate> calculates;
  std::vector<UnitRule> units;
  std::vector<std::string> filters;  ///< conditions on finished rows: a row stays if one is true
  Node block;                        ///< the protocol's block, a map
  bool dynamic = false;              ///< which fields there are is found out from the answer
  bool operator==(const SetDef&) const = default;
};

/// A set of a monitor with every `^_^x^_^` replaced: what a protocol makes a probe from.
struct ResolvedSet {
  const SetDef* set = nullptr;  ///< fields, priority...: as the definition has them
  std::vector<std::string> aliases;
  std::vector<Calculate> calculates;
  std::vector<UnitRule> units;
  std::vector<std::string> filters;
  Node block;
};

/// One definition file: an application that can be monitored.
struct Definition {
  std::string category, app;
  I18n name, help, help_link;
  std::vector<ParamDef> params;
  std::vector<SetDef> sets;
  std::string extends;  ///< app whose params and sets it takes where it has none of its own; empty: no other's
  std::string source;   ///< path of the file
  bool operator==(const Definition&) const = default;
};

/// The text for `language`, else en-US, else the first, else "".
std::string_view translate(const I18n& texts, std::string_view language);

}  // namespace holter::model
