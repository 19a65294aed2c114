#include "api/content_schema.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include <fmt/format.h>

#include "api/assets.h"
#include "api/content.h"
#include "base/check.h"
#include "base/units.h"

namespace holter::api {
namespace {

namespace json = boost::json;

/// Longer contents are read piece by piece, by code that checks them itself: a tree of them would take too much.
constexpr std::size_t kMostChecked = 256 * 1024;
constexpr std::array<std::string_view, 7> kTypes{"null", "boolean", "integer", "number", "string", "array", "object"};
/// Keywords that tell people something, and that nothing is checked by.
constexpr std::string_view kWords[] = {"description", "examples", "default", "format", "pattern"};
constexpr std::string_view kChecked[] = {"type",     "enum",      "properties", "required",
                                         "items",    "minimum",   "maximum",    "additionalProperties",
                                         "maxItems", "minLength", "maxLength",  "maxProperties"};

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

std::uint8_t bit_of(std::string_view type) {
  auto found = std::ranges::find(kTypes, type);
  return found == kTypes.end() ? 0 : static_cast<std::uint8_t>(1U << (found - kTypes.begin()));
}

std::uint8_t bits_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return bit_of("null");
    case json::kind::bool_:
      return bit_of("boolean");
    case json::kind::string:
      return bit_of("string");
    case json::kind::array:
      return bit_of("array");
    case json::kind::object:
      return bit_of("object");
    case json::kind::double_:
      return bit_of("number");
    default:
      return bit_of("integer") | bit_of("number");
  }
}

Problem bad(const std::string& at, std::string message) {
  return {400, std::move(message), at, 0};
}

std::string below(const std::string& at, std::string_view key) {
  return at.empty() ? std::string(excerpt(key)) : fmt::format("{}.{}", at, excerpt(key));
}

}  // namespace

Result<const Schema*> Schemas::read(const json::object& schema, const json::object& named) {
  const auto* ref = schema.if_contains("$ref");
  if (ref == nullptr) {
    auto& fresh = all_.emplace_back();
    TRY_OK(fill(fresh, schema, named));
    return &fresh;
  }
  auto name = view(ref->as_string());
  name.remove_prefix(name.rfind('/') + 1);
  if (auto known = named_.find(name); known != named_.end()) return known->second;
  const auto* found = named.if_contains(name);
  if (found == nullptr) return Error(ErrorCode::kInvalidArgument, fmt::format("cannot follow a $ref to '{}'", name));
  auto& fresh = all_.emplace_back();
  named_.emplace(name, &fresh);  // known before what it holds is read, which may be itself
  TRY_OK(fill(fresh, found->as_object(), named));
  return &fresh;
}

Status Schemas::fill(Schema& schema, const json::object& from, const json::object& named) {
  for (const auto& [key, value] : from)
    if (std::ranges::find(kWords, std::string_view(key)) == std::end(kWords) &&
        std::ranges::find(kChecked, std::string_view(key)) == std::end(kChecked))
      return Error(ErrorCode::kInvalidArgument, fmt::format("cannot check by '{}'", std::string_view(key)));
  if (const auto* type = from.if_contains("type")) {
    if (type->is_string()) schema.types_ = bit_of(view(type->get_string()));
    if (type->is_array())
      for (const auto& each : type->get_array()) schema.types_ |= bit_of(view(each.as_string()));
  }
  if (const auto* words = from.if_contains("enum"))
    for (const auto& word : words->as_array())
      if (word.is_string()) schema.words_.emplace_back(view(word.get_string()));
  if (const auto* least = from.if_contains("minimum")) schema.least_ = least->to_number<double>();
  if (const auto* most = from.if_contains("maximum")) schema.most_ = most->to_number<double>();
  if (const auto* least = from.if_contains("minLength")) schema.shortest_ = least->to_number<std::size_t>();
  for (const auto* key : {"maxLength", "maxItems", "maxProperties"})
    if (const auto* most = from.if_contains(key)) schema.longest_ = most->to_number<std::size_t>();
  if (const auto* required = from.if_contains("required"))
    for (const auto& key : required->as_array()) schema.required_.emplace_back(view(key.as_string()));
  return fill_inner(schema, from, named);
}

Status Schemas::fill_inner(Schema& schema, const json::object& from, const json::object& named) {
  if (const auto* properties = from.if_contains("properties"))
    for (const auto& [key, property] : properties->as_object()) {
      TRY(const auto* inner, read(property.as_object(), named));
      schema.properties_.emplace_back(std::string(key), inner);
    }
  if (const auto* others = from.if_contains("additionalProperties")) {
    schema.nothing_else_ = others->is_bool() && !others->get_bool();
    if (others->is_object()) {
      TRY(schema.others_, read(others->get_object(), named));
    }
  }
  if (const auto* items = from.if_contains("items")) {
    TRY(schema.items_, read(items->as_object(), named));
  }
  return {};
}

std::size_t Schemas::bytes() const {
  std::size_t bytes = 0;
  for (const auto& schema : all_) bytes += schema.bytes();
  for (const auto& [name, schema] : named_) bytes += sizeof(*named_.begin()) + name.capacity() + 4 * sizeof(void*);
  return bytes;
}

std::string Schema::types_text() const {
  std::string text;
  for (auto type : kTypes)
    if ((types_ & bit_of(type)) != 0) text += (text.empty() ? "" : " or ") + std::string(type);
  return text;
}

std::optional<Problem> Schema::check(const json::value& value) const {
  return check_at(value, "");
}

std::optional<Problem> Schema::check_at(const json::value& value, const std::string& at) const {
  if (types_ != 0 && (types_ & bits_of(value)) == 0)
    return bad(at, fmt::format("cannot use this value: {} is needed", types_text()));
  if (value.is_string()) {
    auto text = view(value.get_string());
    if (!words_.empty() && std::ranges::find(words_, text) == words_.end())
      return bad(at, fmt::format("cannot use '{}': {} is needed", excerpt(text), fmt::join(words_, ", ")));
    if (text.size() < shortest_ || text.size() > longest_)
      return bad(at,
                 fmt::format("cannot use a text of {} bytes: {} to {} are needed", text.size(), shortest_, longest_));
  }
  if (value.is_number()) {
    auto number = value.to_number<double>();
    if (number < least_ || number > most_)
      return bad(at, fmt::format("cannot use {}: {} to {} is needed", number, least_, most_));
  }
  if (value.is_array()) {
    const auto& items = value.get_array();
    if (items.size() > longest_)
      return bad(at, fmt::format("cannot use {} items: at most {} are allowed", items.size(), longest_));
    for (std::size_t i = 0; items_ != nullptr && i < items.size(); ++i)
      if (auto problem = items_->check_at(items[i], fmt::format("{}[{}]", at, i))) return problem;
  }
  return value.is_object() ? check_members(value.get_object(), at) : std::nullopt;
}

std::optional<Problem> Schema::check_members(const json::object& object, const std::string& at) const {
  if (object.size() > longest_)
    return bad(at, fmt::format("cannot use {} members: at most {} are allowed", object.size(), longest_));
  for (const auto& [key, member] : object) {
    std::string_view name(key.data(), key.size());
    auto known = std::ranges::find(properties_, name, [](const auto& property) { return property.first; });
    if (known != properties_.end()) {
      if (auto problem = known->second->check_at(member, below(at, name))) return problem;
    } else if (others_ != nullptr) {
      if (auto problem = others_->check_at(member, below(at, name))) return problem;
    } else if (nothing_else_) {
      std::vector<std::string_view> names;
      for (const auto& [each, schema] : properties_) names.push_back(each);
      auto near = nearest_in(name, names);
      return bad(below(at, name),
                 near.empty() ? fmt::format("cannot use the key '{}'", excerpt(name))
                              : fmt::format("cannot use the key '{}': did you mean '{}'?", excerpt(name), near));
    }
  }
  for (const auto& key : required_)
    if (!object.contains(key)) return bad(below(at, key), fmt::format("cannot do without '{}'", key));
  return std::nullopt;
}

std::size_t Schema::bytes() const {
  auto bytes = sizeof(Schema);
  for (const auto& word : words_) bytes += sizeof(word) + word.capacity();
  for (const auto& key : required_) bytes += sizeof(key) + key.capacity();
  for (const auto& [key, schema] : properties_) bytes += sizeof(properties_[0]) + key.capacity();
  return bytes;
}

const ContentSchemas& ContentSchemas::get() {
  static const ContentSchemas all = [] {
    ContentSchemas out;
    // The tree of the whole file is needed for a moment only.
    json::monotonic_resource memory;
    auto file = json::parse(asset("openapi.json"), &memory);
    const auto& schemas = file.at("components").at("schemas").as_object();
    for (const auto& route : routes()) {
      std::string method(route.method);
      std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
      const auto& operation = file.at("paths").at(route.pattern).at(method).as_object();
      const auto* body = operation.if_contains("requestBody");
      if (body == nullptr || route.most_content > kMostChecked || route.takes != Takes::kJson) continue;
      auto schema = out.schemas_.read(body->at("content").at("application/json").at("schema").as_object(), schemas);
      CHECK(schema.has_value());
      const auto* required = body->as_object().if_contains("required");
      out.entries_.emplace_back(&route, Entry{required != nullptr && required->as_bool(), *schema});
    }
    return out;
  }();
  return all;
}

const ContentSchemas::Entry* ContentSchemas::find(const Route& route) const {
  auto found = std::ranges::find(entries_, &route, [](const auto& entry) { return entry.first; });
  return found == entries_.end() ? nullptr : &found->second;
}

std::size_t ContentSchemas::bytes() const {
  return schemas_.bytes() + entries_.size() * sizeof(entries_[0]);
}

Problem check_content(const Route& route, std::string_view text, memory::Account& account) {
  const auto* entry = ContentSchemas::get().find(route);
  bool empty = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (entry == nullptr || (empty && !entry->required)) return {0, "", "", 0};
  auto content = Content::parse(text, account);
  if (!content) return to_problem(content.error());
  return entry->schema->check(content->members()).value_or(Problem{0, "", "", 0});
}

}  // namespace holter::api
