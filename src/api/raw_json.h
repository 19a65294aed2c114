#pragma once

#include <cstddef>
#include <string_view>

#include "api/json.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::api {

/// A member whose value is a JSON object that somebody keeps as a text; no text at all is {}. It is read and written
/// anew, so that an answer stays one document, and harmless, whatever the text is. Its tree is on the account
/// meanwhile. Errors, of which the member is null then: kInvalidArgument for what is not a JSON object or nested deeper
/// than Content takes, kTooLarge above kLongestRaw, kResourceExhausted.
[[nodiscard]] Status write_raw(JsonWriter& json, std::string_view name, std::string_view text,
                               memory::Account& account);

constexpr std::size_t kLongestRaw = 512 * 1024;  ///< bytes

}  // namespace holter::api
