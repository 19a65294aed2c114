#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::access {

/// What is asked of an OpenID Connect provider. Whoever hands an OidcFetch in speaks HTTP; this folder does not.
struct OidcRequest {
  std::string url;
  std::string form;            ///< application/x-www-form-urlencoded, for a POST; empty: a GET
  std::string user, password;  ///< HTTP Basic authentication; both empty: none
};

struct OidcResponse {
  int status = 0;
  std::string body;
  memory::Reservation reserved;  ///< the body's bytes
};

/// Most bytes of an answer's body.
inline constexpr std::size_t kMostOidcAnswer = 1 << 20;

/// Sends a request, without following redirects; any status is a success. Errors: those of the transport,
/// kResourceExhausted for an answer above kMostOidcAnswer, kTimeout at the deadline, kCancelled.
using OidcFetch = std::function<boost::asio::awaitable<Result<OidcResponse>>(OidcRequest, MonoTime deadline)>;

}  // namespace holter::access
