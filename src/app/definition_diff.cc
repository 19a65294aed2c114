#include "app/definition_diff.h"

#include <map>

#include <fmt/format.h>

#include "base/units.h"
#include "define/yaml.h"

namespace holter::app {
namespace {

using define::YamlNode;

/// Place in the tree -> text, in the order of the file.
class Flat {
 public:
  void add(const YamlNode& node, const std::string& path) {
    if (node.kind != YamlNode::Kind::kList && node.kind != YamlNode::Kind::kMap) {
      auto [place, fresh] = values_.try_emplace(path, node.text);
      if (fresh) order_.push_back(path);
      return;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      auto name = node.kind == YamlNode::Kind::kMap ? excerpt(node.keys[i].text) : name_of(node.items[i], i);
      add(node.items[i], path.empty() ? name : fmt::format("{}.{}", path, name));
    }
  }
  const std::string* find(const std::string& path) const {
    auto found = values_.find(path);
    return found == values_.end() ? nullptr : &found->second;
  }
  const std::vector<std::string>& order() const { return order_; }

 private:
  /// What an element of a list is known by: its name, or that of the text itself before a "=", or its place.
  static std::string name_of(const YamlNode& node, std::size_t index) {
    if (node.kind == YamlNode::Kind::kScalar) return excerpt(node.text.substr(0, node.text.find('=')));
    for (auto key : {"name", "field", "value"})
      if (const auto* name = node.find(key); name != nullptr && name->kind == YamlNode::Kind::kScalar)
        return excerpt(name->text);
    return fmt::format("[{}]", index);
  }

  std::map<std::string, std::string> values_;
  std::vector<std::string> order_;
};

Flat read(const std::string& file, define::Problems& problems) {
  Flat flat;
  YamlNode root;
  if (define::read_yaml({file, {}, false}, {}, problems, root)) flat.add(root, "");
  return flat;
}

}  // namespace

std::vector<std::string> definition_diff(const std::string& old_file, const std::string& new_file,
                                         define::Problems& problems) {
  auto before = read(old_file, problems);
  auto after = read(new_file, problems);
  std::vector<std::string> lines;
  if (!problems.ok()) return lines;
  auto line = [&](char sign, const std::string& path, const std::string& text) {
    lines.push_back(fmt::format("{} {}: {}", sign, path, excerpt(text, 200)));
  };
  for (const auto& path : before.order()) {
    const auto* now = after.find(path);
    if (now != nullptr && *now == *before.find(path)) continue;
    line('-', path, *before.find(path));
    if (now != nullptr) line('+', path, *now);
  }
  for (const auto& path : after.order())
    if (before.find(path) == nullptr) line('+', path, *after.find(path));
  return lines;
}

}  // namespace holter::app
