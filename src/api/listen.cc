#include "api/listen.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::api {

namespace ip = boost::asio::ip;

Result<ip::tcp::endpoint> parse_listen(std::string_view text) {
  auto invalid = [text](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot listen on '{}': {} (server.listen, HOLTER_SERVER_LISTEN)", excerpt(text), why));
  };
  constexpr std::string_view kHow = "write an address and a port, as 127.0.0.1:2157 or [::1]:2157";
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid(kHow);
  auto host = text.substr(0, colon);
  auto digits = text.substr(colon + 1);
  bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc{} || end != digits.data() + digits.size())
    return invalid("the port must be a number from 0 to 65535");
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code not_an_address;
  auto address = ip::make_address(std::string(host), not_an_address);
  if (not_an_address || address.is_v6() != bracketed) return invalid(kHow);
  return ip::tcp::endpoint(address, port);
}

}  // namespace holter::api
