#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace holter::secrets {

constexpr std::size_t kLeastPasswordCharacters = 10;
constexpr std::size_t kMostPasswordBytes = 1024;

/// Whether a new password may be taken for `user`: UTF-8, at least 10 characters and at most 1024 bytes, none of the
/// most common ones, not one character over and over, and long enough without the user's name, forwards or backwards,
/// upper or lower case (NIST SP 800-63B, 5.1.1.2; no rule on kinds of characters, as it advises). Errors:
/// kInvalidArgument, for the user to read; without the password.
Status check_new_password(std::string_view password, std::string_view user);

}  // namespace holter::secrets
