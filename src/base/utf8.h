#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holter {

/// Length of the well-formed UTF-8 sequence (RFC 3629: no overlong forms, no surrogates) at the front of `text`; 0 when
/// there is none.
std::size_t utf8_sequence(std::string_view text);

/// `text` itself when it is UTF-8, which costs a pass over it; else a copy in `scratch` with each stray byte replaced
/// by U+FFFD. Foreign text must pass through here before it is stored or sent on.
std::string_view as_utf8(std::string_view text, std::string& scratch);

}  // namespace holter
