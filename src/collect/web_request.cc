#include "collect/web_request.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::web {
namespace {

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
  if (same_text(type, "Bearer Token")) {
    auto token = trim(authorization->text_or("bearerTokenToken"));
    if (!token.empty()) request.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
  } else if (type == "Basic Auth")
    both("basicAuthUsername", "basicAuthPassword", net::HttpRequest::Auth::kBasic);
  else if (type == "Digest Auth")
    both("digestAuthUsername", "digestAuthPassword", net::HttpRequest::Auth::kDigest);
}

void add_codes(std::string_view list, std::vector<int>& codes) {
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    auto text = trim(list.substr(0, comma));
    list.remove_prefix(std::min(list.size(), comma + 1));
    int code = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (failure == std::errc{} && end == text.data() + text.size()) codes.push_back(code);
  }
}

/// A line end in a header would let a parameter write headers of its own.
Status check_headers(const net::HttpRequest& request) {
  for (const auto& [name, value] : request.headers)
    if (name.empty() || name.find_first_of(std::string_view("\r\n: \0", 5)) != std::string::npos ||
        value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot send the header '{}': it has a line end, or a colon or blank in its name",
                               excerpt(name)));
  return {};
}

}  // namespace

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_true(std::string_view text) {
  return same_text(trim(text), "true");
}

std::string percent_encode(std::string_view text, UrlPart part) {
  constexpr std::string_view kAlways = "-._~!$'()*+,;:@/";
  std::string out;
  out.reserve(text.size());
  for (unsigned char c : text) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                 kAlways.find(static_cast<char>(c)) != std::string_view::npos || (c == '?' && part != UrlPart::kPath) ||
                 ((c == '&' || c == '=') && part != UrlPart::kQueryParam);
    if (plain)
      out += static_cast<char>(c);
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", c);
  }
  return out;
}

Result<Origin> origin_of(const model::Node& block) {
  TRY(auto host, host_of(block));
  bool tls = host.scheme.empty() ? is_true(block.text_or("ssl")) : host.scheme == "https";
  TRY(auto port, port_of(block, tls ? 443 : 80));
  bool v6 = host.name.find(':') != std::string::npos && !host.name.starts_with('[');
  return Origin{tls ? "https" : "http", fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), host.name, port)};
}

std::string_view user_agent() {
  return "Holter/" HOLTER_VERSION;
}

Status add_headers(const model::Node& block, net::HttpRequest& request) {
  request.headers.emplace_back("User-Agent", user_agent());
  if (const auto* given = block.find("headers"); given != nullptr)
    for (std::size_t i = 0; i < given->keys.size(); ++i)
      if (!trim(given->items[i].text).empty()) request.headers.emplace_back(given->keys[i], given->items[i].text);
  add_authorization(block, request);
  return check_headers(request);
}

std::vector<int> success_codes(const model::Node& block) {
  const auto* given = block.find("successCodes");
  if (given == nullptr || given->kind == model::Node::Kind::kNull) return {200};
  std::vector<int> codes;
  add_codes(given->text, codes);
  for (const auto& item : given->items) add_codes(item.text, codes);
  if (codes.empty()) codes.assign(std::begin(kWideSuccess), std::end(kWideSuccess));
  return codes;
}

}  // namespace holter::collect::web
