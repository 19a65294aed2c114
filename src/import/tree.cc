#include "import/tree.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace holter::imports {

bool is_empty(const Tree& node) {
  switch (node.kind) {
    case Tree::Kind::kNull:
      return true;
    case Tree::Kind::kScalar:
      return trim(node.text).empty();
    default:
      return node.items.empty();
  }
}

bool is_true(std::string_view text) {
  auto word = lower(text);
  return word == "true" || word == "1" || word == "yes" || word == "on";
}

std::string trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos
             ? ""
             : std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

Result<Tree> read_yaml(const Input& input) {
  constexpr define::YamlLimits kLimits{.max_bytes = kMaxInput, .max_depth = 32, .max_nodes = 2'000'000};
  define::Problems problems;
  Tree root;
  if (!define::read_yaml({input.name, input.text, true}, kLimits, problems, root))
    return Error(ErrorCode::kInvalidArgument,
                 problems.list.empty() ? fmt::format("cannot read {}", input.name) : to_string(problems.list.front()));
  return root;
}

const Tree* Fields::take(std::string_view key) {
  known_.push_back(key);
  const auto* node = map_ != nullptr ? map_->find(key) : nullptr;
  return node != nullptr && !is_empty(*node) ? node : nullptr;
}

const Tree* Fields::take_kind(std::string_view key, Tree::Kind one, Tree::Kind other) {
  const auto* node = take(key);
  if (node == nullptr || node->kind == one || node->kind == other) return node;
  known_.pop_back();
  return nullptr;
}

std::string Fields::text(std::string_view key) {
  return trim(raw(key));
}

std::string Fields::raw(std::string_view key) {
  const auto* node = take_kind(key, Tree::Kind::kScalar, Tree::Kind::kScalar);
  return node != nullptr ? node->text : "";
}

bool Fields::flag(std::string_view key, bool otherwise) {
  auto value = text(key);
  return value.empty() ? otherwise : is_true(value);
}

std::vector<std::string> Fields::texts(std::string_view key) {
  const auto* node = take_kind(key, Tree::Kind::kScalar, Tree::Kind::kList);
  if (node == nullptr) return {};
  if (node->kind == Tree::Kind::kScalar) return {trim(node->text)};
  std::vector<std::string> out;
  for (const auto& item : node->items) {
    if (item.kind == Tree::Kind::kScalar)
      out.push_back(trim(item.text));
    else if (!is_empty(item) && !known_.empty() && known_.back() == key)
      known_.pop_back();
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> Fields::pairs(std::string_view key) {
  const auto* node = take_kind(key, Tree::Kind::kMap, Tree::Kind::kMap);
  std::vector<std::pair<std::string, std::string>> out;
  if (node == nullptr) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const auto& item = node->items[i];
    if (item.kind == Tree::Kind::kScalar || is_empty(item))
      out.emplace_back(node->keys[i].text, item.text);
    else if (!known_.empty() && known_.back() == key)
      known_.pop_back();
  }
  return out;
}

std::vector<std::string_view> Fields::left() const {
  std::vector<std::string_view> out;
  if (map_ != nullptr)
    for (std::size_t i = 0; i < map_->items.size(); ++i)
      if (!is_empty(map_->items[i]) && std::ranges::find(known_, map_->keys[i].text) == known_.end())
        out.push_back(map_->keys[i].text);
  return out;
}

}  // namespace holter::imports
