#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holter::status {

/// What decode_utf8() gives for bytes that are no UTF-8.
inline constexpr std::uint32_t kNoCodePoint = 0xffffffff;
struct CodePoint {
  std::uint32_t code = kNoCodePoint;
  std::size_t bytes = 1;  ///< that it takes; of bytes that are no UTF-8 one
};
/// The first of a text that is not empty. No overlong forms, surrogates or numbers above U+10FFFF (RFC 3629).
CodePoint decode_utf8(std::string_view text);

/// Appends the text as character data or as the value of an attribute in double quotes of XML 1.0 (Fifth Edition,
/// 2.2 and 2.4). What may not stand in XML at all is left out, what is no UTF-8 becomes U+FFFD.
void append_xml(std::string& out, std::string_view text);
/// The text as HTML that shows it as it is: what readers of feeds take a description for.
std::string html_of(std::string_view text);

}  // namespace holter::status
