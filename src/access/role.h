#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::access {

/// What somebody may do, each more than the one before. The table of what that is stands in README.md.
enum class Role : std::uint8_t { kNone, kViewer, kOperator, kEditor, kAdmin };

/// As it is stored and shown: "none", "viewer", "operator", "editor", "admin".
std::string_view to_string(Role role);
/// Errors: kInvalidArgument.
Result<Role> parse_role(std::string_view text);

/// The greatest role that a token with these scopes may act in: "read", "operate", "edit", "admin", separated by single
/// blanks (RFC 6749, 3.3); their order does not matter. Errors: kInvalidArgument.
Result<Role> parse_scopes(std::string_view text);

}  // namespace holter::access
