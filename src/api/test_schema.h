#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <string>

#include <gtest/gtest.h>

#include "api/assets.h"
#include "api/router.h"

// Holds answers against the OpenAPI file, for tests.
namespace holter::api {

namespace json = boost::json;

inline const json::object& document() {
  static const json::value parsed = json::parse(asset("openapi.json"));
  return parsed.as_object();
}

inline const json::object& resolved(const json::object& schema) {
  const auto* ref = schema.if_contains("$ref");
  if (ref == nullptr) return schema;
  std::string name(ref->as_string());
  const auto& schemas = document().at("components").as_object().at("schemas").as_object();
  return resolved(schemas.at(name.substr(name.rfind('/') + 1)).as_object());
}

inline bool has_type(const json::value& value, std::string_view type) {
  switch (value.kind()) {
    case json::kind::null:
      return type == "null";
    case json::kind::bool_:
      return type == "boolean";
    case json::kind::string:
      return type == "string";
    case json::kind::array:
      return type == "array";
    case json::kind::object:
      return type == "object";
    case json::kind::double_:
      return type == "number";
    default:
      return type == "integer" || type == "number";
  }
}

/// The part of JSON Schema that the file uses: type, enum, required, properties, additionalProperties, items, $ref.
inline void check(const json::value& value, const json::object& unresolved, const std::string& at) {
  const auto& schema = resolved(unresolved);
  const auto& type = schema.at("type");
  bool type_ok = type.is_string() ? has_type(value, std::string_view(type.as_string()))
                                  : std::ranges::any_of(type.as_array(), [&](const json::value& t) {
                                      return has_type(value, std::string_view(t.as_string()));
                                    });
  EXPECT_TRUE(type_ok) << at << ": " << value << " is not of type " << type;
  if (const auto* words = schema.if_contains("enum")) {
    bool known = std::ranges::count(words->as_array(), value) > 0;
    EXPECT_TRUE(known) << at << ": " << value;
  }
  if (value.is_array())
    for (const auto& item : value.as_array()) check(item, schema.at("items").as_object(), at + "[]");
  if (!value.is_object() || !schema.contains("additionalProperties")) return;
  const auto& more = schema.at("additionalProperties");
  const json::object none;
  const auto& properties = schema.contains("properties") ? schema.at("properties").as_object() : none;
  for (const auto& [key, member] : value.as_object()) {
    std::string where = at + "." + std::string(key);
    if (const auto* known = properties.if_contains(key))
      check(member, known->as_object(), where);
    else if (more.is_object())
      check(member, more.as_object(), where);
    else
      ADD_FAILURE() << where << " is in no schema";
  }
  if (const auto* required = schema.if_contains("required"))
    for (const auto& name : required->as_array())
      EXPECT_TRUE(value.as_object().contains(name.as_string())) << at << " lacks " << name;
}

inline const json::object& operation_of(const Route& route) {
  std::string method(route.method);
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
  return document().at("paths").as_object().at(route.pattern).as_object().at(method).as_object();
}

inline const json::object& schema_of(const json::object& operation, const std::string& status, std::string_view type) {
  const auto& content = operation.at("responses").as_object().at(status).as_object().at("content").as_object();
  return content.at(type).as_object().at("schema").as_object();
}

}  // namespace holter::api
