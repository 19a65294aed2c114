#include "api/cookies.h"

#include <fmt/format.h>

namespace holter::api {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view session_cookie(bool secure) {
  return secure ? "__Host-holter" : "holter";
}

std::optional<std::string_view> find_cookie(std::string_view field, std::string_view name) {
  std::optional<std::string_view> found;
  while (!field.empty()) {
    auto pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(field.size(), pair.size() + 1));
    auto equals = pair.find('=');
    if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != name) continue;
    if (found) return std::nullopt;  // which of them is ours cannot be told
    found = trimmed(pair.substr(equals + 1));
  }
  return found;
}

std::string set_cookie(std::string_view name, std::string_view value, bool secure,
                       std::optional<long> max_age_seconds) {
  auto text = fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax", name, value);
  if (secure) text += "; Secure";
  if (max_age_seconds) text += fmt::format("; Max-Age={}", *max_age_seconds);
  return text;
}

}  // namespace holter::api
