#include "define/schema.h"

#include <boost/json.hpp>
#include <string_view>

#include "define/params.h"

namespace holter::define {
namespace {

namespace json = boost::json;
using Text = std::string_view;

json::object reference(Text name) {
  return {{"$ref", "#/definitions/" + std::string(name)}};
}
json::object described(json::object schema, Text help) {
  schema["description"] = help;
  return schema;
}
json::object of_type(json::string type, Text help) {
  return {{"type", std::move(type)}, {"description", help}};
}
/// Anything that YAML reads as a scalar: values are texts in Holter, however they are written.
json::object scalar(Text help) {
  return {{"type", json::array{"string", "number", "boolean", "null"}}, {"description", help}};
}
json::object list_of(json::object items, Text help) {
  return {{"type", "array"}, {"items", std::move(items)}, {"description", help}};
}
json::object number(int least, int most, Text help) {
  return {{"type", "integer"}, {"minimum", least}, {"maximum", most}, {"description", help}};
}
/// A map whose other keys are unknown ones.
json::object map_of(json::object properties, json::array required) {
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

json::object texts() {
  return {{"type", "object"},
          {"description", "texts by language: en-US, zh-CN..."},
          {"additionalProperties", json::object{{"type", json::array{"string", "null"}}}}};
}

json::object param() {
  json::array types;
  for (auto name : param_type_names()) types.emplace_back(name);
  json::object option =
      map_of({{"label", scalar("what people see")}, {"value", scalar("what the value is")}}, {"value"});
  return map_of({{"field", of_type("string", "name; ^_^name^_^ elsewhere stands for the value")},
                 {"name", described(reference("texts"), "what the form calls it")},
                 {"type", json::object{{"enum", std::move(types)}, {"description", "what a value must be"}}},
                 {"required", of_type("boolean", "a monitor without it is refused, unless there is a default")},
                 {"defaultValue", scalar("used when a monitor does not give it")},
                 {"hide", of_type("boolean", "shown under 'advanced'")},
                 {"range", of_type("string", "of numbers: [0,65535]; ( and ) exclude an end, || joins alternatives")},
                 {"limit", number(0, 1 << 20, "of texts: most characters")},
                 {"placeholder", scalar("hint in an empty form field")},
                 {"options", list_of(std::move(option), "of radio and checkbox: the values there are")},
                 {"depend", json::object{{"type", "object"},
                                         {"description", "shown only when another parameter has one of these values"},
                                         {"additionalProperties", list_of(scalar("a value"), "values")}}},
                 {"keyAlias", scalar("caption of the keys of a key-value parameter")},
                 {"valueAlias", scalar("caption of its values")}},
                {"field", "type"});
}

json::object field() {
  return map_of({{"field", of_type("string", "name of the column")},
                 {"type", json::object{{"enum", json::array{0, 1, 2, 3}},
                                       {"default", 1},
                                       {"description", "0 number, 1 text, 2 secret text, 3 time of day"}}},
                 {"i18n", described(reference("texts"), "what people see")},
                 {"unit", scalar("unit of the value as it is shown")},
                 {"label", of_type("boolean", "tells rows apart: part of the identity of a series")}},
                {"field"});
}

json::object set(std::span<const ProtocolKeys> protocols) {
  json::object properties{
      {"name", of_type("string", "unique in the definition")},
      {"i18n", described(reference("texts"), "what people see")},
      {"priority", number(0, 127, "lower ones are asked first; 0 decides on UP and DOWN")},
      {"minRows", number(0, 1'000'000, "an answer with fewer rows is a failure; default 0")},
      {"visible", of_type("boolean", "false: an aid to other sets, not shown")},
      {"interval", number(0, 365 * 86'400, "seconds; default: the monitor's")},
      {"fields", list_of(reference("field"), "columns of the result")},
      {"aliasFields",
       list_of(scalar("a raw column"), "raw columns that are asked of the protocol; default: the fields")},
      {"calculates", list_of(scalar("field=expression"), "how fields come from raw columns: a name or an expression")},
      {"units", list_of(scalar("field=FROM->TO"), "conversions, e.g. memory=B->MB")},
      {"filters", list_of(scalar("expression over fields"), "a row is kept if any is true")}};
  json::array names;
  json::array blocks;
  for (const auto& protocol : protocols) {
    names.emplace_back(protocol.protocol);
    auto block = "block_" + std::string(protocol.block);
    properties[protocol.block] = reference(block);
    blocks.push_back(json::object{
        {"if", json::object{{"properties", json::object{{"protocol", json::object{{"const", protocol.protocol}}}}}}},
        {"then", json::object{{"required", json::array{protocol.block}}}}});
  }
  properties["protocol"] = json::object{{"enum", std::move(names)}, {"description", "who asks"}};
  json::object schema = map_of(std::move(properties), {"name", "protocol"});
  schema["allOf"] = std::move(blocks);
  return schema;
}

json::object block(const ProtocolKeys& protocol) {
  json::object properties;
  for (std::size_t i = 0; i < protocol.keys.size(); ++i) {
    json::object key;
    if (i < protocol.help.size() && !protocol.help[i].empty()) key["description"] = protocol.help[i];
    properties[protocol.keys[i]] = std::move(key);
  }
  return map_of(std::move(properties), json::array(protocol.required.begin(), protocol.required.end()));
}

void print(const json::value& value, std::string& out, std::size_t depth) {
  auto line = [&](std::size_t d) { out += "\n" + std::string(2 * d, ' '); };
  auto children = [&](const auto& all, char open, char close, auto each) {
    out += open;
    bool first = true;
    for (const auto& child : all) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      each(child);
    }
    if (!all.empty()) line(depth);
    out += close;
  };
  if (const auto* object = value.if_object()) {
    children(*object, '{', '}', [&](const auto& member) {
      out += json::serialize(json::string(member.key())) + ": ";
      print(member.value(), out, depth + 1);
    });
  } else if (const auto* array = value.if_array();
             array != nullptr && !array->empty() && array->front().is_structured()) {
    children(*array, '[', ']', [&](const auto& item) { print(item, out, depth + 1); });
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string definition_schema(std::span<const ProtocolKeys> protocols) {
  json::object schema = map_of({{"category", of_type("string", "where it stands in menus")},
                                {"app", of_type("string", "unique name; what monitors name")},
                                {"extends", of_type("string", "app whose params and metrics are taken over")},
                                {"name", described(reference("texts"), "what people see")},
                                {"help", described(reference("texts"), "what is watched, and what it needs")},
                                {"helpLink", described(reference("texts"), "addresses of the product's documentation")},
                                {"params", list_of(reference("param"), "what a user fills in for a monitor")},
                                {"metrics", list_of(reference("set"), "each is one request and one table of results")}},
                               {"app"});
  schema["anyOf"] = json::array{json::object{{"required", json::array{"metrics"}}},
                                json::object{{"required", json::array{"extends"}}}};
  json::object definitions{{"texts", texts()}, {"param", param()}, {"field", field()}, {"set", set(protocols)}};
  for (const auto& protocol : protocols) {  // several protocols may share a block
    auto [place, fresh] = definitions.emplace("block_" + std::string(protocol.block), block(protocol));
    if (fresh) continue;
    auto& known = place->value().as_object();
    for (const auto& [key, value] : block(protocol).at("properties").as_object())
      known.at("properties").as_object().emplace(key, value);
    known.erase("required");
  }
  json::object root{{"$schema", "http://json-schema.org/draft-07/schema#"},
                    {"title", "Holter definition: how an application is asked and what its answers mean"}};
  for (auto& [key, value] : schema) root[key] = std::move(value);
  root["definitions"] = std::move(definitions);
  std::string out;
  print(root, out, 0);
  return out + "\n";
}

}  // namespace holter::define
