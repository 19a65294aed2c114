#include "notify/channel.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"
#include "base/utf8.h"

namespace holter::notify {
namespace {

constexpr std::size_t kLongestValue = 4 * 1024;

Error wrong(std::string_view field, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the receiver: '{}' {}", field, why)};
}

bool is_utf8(std::string_view text) {
  std::string scratch;
  return as_utf8(text, scratch).data() == text.data() || text.empty();
}

bool has_control(std::string_view text, bool lines) {
  return std::ranges::any_of(text, [&](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7f) && !(lines && (c == '\n' || c == '\r' || c == '\t'));
  });
}

/// "http://" or "https://", a host, no blanks, and no user: a password there would stand in messages.
bool is_web_url(std::string_view text) {
  auto rest = text.starts_with("https://") ? text.substr(8) : text.starts_with("http://") ? text.substr(7) : "";
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  return !authority.empty() && authority.front() != ':' && !authority.contains('@') && !text.contains(' ');
}

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

Status check_value(const Field& field, std::string_view value) {
  // The value itself stands in no message: it may be a secret, also in a URL.
  if (value.size() > kLongestValue)
    return wrong(field.name, fmt::format("has {} bytes; {} is the most", value.size(), kLongestValue));
  if (!is_utf8(value)) return wrong(field.name, "is not UTF-8");
  bool lines = field.type == Field::Type::kLines || field.type == Field::Type::kTextarea;
  if (has_control(value, lines)) return wrong(field.name, "has control characters");
  switch (field.type) {
    case Field::Type::kUrl:
      if (!is_web_url(value)) return wrong(field.name, "is not a URL such as https://example.org/path, without user");
      break;
    case Field::Type::kNumber:
      if (!is_number(value)) return wrong(field.name, "is not a whole number");
      break;
    case Field::Type::kBoolean:
      if (value != "true" && value != "false") return wrong(field.name, "is neither true nor false");
      break;
    case Field::Type::kChoice:
      if (std::ranges::find(field.choices, value) == field.choices.end())
        return wrong(field.name, fmt::format("is none of: {}", fmt::join(field.choices, ", ")));
      break;
    case Field::Type::kText:
    case Field::Type::kPassword:
    case Field::Type::kLines:
    case Field::Type::kTextarea:
      break;
  }
  return {};
}

Status check_names(const PluginInfo& channel, const std::map<std::string, std::string, std::less<>>& given) {
  for (const auto& [name, value] : given) {
    auto field = std::ranges::find(channel.fields, name, &Field::name);
    if (field != channel.fields.end() && !field->by_server) continue;
    std::vector<std::string_view> names;
    for (const auto& known : channel.fields)
      if (!known.by_server) names.push_back(known.name);
    auto near = nearest_in(name, names);
    return wrong(excerpt(name), fmt::format("is no field of channel {}{}", channel.name,
                                            near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  return {};
}

}  // namespace

std::string_view Settings::get(std::string_view field) const {
  auto found = values_.find(field);
  CHECK(found != values_.end());
  return found->second;
}

const PluginInfo* find_plugin(std::string_view name) {
  for (auto factory : all_plugins())
    if (const auto& plugin = factory(); plugin.name == name) return &plugin;
  return nullptr;
}

Result<Settings> check_settings(const PluginInfo& channel,
                                const std::map<std::string, std::string, std::less<>>& given) {
  TRY_OK(check_names(channel, given));
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& field : channel.fields) {
    auto found = given.find(field.name);
    bool filled = found != given.end() && !found->second.empty();
    if (filled) TRY_OK(check_value(field, found->second));
    std::string value(filled ? std::string_view(found->second) : field.otherwise);
    if (field.required && value.empty()) return wrong(field.name, "is missing");
    values.emplace(field.name, std::move(value));
  }
  Settings settings(std::move(values));
  if (channel.check != nullptr) TRY_OK(channel.check(settings));
  return settings;
}

}  // namespace holter::notify
