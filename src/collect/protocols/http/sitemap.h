#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/protocols/http/reader.h"
#include "memory/account.h"
#include "net/http.h"

namespace holter::collect::http {

/// The addresses of a sitemap that are asked.
struct Addresses {
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kMostBytes = 2048;  ///< of one: longer ones are left out

  std::vector<std::string> urls;
  std::size_t found = 0;  ///< those left out included
  memory::Reservation reserved;
};

/// Errors: those of read::read_sitemap().
Result<Addresses> addresses_of(const net::HttpResponse& response, bool charset_known, Attempt& attempt);

/// Asks one after the other, with GET and without any credentials, each for at most 4 s, until the attempt's deadline.
/// A row for each that was asked: `url`, `statusCode`, `responseTime`, `errorMsg` (empty when all is well). How many
/// were left out is the message of the success.
boost::asio::awaitable<Outcome> ask_addresses(Attempt* attempt, Addresses addresses, const Reader* reader,
                                              bool verify_tls);

}  // namespace holter::collect::http
