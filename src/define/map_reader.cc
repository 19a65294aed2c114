#include "define/map_reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::define {

MapReader::MapReader(std::string file, const YamlNode& node, std::string path, Problems& problems,
                     Problem::Severity unknown)
    : file_(std::move(file)), node_(node), path_(std::move(path)), problems_(problems), unknown_(unknown) {
  if (!is_map()) add(Problem::Severity::kError, node_.line, node_.column, {}, "cannot use this value: a map is needed");
}

MapReader::~MapReader() {
  if (all_) return;
  for (const auto& key : node_.keys) {
    if (std::ranges::find(known_, key.text) != known_.end()) continue;
    auto near = nearest_in(key.text, known_);
    auto hint =
        near.empty() ? fmt::format("known keys: {}", fmt::join(known_, ", ")) : fmt::format("did you mean '{}'?", near);
    add(unknown_, key.line, key.column, key.text,
        fmt::format("cannot use the unknown key '{}' ({})", excerpt(key.text), hint));
  }
}

std::string MapReader::path_of(std::string_view key) const {
  if (path_.empty() || key.empty()) return path_ + std::string(key);
  return fmt::format("{}.{}", path_, excerpt(key));
}

void MapReader::add(Problem::Severity severity, int line, int column, std::string_view key, std::string message) {
  problems_.add({severity, file_, line, column, path_of(key), std::move(message)});
}

void MapReader::missing(std::string_view key, std::string_view what) {
  add(Problem::Severity::kError, node_.line, node_.column, key,
      fmt::format("cannot do without {}: it is missing", what));
}

const YamlNode* MapReader::take(std::string_view key) {
  known_.push_back(key);
  return node_.find(key);
}

const YamlNode* MapReader::take_kind(std::string_view key, YamlNode::Kind kind, std::string_view name) {
  const auto* node = take(key);
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return nullptr;
  if (node->kind == kind) return node;
  error(*node, key, fmt::format("cannot use this value: {} is needed", name));
  return nullptr;
}

const YamlNode* MapReader::take_map(std::string_view key) {
  return take_kind(key, YamlNode::Kind::kMap, "a map");
}
const YamlNode* MapReader::take_list(std::string_view key) {
  return take_kind(key, YamlNode::Kind::kList, "a list");
}
const std::string* MapReader::take_text(std::string_view key) {
  const auto* node = take_kind(key, YamlNode::Kind::kScalar, "a text or a number");
  return node == nullptr ? nullptr : &node->text;
}

bool MapReader::take_bool(std::string_view key, bool otherwise) {
  const auto* text = take_text(key);
  if (text == nullptr) return otherwise;
  if (*text != "true" && *text != "false")
    error(*node_.find(key), key, fmt::format("cannot use '{}': true or false is needed", excerpt(*text)));
  return *text == "true";
}

long MapReader::take_number(std::string_view key, long least, long most, long otherwise) {
  const auto* text = take_text(key);
  if (text == nullptr) return otherwise;
  long value = 0;
  auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failure == std::errc{} && end == text->data() + text->size() && value >= least && value <= most) return value;
  error(*node_.find(key), key,
        fmt::format("cannot use '{}': a number from {} to {} is needed", excerpt(*text), least, most));
  return otherwise;
}

}  // namespace holter::define
