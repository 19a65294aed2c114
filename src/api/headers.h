#pragma once

#include <string>

#include "api/message.h"

namespace holter::api {

/// How an answer goes out.
struct Framing {
  bool tls = false;         ///< browsers shall come over TLS from now on (HSTS, RFC 6797)
  bool chunked = false;     ///< of a stream; without it only the end of the connection ends its body
  bool keep_alive = false;  ///< the connection can take another request
  bool http_1_0 = false;    ///< the peer's version
};

/// Text that gains from being packed, and is not sent bit by bit.
bool may_be_packed(const Response& response);

/// The head of the answer as it goes out, with the empty line (RFC 9112): what the handler wants, how its body ends,
/// and what keeps browsers from reading more into it than it is.
std::string head_text(const Response& response, const Framing& framing);

}  // namespace holter::api
