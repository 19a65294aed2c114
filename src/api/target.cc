#include "api/target.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

#include "api/json.h"
#include "base/units.h"

namespace holter::api {
namespace {

namespace urls = boost::urls;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// The decoded text, if it is fit to be shown and compared.
Result<std::string> decoded(urls::pct_string_view text, bool plus_is_blank, std::string_view what) {
  urls::encoding_opts options;
  options.space_as_plus = plus_is_blank;
  std::string out = text.decode(options);
  bool control = std::ranges::any_of(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control) return invalid(fmt::format("cannot read {} '{}': it holds a control byte", what, excerpt(out)));
  if (!is_utf8(out))
    return invalid(fmt::format("cannot read {} '{}': it is not UTF-8", what, excerpt({text.data(), text.size()})));
  return out;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text.size() > kMaxTargetBytes)
    return invalid(
        fmt::format("cannot read a request target of {} bytes: the limit is {}", text.size(), kMaxTargetBytes));
  boost::core::string_view raw(text.data(), text.size());
  auto parsed = text.starts_with('/') ? urls::parse_origin_form(raw) : urls::parse_absolute_uri(raw);
  if (!parsed)
    return invalid(fmt::format("cannot read the request target '{}': {}", excerpt(text), parsed.error().message()));
  Target target;
  if (!text.starts_with('/')) {
    if (parsed->scheme_id() != urls::scheme::http || parsed->has_userinfo() || parsed->encoded_host().empty())
      return invalid(
          fmt::format("cannot serve the request target '{}': write a path, or http://localhost/...", excerpt(text)));
    auto authority = parsed->encoded_host_and_port();
    target.host.assign(authority.data(), authority.size());
  }
  for (auto segment : parsed->encoded_segments()) {
    TRY(auto name, decoded(segment, false, "the path segment"));
    target.path.push_back(std::move(name));
  }
  for (auto param : parsed->encoded_params()) {
    if (target.query.size() == kMaxQueryParams)
      return invalid(fmt::format("cannot read more than {} query parameters", kMaxQueryParams));
    TRY(auto key, decoded(param.key, true, "the parameter name"));
    TRY(auto value, decoded(param.value, true, fmt::format("the value of the parameter '{}'", excerpt(key))));
    if (!key.empty() || !value.empty()) target.query.emplace_back(std::move(key), std::move(value));
  }
  return target;
}

bool is_loopback_host(std::string_view host) {
  // Split off the port: after the bracket for IPv6, else after the only colon.
  auto name = host;
  std::string_view port;
  if (auto end = host.starts_with('[') ? host.find(']') : host.find(':'); end != std::string_view::npos) {
    auto cut = host[end] == ']' ? end + 1 : end;
    name = host.substr(0, cut);
    port = host.substr(cut);
  }
  bool port_ok = port.empty() || (port.starts_with(':') && port.size() <= 6 &&
                                  std::ranges::all_of(port.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
  if (!port_ok) return false;
  constexpr std::string_view kName = "localhost";
  if (std::ranges::equal(name, kName, [](char a, char b) { return (a | 0x20) == b; })) return true;
  bool bracketed = name.size() > 2 && name.starts_with('[') && name.ends_with(']');
  if (bracketed) name = name.substr(1, name.size() - 2);
  boost::system::error_code failure;
  auto address = boost::asio::ip::make_address(std::string(name), failure);
  return !failure && address.is_loopback() && address.is_v6() == bracketed;
}

}  // namespace holter::api
