#include "api/problem.h"

#include <fmt/format.h>

#include "api/finding_json.h"
#include "api/json.h"

namespace holter::api {
namespace {

/// Names the kind for programs; stable.
std::string_view slug(unsigned status) {
  switch (status) {
    case 400:
      return "bad-request";
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 405:
      return "method-not-allowed";
    case 408:
      return "request-timeout";
    case 409:
      return "conflict";
    case 412:
      return "precondition-failed";
    case 413:
      return "content-too-large";
    case 415:
      return "unsupported-media-type";
    case 417:
      return "expectation-failed";
    case 421:
      return "misdirected-request";
    case 422:
      return "unprocessable-content";
    case 428:
      return "precondition-required";
    case 429:
      return "too-many-requests";
    case 431:
      return "header-fields-too-large";
    case 503:
      return "unavailable";
    case 504:
      return "timeout";
    default:
      return "internal";
  }
}

}  // namespace

std::string_view status_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Internal Server Error";
  }
}

Problem to_problem(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return {400, error.message(), "", 0};
    case ErrorCode::kNotFound:
      return {404, error.message(), "", 0};
    case ErrorCode::kConflict:
      return {409, error.message(), "", 0};
    case ErrorCode::kUnauthenticated:
      return {401, error.message(), "", 0};
    case ErrorCode::kForbidden:
      return {403, error.message(), "", 0};
    case ErrorCode::kTimeout:
      return {504, error.message(), "", 0};
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return {503, error.message(), "", 2};
    case ErrorCode::kResourceExhausted:
      return {503, error.message(), "", 5};
    default:
      return {500, error.message(), "", 0};
  }
}

Response problem_response(const Problem& problem, memory::Account& account) {
  Response response(account);
  response.status = problem.status;
  response.content_type = "application/problem+json";
  JsonWriter json(response.body);
  json.begin_object();
  json.member("type", fmt::format("urn:holter:problem:{}", slug(problem.status)));
  json.member("title", status_phrase(problem.status));
  json.member("status", static_cast<std::uint64_t>(problem.status));
  json.member("detail", problem.detail);
  if (!problem.parameter.empty()) json.member("parameter", problem.parameter);
  if (!problem.findings.empty()) write_findings(json, "findings", problem.findings);
  if (!problem.monitors.empty()) write_monitors(json, "monitors", problem.monitors);
  json.end_object();
  if (problem.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"Holter\"");
  if (problem.retry_after_seconds > 0)
    response.headers.emplace_back("Retry-After", fmt::format("{}", problem.retry_after_seconds));
  return response;
}

}  // namespace holter::api
