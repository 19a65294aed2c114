#pragma once

#include <string>
#include <string_view>

namespace holter {

/// Every byte but the unreserved ones as %XX (RFC 3986, 2.1 and 2.3), for a part of a URL or of a form.
std::string percent_encoded(std::string_view text);

}  // namespace holter
