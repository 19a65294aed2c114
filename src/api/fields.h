#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "base/result.h"
#include "define/yaml.h"
#include "memory/account.h"

namespace holter::api {

/// The content of a request about a monitor, as a tree like those of files, so that one reader checks both. Its bytes
/// are on the account while it lives, also once the tree has been moved out of it.
struct Fields {
  define::YamlNode tree;  ///< a map; numbers and booleans are their text
  memory::Reservation held;
};

/// Numbers and booleans become their text.
define::YamlNode tree_of(const boost::json::value& value);

/// Errors: as of Content::parse(), with any keys.
Result<Fields> parse_fields(std::string_view text, memory::Account& account);

}  // namespace holter::api
