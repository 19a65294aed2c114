#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "net/charged_text.h"
#include "net/http.h"

namespace holter::net {

/// `charset` of a Content-Type (RFC 9110, 8.3), without quotes; empty when there is none.
std::string_view charset_of(std::string_view content_type);

/// `encoding` of an XML declaration within the first 256 bytes of a document; empty when there is none.
std::string_view xml_encoding_of(std::string_view document);

/// True for the labels of those charsets of the WHATWG Encoding standard that are decoded. All others are refused: a
/// peer does not choose which of glibc's hundreds of converters is loaded.
bool is_known_charset(std::string_view label);

/// The most bytes of UTF-8 that a byte of a known charset can become.
inline constexpr std::size_t kMostUtf8PerByte = 3;

/// Turns the body from `charset` into UTF-8, piece by piece, charged to `account` (or `reserve`, may be null, when that
/// refuses); a byte that stands for nothing becomes U+FFFD. For UTF-8 the body stays as it is, but for a byte order
/// mark. Errors: kNotFound: the charset is not known, the body is as it was; kResourceExhausted.
Status decode_body(HttpResponse& response, std::string_view charset, memory::Account& account,
                   memory::Account* reserve = nullptr);

/// `text` in UTF-8, without a byte order mark: itself when `charset` is UTF-8, else what stands in `decoded` then. A
/// byte that stands for nothing becomes U+FFFD. Errors: kNotFound: the charset is not known; those of ChargedText.
Result<std::string_view> decode_text(std::string_view text, std::string_view charset, ChargedText& decoded);

}  // namespace holter::net
