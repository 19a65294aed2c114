#include "api/site.h"

#include <boost/asio/ip/address.hpp>
#include <utility>

#include "api/target.h"
#include "base/web_url.h"

namespace holter::api {
namespace {

/// "10.0.0.5", "10.0.0.5:2157", "[fd00::5]:2157"
bool is_address(std::string_view host) {
  bool bracketed = host.starts_with('[');
  auto end = bracketed ? host.find(']') : host.rfind(':');
  auto name = bracketed ? host.substr(1, end == std::string_view::npos ? end : end - 1) : host.substr(0, end);
  boost::system::error_code failure;
  auto address = boost::asio::ip::make_address(std::string(name), failure);
  return !failure && address.is_v6() == bracketed;
}

}  // namespace

bool Site::serves(std::string_view host) const {
  if (is_loopback_host(host)) return true;
  if (!authority.empty() && normal_authority(scheme, host) == authority) return true;
  return !this_machine_only && authority.empty() && is_address(host);
}

Result<Site> parse_site(std::string_view url) {
  auto origin = parse_web_origin(url);
  if (!origin) return Error(origin.error().code(), origin.error().message() + " (server.url, HOLTER_SERVER_URL)");
  return Site{.scheme = std::move(origin->scheme), .authority = std::move(origin->authority)};
}

}  // namespace holter::api
