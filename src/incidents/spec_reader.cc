#include "incidents/spec_reader.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "base/units.h"

namespace holter::incidents {
namespace json = boost::json;

namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostItems = 1000;

}  // namespace

Error fault(std::string_view member, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("{}: {}", member, why)};
}

std::pair<std::string, std::string> split_fault(std::string_view message) {
  auto colon = message.find(": ");
  auto member = message.substr(0, colon == std::string_view::npos ? 0 : colon);
  bool is_path = member == "name" || member == "enabled" || member == "spec" || member.starts_with("spec.");
  if (!is_path) return {"", std::string(message)};
  return {std::string(member), std::string(message.substr(colon + 2))};
}

Result<json::object> parse_object(std::string_view text, std::string_view what) {
  json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code failure;
  auto value = json::parse(text, failure, {}, options);
  if (failure) return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read {}: {}", what, failure.message()));
  if (!value.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read {}: a JSON object is needed", what));
  return std::move(value.as_object());
}

SpecReader::SpecReader(const json::object& object, std::string at, std::initializer_list<std::string_view> known)
    : object_(object), at_(std::move(at)) {
  for (const auto& member : object_) {
    std::string_view name(member.key());
    if (std::ranges::find(known, name) != known.end()) continue;
    auto near = nearest_in(name, known);
    fail(excerpt(name), near.empty() ? "there is no such member" : fmt::format("there is no such member; '{}'?", near));
    return;
  }
}

const json::value* SpecReader::find(std::string_view name) {
  if (!status_) return nullptr;
  const auto* value = object_.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void SpecReader::fail(std::string_view name, std::string why) {
  if (status_) status_ = fault(path(name), why);
}

std::string SpecReader::text(std::string_view name, std::string_view otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return std::string(otherwise);
  if (value->is_string()) return std::string(value->as_string());
  fail(name, "a text is needed");
  return std::string(otherwise);
}

bool SpecReader::boolean(std::string_view name, bool otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_bool()) return value->as_bool();
  fail(name, "true or false is needed");
  return otherwise;
}

std::uint64_t SpecReader::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                 std::uint64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  boost::system::error_code failure;
  auto number = value->is_number() ? value->to_number<std::uint64_t>(failure) : 0;
  if (value->is_number() && !failure && number >= least && number <= most) return number;
  fail(name, fmt::format("a whole number from {} to {} is needed", least, most));
  return otherwise;
}

std::optional<milliseconds> SpecReader::maybe_duration(std::string_view name) {
  if (find(name) == nullptr) return std::nullopt;
  auto given = text(name);
  auto value = parse_duration(given);
  if (value) return *value;
  fail(name, value.error().message());
  return std::nullopt;
}
milliseconds SpecReader::duration(std::string_view name, milliseconds otherwise) {
  return maybe_duration(name).value_or(otherwise);
}

WallTime SpecReader::time(std::string_view name, WallTime otherwise) {
  if (find(name) == nullptr) return otherwise;
  auto given = text(name);
  if (auto value = parse_rfc3339(given)) return *value;
  fail(name, fmt::format("cannot read the time '{}': like 2026-11-24T10:00:00Z", excerpt(given)));
  return otherwise;
}

std::optional<std::vector<std::string>> SpecReader::maybe_list(std::string_view name) {
  const auto* items = array(name);
  if (items == nullptr) return std::nullopt;
  std::vector<std::string> found;
  if (items->size() > kMostItems) fail(name, fmt::format("more than {} items", kMostItems));
  for (const auto& item : *items) {
    if (!status_) break;
    if (item.is_string())
      found.emplace_back(item.as_string());
    else
      fail(name, "a list of texts is needed");
  }
  return found;
}
std::vector<std::string> SpecReader::list(std::string_view name) {
  return maybe_list(name).value_or(std::vector<std::string>());
}

model::Labels SpecReader::labels(std::string_view name) {
  model::Labels found;
  const auto* members = object(name);
  if (members == nullptr) return found;
  for (const auto& member : *members) {
    if (!member.value().is_string()) {
      fail(name, fmt::format("a text is needed for '{}'", excerpt(std::string_view(member.key()))));
      return {};
    }
    found.emplace_back(std::string(member.key()), std::string(member.value().as_string()));
  }
  std::ranges::sort(found);
  return found;
}

const json::object* SpecReader::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is_object()) return &value->as_object();
  fail(name, "an object is needed");
  return nullptr;
}
const json::array* SpecReader::array(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is_array()) return &value->as_array();
  fail(name, "a list is needed");
  return nullptr;
}

}  // namespace holter::incidents
