#pragma once

#include <string_view>

#include "base/result.h"

namespace holter::access {

/// Whether a new account may have that name: 1 to 64 bytes of UTF-8 without blanks, control characters and ':', which
/// the names of those have who are no account ("file:/etc/holter.yml" in the audit log). Errors: kInvalidArgument.
Status check_account_name(std::string_view name);

}  // namespace holter::access
