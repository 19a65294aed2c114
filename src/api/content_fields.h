#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/content.h"
#include "api/owned_monitors.h"
#include "secrets/secret_text.h"

// Members of a request's content, read with a problem that names the one at fault.
namespace holter::api {

/// A text; nothing where it is not given or null.
Answered<std::optional<std::string>> text_of(const Content& content, std::string_view key);
/// A text that must be given.
Answered<std::string> needed_text_of(const Content& content, std::string_view key);
/// The same of a password or a token, in memory that is overwritten at its end.
Answered<std::optional<secrets::SecretText>> secret_of(const Content& content, std::string_view key);
Answered<secrets::SecretText> needed_secret_of(const Content& content, std::string_view key);
Answered<std::optional<bool>> bool_of(const Content& content, std::string_view key);

}  // namespace holter::api
