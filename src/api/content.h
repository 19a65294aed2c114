#pragma once

#include <boost/json/object.hpp>
#include <initializer_list>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"

namespace holter::api {

/// The content of a request that changes something, taken apart. Its bytes are on the account while it lives.
class Content {
 public:
  /// Reads a JSON object; no bytes at all are an empty one. Errors: kInvalidArgument for what is not a JSON object
  /// (nested deeper than 8), and for a key that is not in `keys`, with the nearest known; kResourceExhausted.
  static Result<Content> parse(std::string_view text, std::initializer_list<std::string_view> keys,
                               memory::Account& account);

  /// The same with any keys.
  static Result<Content> parse(std::string_view text, memory::Account& account);

  /// Null when the key is absent.
  const boost::json::value* find(std::string_view key) const { return object_.if_contains(key); }
  const boost::json::object& members() const { return object_; }

 private:
  memory::Reservation reservation_;
  boost::json::object object_;
};

}  // namespace holter::api
