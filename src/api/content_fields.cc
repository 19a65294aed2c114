#include "api/content_fields.h"

#include <boost/json/value.hpp>

#include <fmt/format.h>

namespace holter::api {

namespace {

/// Valid as long as the content.
Answered<std::optional<std::string_view>> view_of(const Content& content, std::string_view key) {
  const auto* value = content.find(key);
  if (value == nullptr || value->is_null()) return std::optional<std::string_view>();
  if (!value->is_string())
    return Problem{400, fmt::format("cannot use this {}: a text is needed", key), std::string(key), 0};
  const auto& text = value->get_string();
  return std::optional(std::string_view(text.data(), text.size()));
}

Problem missing(std::string_view key) {
  return {400, fmt::format("cannot do without {}: a text is needed", key), std::string(key), 0};
}

}  // namespace

Answered<std::optional<std::string>> text_of(const Content& content, std::string_view key) {
  auto view = view_of(content, key);
  if (!view) return std::move(view).error();
  return *view ? std::optional(std::string(**view)) : std::nullopt;
}

Answered<std::optional<secrets::SecretText>> secret_of(const Content& content, std::string_view key) {
  auto view = view_of(content, key);
  if (!view) return std::move(view).error();
  std::optional<secrets::SecretText> secret;
  if (*view) secret.emplace(**view);
  return secret;
}

Answered<secrets::SecretText> needed_secret_of(const Content& content, std::string_view key) {
  auto secret = secret_of(content, key);
  if (!secret) return std::move(secret).error();
  if (!*secret) return missing(key);
  return std::move(**secret);
}

Answered<std::string> needed_text_of(const Content& content, std::string_view key) {
  auto text = text_of(content, key);
  if (!text) return std::move(text).error();
  if (!*text) return missing(key);
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
