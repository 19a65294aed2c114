#include "api/content_fields.h"

#include <boost/json/value.hpp>

#include <fmt/format.h>

namespace holter::api {

Answered<std::optional<std::string>> text_of(const Content& content, std::string_view key) {
  const auto* value = content.find(key);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (!value->is_string())
    return Problem{400, fmt::format("cannot use this {}: a text is needed", key), std::string(key), 0};
  return std::optional(std::string(value->get_string()));
}

Answered<std::string> needed_text_of(const Content& content, std::string_view key) {
  auto text = text_of(content, key);
  if (!text) return std::move(text).error();
  if (!*text) return Problem{400, fmt::format("cannot do without {}: a text is needed", key), std::string(key), 0};
  return std::move(**text);
}

Answered<std::optional<bool>> bool_of(const Content& content, std::string_view key) {
  const auto* value = content.find(key);
  if (value == nullptr || value->is_null()) return std::optional<bool>();
  if (!value->is_bool())
    return Problem{400, fmt::format("cannot use this {}: true or false is needed", key), std::string(key), 0};
  return std::optional(value->get_bool());
}

}  // namespace holter::api
