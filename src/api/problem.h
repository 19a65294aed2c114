#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/message.h"
#include "base/result.h"
#include "define/problem.h"

namespace holter::api {

/// A refused request, as RFC 9457 describes it.
struct Problem {
  unsigned status = 500;
  std::string detail;     ///< "cannot ...", with the value and the limit
  std::string parameter;  ///< the parameter at fault, or empty
  unsigned retry_after_seconds = 0;
  std::vector<define::Problem> findings{};  ///< what is wrong with a text, with places in it; may be none
  struct Monitor {
    std::string name, reason;
  };
  std::vector<Monitor> monitors{};  ///< that are in the way; may be none
};

/// The standard phrase of a status this server uses ("Not Found"), RFC 9110 section 15.
std::string_view status_phrase(unsigned status);

/// The error of a folder below as a problem: kInvalidArgument 400, kNotFound 404, kConflict 409, kUnauthenticated 401,
/// kForbidden 403, kTimeout 504, kInternal and other surprises 500, what may pass by itself (kUnavailable,
/// kResourceExhausted, kCancelled) 503 with Retry-After.
Problem to_problem(const Error& error);

/// A document of type application/problem+json. Where even its few bytes are refused, the body stays empty.
Response problem_response(const Problem& problem, memory::Account& account);

}  // namespace holter::api
