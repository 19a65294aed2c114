#include "intake/body.h"

#include <algorithm>
#include <boost/json/stream_parser.hpp>
#include <charconv>
#include <cstddef>
#include <new>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::intake {
namespace {

constexpr std::size_t kMostDepth = 32;
constexpr std::size_t kMostMembers = 1000;  // of a form

Error no_memory() {
  return {ErrorCode::kResourceExhausted, "cannot read the body: its memory was refused"};
}

Error not_json(std::string_view text, std::size_t at, std::string_view why) {
  auto before = text.substr(0, at);
  auto line = 1 + std::ranges::count(before, '\n');
  auto last = before.rfind('\n');
  auto column = before.size() - (last == std::string_view::npos ? 0 : last + 1) + 1;
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot read the body as JSON: {} at line {}, column {}", why, line, column)};
}

/// The value of a hexadecimal digit, -1 for others.
int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// False at a percent sign without two digits.
bool decode(std::string_view part, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      out += part[i] == '+' ? ' ' : part[i];
      continue;
    }
    int high = i + 2 < part.size() ? hex(part[i + 1]) : -1;
    int low = i + 2 < part.size() ? hex(part[i + 2]) : -1;
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

}  // namespace

void* TreeMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (!account_.try_reserve(bytes)) throw std::bad_alloc();
  try {
    // Boost.JSON gives the keys of objects back with another alignment than it asked for; plain new is enough for both.
    CHECK(alignment <= alignof(std::max_align_t));
    return ::operator new(bytes);
  } catch (...) {
    account_.release(bytes);
    throw;
  }
}

void TreeMemory::do_deallocate(void* block, std::size_t bytes, std::size_t) {
  ::operator delete(block, bytes);
  account_.release(bytes);
}

Result<json::value> parse_json(std::string_view text, TreeMemory& memory) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  json::parse_options options;
  options.max_depth = kMostDepth;
  options.allow_invalid_utf8 = true;  // only the alert that has such bytes is refused
  try {
    json::stream_parser parser(json::storage_ptr(&memory), options);
    parser.reset(json::storage_ptr(&memory));  // the constructor's is for the parser's own needs
    json::error_code failure;
    auto read = parser.write_some(text.data(), text.size(), failure);
    if (!failure && read < text.size()) return not_json(text, read, "more follows its end");
    if (!failure) parser.finish(failure);
    if (failure == json::error::too_deep)
      return not_json(text, read, fmt::format("it nests deeper than {} levels", kMostDepth));
    if (failure) return not_json(text, read, failure.message());
    return parser.release();
  } catch (const std::bad_alloc&) {
    return no_memory();
  } catch (const std::length_error&) {
    return no_memory();
  }
}

Result<json::value> parse_form(std::string_view text, TreeMemory& memory) {
  try {
    json::object members{json::storage_ptr(&memory)};
    std::string name, value;
    for (std::size_t at = 0; at <= text.size();) {
      auto end = std::min(text.find('&', at), text.size());
      auto pair = text.substr(at, end - at);
      auto split = std::min(pair.find('='), pair.size());
      if (!decode(pair.substr(0, split), name) || !decode(pair.substr(std::min(split + 1, pair.size())), value))
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("cannot read the body as a form: a percent sign without two hexadecimal digits behind "
                                 "byte {}, near '{}'",
                                 at, excerpt(pair, 40)));
      if (!pair.empty()) members.insert_or_assign(name, value);
      if (members.size() > kMostMembers)
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("cannot read the body as a form: it has more than {} members", kMostMembers));
      at = end + 1;
    }
    return json::value(std::move(members));
  } catch (const std::bad_alloc&) {
    return no_memory();
  } catch (const std::length_error&) {
    return no_memory();
  }
}

const json::value* member(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  const auto* found = object != nullptr ? object->if_contains(name) : nullptr;
  return found != nullptr && !found->is_null() ? found : nullptr;
}

const json::value* at_path(const json::value& value, std::string_view path) {
  const auto* at = &value;
  while (at != nullptr && !path.empty()) {
    auto dot = std::min(path.find('.'), path.size());
    auto step = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (const auto* list = at->if_array()) {
      std::size_t index = 0;
      auto [end, failure] = std::from_chars(step.data(), step.data() + step.size(), index);
      bool good = failure == std::errc{} && end == step.data() + step.size() && index < list->size();
      at = good && !(*list)[index].is_null() ? &(*list)[index] : nullptr;
    } else {
      at = member(*at, step);
    }
  }
  return at;
}

std::optional<std::string> scalar(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return std::string(value.get_string().data(), value.get_string().size());
    case json::kind::int64:
      return fmt::format("{}", value.get_int64());
    case json::kind::uint64:
      return fmt::format("{}", value.get_uint64());
    case json::kind::double_:
      return fmt::format("{}", value.get_double());
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    default:
      return std::nullopt;
  }
}

std::string text(const json::value& value, std::string_view name) {
  const auto* found = member(value, name);
  return found != nullptr ? scalar(*found).value_or("") : "";
}

std::string first_text(const json::value& value, std::initializer_list<std::string_view> names) {
  for (auto name : names)
    if (auto found = text(value, name); !found.empty()) return found;
  return "";
}

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

}  // namespace holter::intake
