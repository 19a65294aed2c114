#include "import/web.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace holter::imports {

void to_web(WebCheck check, Draft& draft) {
  std::ranges::transform(check.method, check.method.begin(), [](unsigned char c) { return std::toupper(c); });
  if (check.auth_type.empty() && !check.url.user.empty()) {
    check.auth_type = "Basic Auth";
    check.user = check.url.user;
    check.password = check.url.password;
  }
  bool page = check.method == "GET" && check.headers.empty() && check.body.empty() && check.content_type.empty() &&
              check.token.empty();
  bool only_200 = check.codes == std::vector{200} && check.json_path.empty();
  draft.app = !only_200 ? "api_code" : page ? "website" : "api";
  draft.set("host", check.url.host);
  if (check.url.port != 0) draft.set("port", std::to_string(check.url.port));
  if (check.url.path.starts_with('?')) check.url.path.insert(0, "/");
  if (check.url.path != "/") draft.set("uri", check.url.path);
  if (check.url.secure()) draft.set("ssl", std::string("true"));
  if (check.url.secure() && !check.verify) draft.set("verifyTls", std::string("false"));
  if (!only_200) draft.set("successCodes", check.codes);
  draft.set("jsonPath", check.json_path);
  draft.set("keyword", check.keyword);
  if (check.method != "GET") draft.set("method", check.method);
  draft.set("headers", check.headers);
  draft.set("contentType", check.content_type);
  draft.set("payload", check.body);
  draft.set("authType", check.auth_type);
  draft.set("username", check.user);
  draft.set("password", check.password);
  draft.set("token", check.token);
  draft.set("timeout", check.timeout_ms);
}

const std::vector<int>& registered_codes() {
  static const std::vector<int> kCodes = [] {
    std::vector<int> codes;
    auto range = [&](int first, int last) {
      for (int code = first; code <= last; ++code) codes.push_back(code);
    };
    range(100, 104);
    range(200, 208);
    codes.push_back(226);
    range(300, 308);
    range(400, 418);
    range(421, 426);
    codes.insert(codes.end(), {428, 429, 431, 451});
    range(500, 508);
    codes.insert(codes.end(), {510, 511});
    return codes;
  }();
  return kCodes;
}

std::vector<int> codes_of(std::string_view text) {
  auto number = [](std::string_view digits) {
    int code = 0;
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
    return failure == std::errc{} && end == digits.data() + digits.size() && code >= 100 && code <= 999 ? code : 0;
  };
  int first = 0;
  int last = 0;
  if (auto dash = text.find('-'); dash != std::string_view::npos) {
    first = number(trim(text.substr(0, dash)));
    last = number(trim(text.substr(dash + 1)));
  } else if (text.size() == 3 && lower(text.substr(1)) == "xx" && text[0] >= '1' && text[0] <= '5') {
    first = (text[0] - '0') * 100;
    last = first + 99;
  } else {
    first = last = number(text);
  }
  if (first == 0 || last < first) return {};
  if (first == last) return {first};
  std::vector<int> codes;
  std::ranges::copy_if(registered_codes(), std::back_inserter(codes),
                       [&](int code) { return code >= first && code <= last; });
  return codes;
}

std::string quoted_regex(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) == 0 && c != '_') out += '\\';  // RE2 takes any other ASCII as itself then
    out += c;
  }
  return out;
}

}  // namespace holter::imports
