#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expr/json_lookup.h"
#include "expr/number_text.h"

namespace holter::expr {

/// A JSON reader just good enough for tests of json:apply(): well-formed, small documents; only \" and \\ as escapes.
class FakeJson final : public JsonLookup {
 public:
  Found lookup(std::string_view document, std::span<const std::string_view> path, TextArena& arena,
               Value& value) const override {
    auto at = trimmed(document);
    if (!at.starts_with('{') || !at.ends_with('}')) return Found::kNoObject;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (!at.starts_with('{')) return Found::kNoObject;
      auto found = member(at, path[i]);
      if (!found) return i + 1 == path.size() ? Found::kMissing : Found::kNoObject;
      at = *found;
    }
    return to_value(at, arena, value) ? Found::kValue : Found::kTooLarge;
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    while (!text.empty() && std::string_view(" \t\r\n").contains(text.front())) text.remove_prefix(1);
    while (!text.empty() && std::string_view(" \t\r\n").contains(text.back())) text.remove_suffix(1);
    return text;
  }
  /// Length of the value at the front: up to the comma or bracket that ends it.
  static std::size_t length_of(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (quoted && c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == '{' || c == '[')) {
        ++depth;
      } else if (!quoted && (c == '}' || c == ']' || c == ',' || c == ':')) {
        if (depth == 0) return i;
        if (c == '}' || c == ']') --depth;
      }
    }
    return text.size();
  }
  static std::optional<std::string_view> member(std::string_view object, std::string_view name) {
    auto rest = object.substr(1);
    while (true) {
      auto key = trimmed(rest.substr(0, length_of(rest)));
      rest = rest.substr(std::min(rest.size(), length_of(rest)));
      if (!rest.starts_with(':')) return std::nullopt;
      rest.remove_prefix(1);
      auto value = rest.substr(0, length_of(rest));
      rest = rest.substr(value.size());
      if (key.size() >= 2 && key.substr(1, key.size() - 2) == name) return trimmed(value);
      if (!rest.starts_with(',')) return std::nullopt;
      rest.remove_prefix(1);
    }
  }
  static bool to_value(std::string_view text, TextArena& arena, Value& value) {
    if (text == "null") {
      value = {};
    } else if (text == "true" || text == "false") {
      value = Value::of(text == "true");
    } else if (text.starts_with('"')) {
      std::string content;
      for (std::size_t i = 1; i + 1 < text.size(); ++i) content += text[i] == '\\' ? text[++i] : text[i];
      auto copy = arena.copy(content);
      if (!copy) return false;
      value = Value::of(*copy);
    } else if (auto number = parse_number(text)) {
      value = *number;
    } else {
      value = Value::of(text);
    }
    return true;
  }
};

}  // namespace holter::expr
