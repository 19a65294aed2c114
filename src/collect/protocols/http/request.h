#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/definition.h"
#include "net/http.h"

namespace holter::collect::http {

/// The block of a set, read once: what to ask, and which answers count as good.
struct Plan {
  net::HttpRequest request;
  std::string host;  ///< and port, for messages and limits
  std::vector<int> success_codes;
  std::string parse_type;
  std::string keyword;
};

/// Errors: kInvalidArgument, naming the key and the value.
Result<Plan> make_plan(const model::Node& block);

/// Percent-encodes all but what RFC 3986 allows in the part; '%' itself is encoded, too (format section 5.1).
enum class UrlPart { kPath, kQuery, kQueryParam };
std::string percent_encode(std::string_view text, UrlPart part);

}  // namespace holter::collect::http
