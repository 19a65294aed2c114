#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/http.h"
#include "net/resolver.h"

namespace holter::app {

/// How a command reaches a running server.
struct ServerAddress {
  std::string server = "127.0.0.1:2157";  ///< with "https://" before it where it speaks TLS
  std::string ca_file;                    ///< PEM file of trusted authorities; empty: the system's
  std::string token_file;                 ///< file that holds a token; empty: see ApiClient
  std::string config;                     ///< configuration of the server, for its data directory; may be empty
};

/// Asks a running server, by a token: that of `token_file`, else of HOLTER_TOKEN, else the local one in the data
/// directory of a server on this machine. Without any it asks all the same: the server may let everybody look.
/// Threads: one.
class ApiClient {
 public:
  explicit ApiClient(const ServerAddress& address);

  struct Request {
    std::string path;           ///< "/api/v1/summary", with its query
    std::string content;        ///< JSON; empty: a GET
    std::string method = {};    ///< empty: POST with content, else GET
    std::string if_match = {};  ///< the header of that name; empty: none
    milliseconds patience{5'000};
  };
  /// All at once, in order. Errors: kUnavailable (nobody there), kTimeout; kInvalidArgument for an answer that is a
  /// problem, with its detail; kProtocolViolation for what is not JSON.
  std::vector<Result<boost::json::value>> ask(std::vector<Request> requests);
  Result<boost::json::value> ask(Request request);
  /// For whoever shows `error`: what to do about it; may be empty.
  std::string advice(const Error& error) const;

 private:
  boost::asio::awaitable<Result<boost::json::value>> send(Request request);

  const ServerAddress address_;
  std::string base_, token_, no_token_;  ///< no_token_: why there is none
  boost::asio::io_context context_{1};
  SystemClock clock_;
  memory::Budget budget_{64 << 20};
  net::Resolver resolver_;
  net::HttpClient http_;
};

}  // namespace holter::app
