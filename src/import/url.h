#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::imports {

/// scheme://user:password@host:port/path?query (RFC 3986); a fragment is dropped.
struct Url {
  std::string scheme;          ///< lower case
  std::string user, password;  ///< without their percent encoding
  std::string host;            ///< IPv6 without brackets
  int port = 0;                ///< 0: none given
  std::string path;            ///< with its query; empty or beginning with '/' or '?'

  bool secure() const { return scheme == "https" || scheme == "wss"; }
};

/// Errors: kInvalidArgument; the message does not show what may be a password.
Result<Url> parse_url(std::string_view text);

/// The value of a key of a query "a=1&b=2", without its percent encoding; empty when it is not there.
std::string query_value(std::string_view path, std::string_view key);

/// The bytes that %XX stand for; what is no such escape stays.
std::string percent_decoded(std::string_view text);

/// 1 to 65535, else 0.
int port_of(std::string_view text);

/// "host:port", "[v6]:port" or one of them without a port (0).
std::pair<std::string, int> host_and_port(std::string_view text);

}  // namespace holter::imports
