#pragma once

#include <cstdint>
#include <string_view>

#include "api/handlers.h"
#include "api/json.h"

// Members that many answers have, and answers that are one object.
namespace holter::api {

/// null for no text.
inline void write_text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty())
    json.null();
  else
    json.value(text);
}

/// null for 0, which stands for none.
inline void write_number_or_null(JsonWriter& json, std::string_view name, std::uint64_t number) {
  json.key(name);
  if (number == 0)
    json.null();
  else
    json.value(number);
}

template <class Values>
void write_list(JsonWriter& json, std::string_view name, const Values& values) {
  json.key(name);
  json.begin_array();
  for (const auto& value : values) json.value(value);
  json.end_array();
}

/// An array of objects, each with the members that `write` writes.
template <class Values, class Write>
void write_objects(JsonWriter& json, std::string_view name, const Values& values, Write write) {
  json.key(name);
  json.begin_array();
  for (const auto& value : values) {
    json.begin_object();
    write(value);
    json.end_object();
  }
  json.end_array();
}

/// A response with one object, whose members `write` writes.
template <class Write>
Response object_response(const Context& context, Write write) {
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  write(json);
  json.end_object();
  return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
