#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/definition.h"
#include "net/http.h"

namespace holter::collect::web {

// What protocols over HTTP read from their block in the same way (format section 5.1).

/// Percent-encodes all but what RFC 3986 allows in the part; '%' itself is encoded, too.
enum class UrlPart : std::uint8_t { kPath, kQuery, kQueryParam };
std::string percent_encode(std::string_view text, UrlPart part);

/// Without white space at both ends.
std::string_view trim(std::string_view text);
/// "true" in any case, with blanks around it.
bool is_true(std::string_view text);

/// Where a request goes, by `host`, `port` and `ssl`.
struct Origin {
  std::string scheme;
  std::string host;  ///< and port, an IPv6 address in brackets: for URLs, messages and limits
};
/// Errors: kInvalidArgument, naming the key and the value.
Result<Origin> origin_of(const model::Node& block);

/// "Holter/<version>".
std::string_view user_agent();
/// User-Agent, the block's `headers` with a value, and `authorization`. Errors: kInvalidArgument for a header that
/// would break the request.
Status add_headers(const model::Node& block, net::HttpRequest& request);

/// Numbers of `successCodes`, a list or a text with commas; blanks around them are no matter, what is no number is
/// ignored. None given: 200; none valid: the format's wide default.
std::vector<int> success_codes(const model::Node& block);
inline constexpr int kWideSuccess[] = {200, 201, 202, 300, 301, 302};

/// Most bytes of a body that is read.
inline constexpr std::size_t kMaxBody = 4 << 20;

}  // namespace holter::collect::web
