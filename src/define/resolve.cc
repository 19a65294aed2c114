#include "define/resolve.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "define/placeholder.h"

namespace holter::define {
namespace {

using model::Node;
using model::ParamType;

class Resolver {
 public:
  explicit Resolver(const model::Monitor& monitor) : monitor_(monitor) {}

  Node node(const Node& in) const {
    Node out;
    out.kind = in.kind;
    switch (in.kind) {
      case Node::Kind::kNull:
        break;
      case Node::Kind::kText:
        if (auto value = text(in.text))
          out.text = std::move(*value);
        else
          out.kind = Node::Kind::kNull;
        break;
      case Node::Kind::kList:
        list(in, out);
        break;
      case Node::Kind::kMap:
        map(in, out);
        break;
    }
    return out;
  }

  /// nullopt: the whole text is a placeholder without a value.
  std::optional<std::string> text(const std::string& in) const {
    auto found = find_placeholder(in);
    if (!found) return in;
    if (found->begin == 0 && found->end == in.size()) {
      const auto* value = monitor_.param(found->name);
      return value != nullptr ? std::optional(*value) : std::nullopt;
    }
    std::string out;
    std::size_t from = 0;
    for (; found; found = find_placeholder(in, from)) {
      out.append(in, from, found->begin - from);
      const auto* value = monitor_.param(found->name);
      if (value != nullptr)
        out += *value;
      else if (find(found->name) == nullptr)
        out.append(in, found->begin, found->end - found->begin);
      from = found->end;
    }
    return out.append(in, from);
  }

 private:
  const model::ParamDef* find(std::string_view name) const {
    for (const auto& def : monitor_.definition->params)
      if (def.field == name) return &def;
    return nullptr;
  }

  void list(const Node& in, Node& out) const {
    std::vector<Node> behind;  // elements of array parameters go to the end (format section 2.1, rule 3)
    for (const auto& item : in.items) {
      auto name = item.kind == Node::Kind::kText ? whole_placeholder(item.text) : std::string_view{};
      const auto* def = name.empty() ? nullptr : find(name);
      if (def == nullptr || def->type != ParamType::kArray) {
        out.items.push_back(node(item));
        continue;
      }
      const auto* value = monitor_.param(name);
      if (value != nullptr) split(*value, behind);
    }
    for (auto& item : behind) out.items.push_back(std::move(item));
  }

  /// Parts between commas, not trimmed; empty ones at the end are dropped; one pair of brackets around all is stripped.
  static void split(std::string_view value, std::vector<Node>& out) {
    if (value.starts_with('[') && value.ends_with(']')) value = value.substr(1, value.size() - 2);
    while (value.ends_with(',')) value.remove_suffix(1);
    if (value.empty()) return;
    while (true) {
      auto part = value.substr(0, value.find(','));
      out.push_back(Node::of_text(std::string(part)));
      if (part.size() == value.size()) return;
      value.remove_prefix(part.size() + 1);
    }
  }

  void map(const Node& in, Node& out) const {
    for (std::size_t i = 0; i < in.keys.size(); ++i) {
      auto name = whole_placeholder(in.keys[i]);
      if (name.empty())
        put(out, in.keys[i], node(in.items[i]));
      else
        expand(name, out);
    }
  }

  static void put(Node& out, const std::string& key, Node value) {
    for (std::size_t i = 0; i < out.keys.size(); ++i) {
      if (out.keys[i] != key) continue;
      out.items[i] = std::move(value);
      return;
    }
    out.keys.push_back(key);
    out.items.push_back(std::move(value));
  }

  /// A key that is a placeholder: the entries of a key-value parameter, or nothing.
  void expand(std::string_view name, Node& out) const {
    const auto* def = find(name);
    const auto* value = monitor_.param(name);
    if (def == nullptr || def->type != ParamType::kKeyValue || value == nullptr) return;
    boost::system::error_code failure;
    auto parsed = boost::json::parse(*value, failure);
    if (failure || !parsed.is_object()) return;
    for (const auto& [key, entry] : parsed.get_object()) {
      if (key.empty() || !entry.is_string()) continue;
      auto resolved = text(std::string(entry.get_string()));
      put(out, std::string(key), resolved ? Node::of_text(std::move(*resolved)) : Node{});
    }
  }

  const model::Monitor& monitor_;
};

}  // namespace

model::ResolvedSet resolve(const model::SetDef& set, const model::Monitor& monitor) {
  Resolver resolver(monitor);
  auto text = [&](const std::string& in) { return resolver.text(in).value_or(""); };
  model::ResolvedSet out{.set = &set};
  // Aliases are a list as any other: an array parameter among them expands.
  Node aliases{.kind = Node::Kind::kList};
  for (const auto& alias : set.aliases) aliases.items.push_back(Node::of_text(alias));
  for (auto& item : resolver.node(aliases).items) out.aliases.push_back(std::move(item.text));
  for (const auto& c : set.calculates) out.calculates.push_back({text(c.field), text(c.expression)});
  for (const auto& u : set.units) out.units.push_back({text(u.field), text(u.from), text(u.to)});
  for (const auto& filter : set.filters) out.filters.push_back(text(filter));
  out.block = resolver.node(set.block);
  return out;
}

}  // namespace holter::define
