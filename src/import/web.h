#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/draft.h"
#include "import/url.h"

namespace holter::imports {

/// What other products ask of a web server; to_web() finds the application that does.
struct WebCheck {
  Url url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type, body;
  std::vector<int> codes{200};  ///< that mean UP
  std::string auth_type;        ///< "Basic Auth"..., as the definitions have it
  std::string user, password, token;
  bool verify = true;
  std::string keyword;    ///< RE2, counted
  std::string json_path;  ///< of a value that is kept
  std::string timeout_ms;
};

/// website, if a page is fetched and 200 is good; api for other requests; api_code for other codes or a value.
void to_web(WebCheck check, Draft& draft);

/// The status codes that have a meaning (registry of IANA; RFC 9110, section 15), ascending. A range of codes becomes
/// those of them that are in it: a hundred numbers in each monitor would cost memory for codes that nobody sends.
const std::vector<int>& registered_codes();

/// "200", "200-299" or "2xx" as codes; empty when it is none of them.
std::vector<int> codes_of(std::string_view text);

/// An expression that matches exactly this text.
std::string quoted_regex(std::string_view text);

}  // namespace holter::imports
