#include "collect/protocols/http/request.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::http {
namespace {

constexpr std::size_t kMaxBody = 4 << 20;

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_true(std::string_view text) {
  return same_text(trim(text), "true");
}

/// Path and query: `url` with a slash in front, then the params.
std::string path_of(const model::Node& block, bool encode) {
  auto url = trim(block.text_or("url"));
  std::string path(url.substr(0, url.find('?')));
  if (!path.starts_with('/')) path.insert(0, "/");
  std::string query(url.find('?') == std::string_view::npos ? std::string_view{} : url.substr(url.find('?') + 1));
  if (encode) {
    path = percent_encode(path, UrlPart::kPath);
    query = percent_encode(query, UrlPart::kQuery);
  }
  auto part = [encode](std::string_view text) {
    return encode ? percent_encode(text, UrlPart::kQueryParam) : std::string(text);
  };
  if (const auto* params = block.find("params"); params != nullptr) {
    for (std::size_t i = 0; i < params->keys.size(); ++i) {
      if (trim(params->keys[i]).empty()) continue;
      if (!query.empty()) query += '&';
      query += part(params->keys[i]);
      if (!trim(params->items[i].text).empty()) query += "=" + part(params->items[i].text);
    }
  }
  return query.empty() ? path : path + "?" + query;
}

std::string_view accept_for(std::string_view parse_type) {
  if (parse_type == "default" || parse_type == "jsonPath") return "application/json";
  return parse_type == "xmlPath" ? "text/html,application/xml" : "*/*";
}

void add_headers(const model::Node& block, Plan& plan) {
  auto& headers = plan.request.headers;
  headers.emplace_back("User-Agent", "Holter/" HOLTER_VERSION);
  bool has_type = false;
  if (const auto* given = block.find("headers"); given != nullptr) {
    for (std::size_t i = 0; i < given->keys.size(); ++i) {
      if (trim(given->items[i].text).empty()) continue;
      has_type = has_type || same_text(given->keys[i], "Content-Type");
      headers.emplace_back(given->keys[i], given->items[i].text);
    }
  }
  headers.emplace_back("Accept", accept_for(plan.parse_type));
  if (!plan.request.body.empty() && !has_type) headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
}

void add_authorization(const model::Node& block, net::HttpRequest& request) {
  const auto* authorization = block.find("authorization");
  if (authorization == nullptr) return;
  auto type = authorization->text_or("type");
  auto both = [&](std::string_view user, std::string_view password, net::HttpRequest::Auth kind) {
    auto u = authorization->text_or(user);
    auto p = authorization->text_or(password);
    if (trim(u).empty() || trim(p).empty()) return;
    request.auth = kind;
    request.user = u;
    request.password = p;
  };
  if (same_text(type, "Bearer Token"))
    request.headers.emplace_back("Authorization", fmt::format("Bearer {}", authorization->text_or("bearerTokenToken")));
  else if (type == "Basic Auth")
    both("basicAuthUsername", "basicAuthPassword", net::HttpRequest::Auth::kBasic);
  else if (type == "Digest Auth")
    both("digestAuthUsername", "digestAuthPassword", net::HttpRequest::Auth::kDigest);
}

/// Numbers of the list, white space around them allowed, others ignored; without any, the format's wide default.
std::vector<int> success_codes(const model::Node& block) {
  const auto* given = block.find("successCodes");
  if (given == nullptr || given->kind != model::Node::Kind::kList) return {200};
  std::vector<int> codes;
  for (const auto& item : given->items) {
    auto text = trim(item.text);
    int code = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (failure == std::errc{} && end == text.data() + text.size()) codes.push_back(code);
  }
  return codes.empty() ? std::vector<int>{200, 201, 202, 300, 301, 302} : codes;
}

/// A line end in a header would let a parameter write headers of its own.
Status check_headers(const net::HttpRequest& request) {
  for (const auto& [name, value] : request.headers)
    if (name.find_first_of("\r\n:") != std::string::npos || value.find_first_of("\r\n") != std::string::npos)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot send the header '{}': it has a line end or a colon in its name", excerpt(name)));
  return {};
}

}  // namespace

std::string percent_encode(std::string_view text, UrlPart part) {
  constexpr std::string_view kAlways = "-._~!$'()*+,;:@/";
  std::string out;
  for (unsigned char c : text) {
    bool plain = std::isalnum(c) || kAlways.find(static_cast<char>(c)) != std::string_view::npos ||
                 (c == '?' && part != UrlPart::kPath) || ((c == '&' || c == '=') && part != UrlPart::kQueryParam);
    if (plain && c < 0x80)
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return out;
}

Result<Plan> make_plan(const model::Node& block) {
  Plan plan;
  TRY(auto host, host_of(block));
  bool tls = host.scheme.empty() ? is_true(block.text_or("ssl")) : host.scheme == "https";
  TRY(auto port, port_of(block, tls ? 443 : 80));
  auto& request = plan.request;
  request.method = block.text_or("method", "GET");
  std::ranges::transform(request.method, request.method.begin(), [](unsigned char c) { return std::toupper(c); });
  constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"};
  if (std::ranges::find(kMethods, request.method) == std::end(kMethods))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the method '{}': GET, POST, PUT, DELETE, PATCH or HEAD is needed",
                             excerpt(request.method)));
  bool v6 = host.name.find(':') != std::string::npos && !host.name.starts_with('[');
  plan.host = fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), host.name, port);
  auto encode = block.text_or("enableUrlEncoding", "true");
  request.url = fmt::format("{}://{}{}", tls ? "https" : "http", plan.host, path_of(block, is_true(encode)));
  request.max_body_bytes = kMaxBody;
  request.verify_tls = !same_text(trim(block.text_or("verifyTls", "true")), "false");
  if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    request.body = block.text_or("payload");
  plan.parse_type = block.text_or("parseType");
  plan.keyword = block.text_or("keyword");
  plan.success_codes = success_codes(block);
  add_headers(block, plan);
  add_authorization(block, request);
  TRY_OK(check_headers(request));
  return plan;
}

}  // namespace holter::collect::http
