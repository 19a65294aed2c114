#pragma once

#include <functional>
#include <string_view>

#include "api/message.h"

namespace holter::api {

/// Text that gains from being packed, and is not sent bit by bit.
bool may_be_packed(const Response& response);

/// Calls `set` with each header field of the answer that is not about its framing: what the handler wants, and what
/// keeps browsers from reading more into it than it is. `tls`: browsers shall come over TLS from now on (HSTS,
/// RFC 6797).
void for_each_header(const Response& response, bool tls,
                     const std::function<void(std::string_view name, std::string_view value)>& set);

}  // namespace holter::api
