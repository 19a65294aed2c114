#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holter::api {

/// Name of the session's cookie. By https it has the prefix of RFC 6265bis, 4.1.3.2: browsers take it from this host
/// alone and for all of it, so that no neighbour below the same domain can put one there.
std::string_view session_cookie(bool secure);

/// The value of the cookie `name` in a Cookie field (RFC 6265, 4.2.1); nothing when it is not there, or there twice.
std::optional<std::string_view> find_cookie(std::string_view field, std::string_view name);

/// Value of a Set-Cookie field (RFC 6265, 4.1): no script sees it, other sites' requests bring it only when somebody
/// follows a link. Without `max_age_seconds` it lasts as long as the browser runs; 0 deletes it.
std::string set_cookie(std::string_view name, std::string_view value, bool secure,
                       std::optional<long> max_age_seconds = std::nullopt);

}  // namespace holter::api
