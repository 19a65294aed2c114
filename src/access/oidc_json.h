#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"

namespace holter::access {

/// A JSON object that somebody else wrote. Its tree is on the account while it lives.
class ForeignObject {
 public:
  /// `what` is for messages: "the ID token's claims". Errors: kProtocolViolation for what is no JSON object or nested
  /// deeper than 8; kResourceExhausted.
  static Result<ForeignObject> parse(std::string_view text, std::string_view what, memory::Account& account);

  /// Null when there is no such member.
  const boost::json::value* find(std::string_view name) const { return object_.if_contains(name); }
  /// Nothing where it is missing or no text.
  std::optional<std::string_view> text(std::string_view name) const { return text_of(object_, name); }
  /// Likewise of any object.
  static std::optional<std::string_view> text_of(const boost::json::object& object, std::string_view name);

 private:
  memory::Reservation reserved_;
  boost::json::object object_;
};

}  // namespace holter::access
