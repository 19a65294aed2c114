#include "api/site.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include "api/target.h"
#include "base/units.h"

namespace holter::api {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// "10.0.0.5", "10.0.0.5:2157", "[fd00::5]:2157"
bool is_address(std::string_view host) {
  bool bracketed = host.starts_with('[');
  auto end = bracketed ? host.find(']') : host.rfind(':');
  auto name = bracketed ? host.substr(1, end == std::string_view::npos ? end : end - 1) : host.substr(0, end);
  boost::system::error_code failure;
  auto address = boost::asio::ip::make_address(std::string(name), failure);
  return !failure && address.is_v6() == bracketed;
}

/// The port that a scheme has without saying so is left out, as browsers do (RFC 6454, 6.1).
std::string without_default_port(std::string_view scheme, std::string authority) {
  std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.resize(authority.size() - port.size());
  return authority;
}

}  // namespace

bool Site::serves(std::string_view host) const {
  if (is_loopback_host(host)) return true;
  if (!authority.empty() && without_default_port(scheme, lower(host)) == authority) return true;
  return !this_machine_only && authority.empty() && is_address(host);
}

Result<Site> parse_site(std::string_view url) {
  auto invalid = [url](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the URL '{}': {} (server.url, HOLTER_SERVER_URL)", excerpt(url), why));
  };
  auto colon = url.find("://");
  if (colon == std::string_view::npos) return invalid("write https://holter.example");
  Site site;
  site.scheme = lower(url.substr(0, colon));
  if (site.scheme != "https" && site.scheme != "http") return invalid("it must begin with https:// or http://");
  auto authority = url.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  site.authority = without_default_port(site.scheme, lower(authority));
  if (site.authority.empty() || site.authority.size() > 255 ||
      site.authority.find_first_not_of(kAllowed) != std::string::npos)
    return invalid("a host and perhaps a port must follow, and no path");
  return site;
}

}  // namespace holter::api
