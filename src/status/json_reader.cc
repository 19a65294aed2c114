#include "status/json_reader.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "base/units.h"
#include "status/xml.h"

namespace holter::status {
namespace json = boost::json;

namespace {

constexpr std::size_t kDeepest = 12;
constexpr std::size_t kMostDocument = 256 * 1024;
constexpr std::size_t kMostSlug = 60;

}  // namespace

bool is_slug(std::string_view text) {
  auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= kMostSlug && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, fits);
}

std::optional<std::string> fault_of_text(std::string_view text, std::size_t most, bool one_line) {
  if (text.size() > most) return fmt::format("it has {} bytes, and {} is the most", text.size(), most);
  for (std::size_t at = 0; at < text.size();) {
    auto [code, bytes] = decode_utf8(text.substr(at));
    if (code == kNoCodePoint) return "it is no UTF-8";
    bool line_end = code == '\n' || code == '\r' || code == '\t';
    if ((code < 0x20 && (one_line || !line_end)) || code == 0x7f) return "it has a control character";
    if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
      return "it has a mark that turns the direction of texts around";
    at += bytes;
  }
  return std::nullopt;
}

Checked<json::object> parse_document(std::string_view text) {
  if (text.size() > kMostDocument)
    return std::unexpected(
        Fault{"", fmt::format("cannot read a document of {} bytes: {} is the most", text.size(), kMostDocument)});
  json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code failure;
  auto value = json::parse(text, failure, {}, options);
  if (failure) return std::unexpected(Fault{"", fmt::format("cannot read the document: {}", failure.message())});
  if (!value.is_object()) return std::unexpected(Fault{"", "cannot read the document: a JSON object is needed"});
  return std::move(value.get_object());
}

JsonReader::JsonReader(const json::object& object, std::string at, std::initializer_list<std::string_view> known)
    : object_(object), at_(std::move(at)) {
  for (const auto& member : object_) {
    std::string_view name(member.key());
    if (std::ranges::find(known, name) != known.end()) continue;
    fail(excerpt(name), "cannot use it: there is no such member");
    return;
  }
}

const json::value* JsonReader::find(std::string_view name) {
  if (fault_) return nullptr;
  const auto* value = object_.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonReader::fail(std::string_view name, std::string why) {
  if (!fault_) fault_ = Fault{path(name), std::move(why)};
}

std::string JsonReader::checked(std::string_view name, std::size_t most, std::size_t least, bool one_line,
                                std::string_view otherwise) {
  const auto* value = find(name);
  if (value == nullptr) {
    if (least > 0 && otherwise.empty()) fail(name, "cannot leave it out: a text is needed");
    return std::string(otherwise);
  }
  if (!value->is_string()) {
    fail(name, "cannot use it: a text is needed");
    return std::string(otherwise);
  }
  std::string text(value->get_string());
  if (text.size() < least) fail(name, "cannot use an empty text");
  if (auto why = fault_of_text(text, most, one_line)) fail(name, "cannot use this text: " + *why);
  return fault_ ? std::string(otherwise) : text;
}

std::string JsonReader::line(std::string_view name, std::size_t most, std::size_t least, std::string_view otherwise) {
  return checked(name, most, least, true, otherwise);
}

std::string JsonReader::text(std::string_view name, std::size_t most, std::size_t least) {
  return checked(name, most, least, false, {});
}

bool JsonReader::boolean(std::string_view name, bool otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_bool()) return value->get_bool();
  fail(name, "cannot use it: true or false is needed");
  return otherwise;
}

std::uint64_t JsonReader::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                 std::uint64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  boost::system::error_code failure;
  auto number = value->is_number() ? value->to_number<std::uint64_t>(failure) : 0;
  if (value->is_number() && !failure && number >= least && number <= most) return number;
  fail(name, fmt::format("cannot use it: a whole number from {} to {} is needed", least, most));
  return otherwise;
}

std::optional<WallTime> JsonReader::time(std::string_view name) {
  if (find(name) == nullptr) return std::nullopt;
  auto given = line(name, 40);
  if (fault_) return std::nullopt;
  auto time = parse_rfc3339(given);
  // Before 1970 is nothing that a page could tell of, and 0 stands for none where it is stored.
  if (time && epoch_ms(*time) > 0) return time;
  fail(name, fmt::format("cannot read the time '{}': like 2026-11-24T10:00:00Z", excerpt(given)));
  return std::nullopt;
}

std::vector<std::string> JsonReader::lines(std::string_view name, std::size_t most, std::size_t most_bytes) {
  std::vector<std::string> found;
  const auto* items = array(name, most);
  if (items == nullptr) return found;
  for (const auto& item : *items) {
    if (!item.is_string()) {
      fail(name, "cannot use it: a list of texts is needed");
      return {};
    }
    std::string text(item.get_string());
    auto why = text.empty() ? std::optional<std::string>("it is empty") : fault_of_text(text, most_bytes, true);
    if (why) {
      fail(name, fmt::format("cannot use the text '{}' of the list: {}", excerpt(text), *why));
      return {};
    }
    found.push_back(std::move(text));
  }
  return found;
}

const json::array* JsonReader::array(std::string_view name, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    fail(name, "cannot use it: a list is needed");
    return nullptr;
  }
  if (value->get_array().size() <= most) return &value->get_array();
  fail(name, fmt::format("cannot use {} of them: {} is the most", value->get_array().size(), most));
  return nullptr;
}

const json::object* JsonReader::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is_object()) return &value->get_object();
  fail(name, "cannot use it: an object is needed");
  return nullptr;
}

}  // namespace holter::status
