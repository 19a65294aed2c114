#include "base/web_url.h"

#include <algorithm>
#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/units.h"

namespace holter {
namespace {

constexpr std::size_t kMostBytes = 1000;

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

/// Without the port.
std::string_view host_of(std::string_view authority) {
  auto end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  if (end == std::string_view::npos) return authority;
  return authority.substr(0, authority.starts_with('[') ? end + 1 : end);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace

std::string normal_authority(std::string_view scheme, std::string_view authority) {
  auto out = lower(authority);
  std::string_view port = scheme == "https" ? ":443" : ":80";
  if (out.ends_with(port)) out.resize(out.size() - port.size());
  return out;
}

Result<WebOrigin> parse_web_origin(std::string_view text) {
  auto invalid = [text](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use the URL '{}': {}", excerpt(text), why));
  };
  auto colon = text.find("://");
  if (colon == std::string_view::npos) return invalid("scheme and host are needed, e.g. https://holter.example");
  WebOrigin origin{lower(text.substr(0, colon)), ""};
  if (origin.scheme != "https" && origin.scheme != "http") return invalid("it must begin with https:// or http://");
  auto authority = text.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  origin.authority = normal_authority(origin.scheme, authority);
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  if (origin.authority.empty() || origin.authority.size() > 255 ||
      origin.authority.find_first_not_of(kAllowed) != std::string::npos)
    return invalid("a host and perhaps a port must follow, and no path");
  return origin;
}

Status check_web_url(std::string_view url) {
  auto invalid = [url](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use the URL '{}': {}", excerpt(url), why));
  };
  if (url.size() > kMostBytes) return invalid(fmt::format("it has {} bytes, {} are the most", url.size(), kMostBytes));
  bool odd = std::ranges::any_of(url, [](unsigned char c) {
    return c <= 0x20 || c >= 0x7f || std::string_view("\"<>\\^`{|}").contains(static_cast<char>(c));
  });
  if (odd) return invalid("it has a character that no URL has");
  bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return invalid("it must begin with https://");
  auto rest = url.substr(secure ? 8 : 7);
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.contains('@')) return invalid("it has a user before the host");
  auto host = host_of(authority);
  if (host.empty()) return invalid("it has no host");
  if (!secure && !is_loopback(host)) return invalid("it must begin with https://, for its host is not this machine");
  if (url.contains('#')) return invalid("it has a fragment ('#')");
  return {};
}

}  // namespace holter
