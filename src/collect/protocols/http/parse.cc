#include "collect/protocols/http/parse.h"

#include <algorithm>
#include <boost/json.hpp>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::http {
namespace {

using model::ResultCode;

Outcome full() {
  return {ResultCode::kFail, "cannot keep the result: it is too large for the memory account for rounds"};
}

/// responseTime and keyword, which every parse type offers. True when the alias is one of them.
bool set_common(const Answer& answer, std::size_t column, RawTable& table) {
  const auto& alias = answer.aliases[column];
  if (same_text(alias, "responseTime"))
    table.set(column, answer.response_time_ms);
  else if (same_text(alias, "keyword"))
    table.set(column, static_cast<std::int64_t>(answer.keyword_count));
  else
    return false;
  return true;
}

/// Source text of a scalar; false for an object, or an array of other than one scalar.
bool set_json(const boost::json::value& value, std::size_t column, RawTable& table, bool& fits) {
  using Kind = boost::json::kind;
  switch (value.kind()) {
    case Kind::null:
      return true;
    case Kind::int64:
      table.set(column, value.get_int64());
      return true;
    case Kind::uint64:
      table.set(column, static_cast<double>(value.get_uint64()));
      return true;
    case Kind::double_:
      table.set(column, value.get_double());
      return true;
    case Kind::bool_:
      fits = table.set(column, std::string_view(value.get_bool() ? "true" : "false"));
      return true;
    case Kind::string:
      fits = table.set(column, std::string_view(value.get_string()));
      return true;
    case Kind::array: {
      const auto& items = value.get_array();
      return items.size() == 1 && !items.front().is_array() && set_json(items.front(), column, table, fits);
    }
    case Kind::object:
      break;
  }
  return false;
}

Outcome parse_object(const Answer& answer, const boost::json::object& object, RawTable& table) {
  if (!table.add_row()) return full();
  for (std::size_t i = 0; i < answer.aliases.size(); ++i) {
    const auto* value = object.if_contains(answer.aliases[i]);
    if (value == nullptr) {
      set_common(answer, i, table);
      continue;
    }
    bool fits = true;
    if (!set_json(*value, i, table, fits))
      return {ResultCode::kFail,
              fmt::format("parse response data error: the value of '{}' is not a scalar", excerpt(answer.aliases[i]))};
    if (!fits) return full();
  }
  return {};
}

}  // namespace

Outcome parse_website(const Answer& answer, RawTable& table) {
  if (!table.add_row()) return full();
  for (std::size_t i = 0; i < answer.aliases.size(); ++i)
    if (!set_common(answer, i, table) && same_text(answer.aliases[i], "statusCode"))
      table.set(i, static_cast<std::int64_t>(answer.response.status));
  return {};
}

Outcome parse_header(const Answer& answer, RawTable& table) {
  if (!table.add_row()) return full();
  const auto& headers = answer.response.headers;
  for (std::size_t i = 0; i < answer.aliases.size(); ++i) {
    auto found = std::ranges::find_if(headers, [&](const auto& h) { return same_text(h.first, answer.aliases[i]); });
    if (found == headers.end())
      set_common(answer, i, table);
    else if (!table.set(i, std::string_view(found->second)))
      return full();
  }
  return {};
}

Outcome parse_default(const Answer& answer, RawTable& table) {
  if (answer.response.body.empty()) return {};
  boost::system::error_code failure;
  boost::json::parse_options options;
  options.max_depth = 64;
  auto value = boost::json::parse(answer.response.body, failure, {}, options);
  if (failure) return {ResultCode::kFail, fmt::format("parse response data error: not JSON: {}", failure.message())};
  if (const auto* object = value.if_object()) return parse_object(answer, *object, table);
  if (const auto* items = value.if_array()) {
    for (const auto& item : *items) {
      const auto* object = item.if_object();
      if (object == nullptr) continue;
      if (auto outcome = parse_object(answer, *object, table); outcome.code != ResultCode::kSuccess) return outcome;
    }
  }
  return {};
}

std::size_t count_matches(const re2::RE2& pattern, std::string_view text) {
  re2::StringPiece rest(text.data(), text.size());
  re2::StringPiece match;
  std::size_t count = 0;
  std::size_t at = 0;
  while (at <= text.size() && pattern.Match(rest, at, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    ++count;
    auto end = static_cast<std::size_t>(match.data() - text.data()) + match.size();
    at = end > at ? end : at + 1;  // an empty match must not match again at its place
  }
  return count;
}

}  // namespace holter::collect::http
