#include "api/fields.h"

#include <fmt/format.h>

#include "api/content.h"

namespace holter::api {
namespace {

namespace json = boost::json;
using define::YamlNode;

/// A node, its key, and what vectors have in reserve.
constexpr std::size_t kNodeBytes = 2 * sizeof(YamlNode) + sizeof(YamlNode::Key);

std::size_t bytes_of(const json::value& value) {
  auto bytes = kNodeBytes;
  if (value.is_string()) bytes += value.get_string().size();
  if (value.is_array())
    for (const auto& item : value.get_array()) bytes += bytes_of(item);
  if (value.is_object())
    for (const auto& [key, member] : value.get_object()) bytes += key.size() + bytes_of(member);
  return bytes;
}

YamlNode text(std::string value) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(value)};
}

YamlNode map_of(const json::object& object) {
  YamlNode map{.kind = YamlNode::Kind::kMap};
  for (const auto& [key, member] : object) {
    map.keys.push_back({std::string(key)});
    map.items.push_back(tree_of(member));
  }
  return map;
}

}  // namespace

YamlNode tree_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return {};
    case json::kind::bool_:
      return text(value.get_bool() ? "true" : "false");
    case json::kind::int64:
      return text(fmt::format("{}", value.get_int64()));
    case json::kind::uint64:
      return text(fmt::format("{}", value.get_uint64()));
    case json::kind::double_:
      return text(fmt::format("{}", value.get_double()));
    case json::kind::string:
      return text(std::string(value.get_string()));
    case json::kind::array: {
      YamlNode list{.kind = YamlNode::Kind::kList};
      for (const auto& item : value.get_array()) list.items.push_back(tree_of(item));
      return list;
    }
    case json::kind::object:
      return map_of(value.get_object());
  }
  return {};
}

Result<Fields> parse_fields(std::string_view text, memory::Account& account) {
  TRY(auto content, Content::parse(text, account));
  std::size_t bytes = kNodeBytes;
  for (const auto& [key, member] : content.members()) bytes += key.size() + bytes_of(member);
  TRY(auto held, account.reserve(bytes));
  return Fields{map_of(content.members()), std::move(held)};
}

}  // namespace holter::api
