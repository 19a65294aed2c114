#include "catalog/sealed_values.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "catalog/label_json.h"
#include "catalog/rules.h"

namespace holter::catalog {
namespace {

/// A string of a document, as it is written.
struct JsonString {
  std::optional<std::string_view> name;  ///< of the member whose value it is
  std::string_view text;                 ///< between the quotes
};

Error refused(std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot take the document: {}", why)};
}

std::size_t skip_blanks(std::string_view json, std::size_t at) {
  return std::min(json.find_first_not_of(" \t\r\n", at), json.size());
}

/// Visits each string that is a value. Errors: kInvalidArgument for a string without an end; those of `visit`.
Status each_string(std::string_view json, const std::function<Status(const JsonString&)>& visit) {
  std::optional<std::string_view> name;
  for (auto at = skip_blanks(json, 0); at < json.size(); at = skip_blanks(json, at)) {
    if (json[at] != '"') {
      name.reset();
      ++at;
      continue;
    }
    auto end = end_of_json_string(json, at);
    if (end == std::string_view::npos) return refused(fmt::format("the string at byte {} has no end", at));
    auto text = json.substr(at + 1, end - at - 2);
    at = skip_blanks(json, end);
    if (at < json.size() && json[at] == ':') {
      name = text;
      ++at;
      continue;
    }
    TRY_OK(visit({name, text}));
    name.reset();
  }
  return {};
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::string to_sealed_text(std::string_view sealed) {
  return std::string(kSealedPrefix).append(sealed);
}

bool is_sealed_text(std::string_view text) {
  return text.starts_with(kSealedPrefix);
}

Result<std::vector<SealedValue>> find_sealed_values(std::string_view json) {
  std::vector<SealedValue> found;
  TRY_OK(each_string(json, [&](const JsonString& string) -> Status {
    if (!is_sealed_text(string.text)) return {};
    auto value = string.text.substr(kSealedPrefix.size());
    if (!string.name) return refused("a sealed value is no member of an object");
    TRY_OK(check_name("name of a sealed value", *string.name));
    if (string.name->contains('\\')) return refused("the name of a sealed value has an escape");
    if (value.empty() || !std::ranges::all_of(value, is_plain))
      return refused(fmt::format("the sealed value of '{}' is none", *string.name));
    if (found.size() == kMostSealedValues)
      return refused(fmt::format("it has more than {} sealed values", kMostSealedValues));
    found.push_back({std::string(*string.name), std::string(value)});
    return {};
  }));
  return found;
}

std::optional<std::string> replace_sealed_value(std::string_view json, const SealedValue& old,
                                                std::string_view sealed) {
  std::string out;
  std::size_t copied = 0;
  auto wanted = to_sealed_text(old.value);
  auto walked = each_string(json, [&](const JsonString& string) -> Status {
    if (string.name != old.field || string.text != wanted) return {};
    auto at = static_cast<std::size_t>(string.text.data() - json.data());
    out.append(json.substr(copied, at - copied)).append(to_sealed_text(sealed));
    copied = at + string.text.size();
    return {};
  });
  if (!walked || copied == 0) return std::nullopt;
  return out.append(json.substr(copied));
}

}  // namespace holter::catalog
