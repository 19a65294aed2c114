#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "base/result.h"

namespace holter::api {

/// Reads "127.0.0.1:2157", "[::1]:2157" or "localhost:2157" (which is 127.0.0.1). Port 0 takes a free one.
/// "0.0.0.0:2157" and "[::]:2157" are all addresses of this machine. Errors: kInvalidArgument for anything else.
Result<boost::asio::ip::tcp::endpoint> parse_listen(std::string_view text);

}  // namespace holter::api
