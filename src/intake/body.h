#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"

// Inside of this folder: foreign bodies as trees, and values of them.
namespace holter::intake {

namespace json = boost::json;

/// Memory of trees, each block of it on the account. A refusal is std::bad_alloc, as Boost.JSON wants it; parse_json()
/// and parse_form() make an Error of it.
class TreeMemory final : public json::memory_resource {
 public:
  explicit TreeMemory(memory::Account& account) : account_(account) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }

  memory::Account& account_;
};

/// JSON (RFC 8259) of at most 32 levels; strings may have bytes that are not UTF-8. A byte order mark is skipped.
/// `memory` outlives the value. Errors: kInvalidArgument with line and column; kResourceExhausted.
Result<json::value> parse_json(std::string_view text, TreeMemory& memory);
/// A form (application/x-www-form-urlencoded, WHATWG URL standard 5.1) as an object of strings; of a name that comes
/// twice, the last. Errors: kInvalidArgument with the byte where a percent sign stands alone; kResourceExhausted.
Result<json::value> parse_form(std::string_view text, TreeMemory& memory);

/// The member of an object; nullptr when there is none, it is null, or `value` is no object.
const json::value* member(const json::value& value, std::string_view name);
/// Of a path as Mapping has it; nullptr when it leads nowhere or to a null.
const json::value* at_path(const json::value& value, std::string_view path);

/// A string as it is, a number or boolean as JSON writes it (short form); nothing for null, lists and objects.
std::optional<std::string> scalar(const json::value& value);
/// The member's scalar; empty when there is none.
std::string text(const json::value& value, std::string_view name);
/// The first of the members whose scalar is not empty.
std::string first_text(const json::value& value, std::initializer_list<std::string_view> names);
/// "an object", "a list", "a string"...: for messages.
std::string_view kind_of(const json::value& value);

}  // namespace holter::intake
