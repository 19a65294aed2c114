#include "api/raw_json.h"

#include <boost/json/value.hpp>

#include <fmt/format.h>

#include "api/content.h"

namespace holter::api {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

void write_value(JsonWriter& out, const json::value& value);

void write_object(JsonWriter& out, const json::object& object) {
  out.begin_object();
  for (const auto& [key, member] : object) {
    out.key(view(key));
    write_value(out, member);
  }
  out.end_object();
}

/// As deep as the tree, which its reader bounds.
void write_value(JsonWriter& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return out.null();
    case json::kind::bool_:
      return out.value(value.get_bool());
    case json::kind::int64:
      return out.value(std::int64_t{value.get_int64()});
    case json::kind::uint64:
      return out.value(std::uint64_t{value.get_uint64()});
    case json::kind::double_:
      return out.value(value.get_double());
    case json::kind::string:
      return out.value(view(value.get_string()));
    case json::kind::array:
      out.begin_array();
      for (const auto& item : value.get_array()) write_value(out, item);
      return out.end_array();
    case json::kind::object:
      return write_object(out, value.get_object());
  }
}

Result<Content> read(std::string_view text, memory::Account& account) {
  if (text.size() > kLongestRaw)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot write a document of {} bytes: the limit is {}", text.size(), kLongestRaw));
  return Content::parse(text, account);
}

}  // namespace

Status write_raw(JsonWriter& out, std::string_view name, std::string_view text, memory::Account& account) {
  out.key(name);
  auto content = read(text, account);
  if (!content) {
    out.null();
    return content.error();
  }
  write_object(out, content->members());
  return {};
}

}  // namespace holter::api
