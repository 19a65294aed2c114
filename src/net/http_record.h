#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "net/http.h"

namespace holter::net {

/// An answer as `curl -i` prints it: status line, headers, an empty line, the body as it is.
std::string write_answer(const HttpResponse& response);

/// Reads what write_answer() wrote, or `curl -i` (with LF or CRLF line ends). Of several answers, to a redirect or a
/// challenge, the last counts. The body is taken as it stands: neither chunked nor packed. Within the limits of
/// HttpAnswer. Errors: kInvalidArgument: it does not begin with a status line; kProtocolViolation: header limits;
/// kTooLarge: a body over `max_body_bytes`; kResourceExhausted.
Result<HttpResponse> read_answer(std::string_view text, memory::Account& account, std::size_t max_body_bytes);

}  // namespace holter::net
