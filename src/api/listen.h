#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "base/result.h"

namespace holter::api {

/// Reads "127.0.0.1:2157", "[::1]:2157" or "localhost:2157" (which is 127.0.0.1). Port 0 takes a free one.
/// Errors: kInvalidArgument for anything else, and for an address that other machines reach: there are no accounts yet.
Result<boost::asio::ip::tcp::endpoint> parse_listen(std::string_view text);

}  // namespace holter::api
