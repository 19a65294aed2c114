#include "collect/protocols/http/parse.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <new>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::http {
namespace {

using model::ResultCode;

re2::RE2::Options re2_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(256 << 10);
  return options;
}

/// Memory of a JSON document: every byte is charged first, and there is a limit.
class ChargedMemory final : public boost::json::memory_resource {
 public:
  explicit ChargedMemory(memory::Account& account) : account_(account) {}

  /// What stands in the way of more, for a message.
  std::string limit() const {
    return over_ ? format_size(kMost) : fmt::format("the account {} has left", account_.name());
  }

 private:
  static constexpr std::size_t kMost = 16 << 20;
  static constexpr std::size_t kMallocBytes = 16;  // what malloc adds, and its alignment

  void* do_allocate(std::size_t bytes, std::size_t align) override {
    over_ = held_ + bytes + kMallocBytes > kMost;
    if (over_ || !account_.try_reserve(bytes + kMallocBytes)) throw std::bad_alloc();
    held_ += bytes + kMallocBytes;
    // Not operator new: Boost.JSON 1.81 names another alignment when it gives a key back than when it asked for it.
    void* p = std::aligned_alloc(kMallocBytes, (bytes + kMallocBytes - 1) / kMallocBytes * kMallocBytes);
    if (p != nullptr && align <= kMallocBytes) return p;
    std::free(p);
    give_back(bytes);
    throw std::bad_alloc();
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t) override {
    std::free(p);
    give_back(bytes);
  }
  void give_back(std::size_t bytes) {
    held_ -= bytes + kMallocBytes;
    account_.release(bytes + kMallocBytes);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  memory::Account& account_;
  std::size_t held_ = 0;
  bool over_ = false;
};

Outcome full() {
  return {ResultCode::kUnavailable, "cannot keep the result: it is too large for the memory account for rounds"};
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
  ChargedMemory memory(answer.account);
  boost::json::value value(&memory);
  try {
    boost::json::parse_options options;
    options.max_depth = 64;
    boost::json::parser parser(&memory, options);  // its own stack is charged, too
    parser.reset(&memory);
    boost::system::error_code failure;
    parser.write(answer.response.body, failure);
    if (failure) return {ResultCode::kFail, fmt::format("parse response data error: not JSON: {}", failure.message())};
    value = parser.release();
  } catch (const std::bad_alloc&) {
    return {ResultCode::kFail, fmt::format("cannot parse the JSON of {} bytes: it needs more memory than {}",
                                           answer.response.body.size(), memory.limit())};
  }
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

std::size_t count_matches(const std::string& pattern, std::string_view text) {
  if (pattern.empty()) return 0;
  re2::RE2 expression(pattern, re2_options());
  if (!expression.ok()) return 0;
  re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece match;
  std::size_t count = 0;
  std::size_t at = 0;
  while (at <= text.size() && expression.Match(whole, at, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    ++count;
    auto end = static_cast<std::size_t>(match.data() - text.data()) + match.size();
    at = end > at ? end : at + 1;  // an empty match must not match again at its place
  }
  return count;
}

std::string fault_of_pattern(const std::string& pattern) {
  re2::RE2 expression(pattern, re2_options());
  return expression.ok() ? "" : expression.error();
}

}  // namespace holter::collect::http
