#include "api/dispatch.h"

#include <new>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

/// Why the host is not served; status 0 when it is.
Problem check_host(const RequestHead& head, const Target& target) {
  if (head.hosts.size() > 1 || (head.hosts.empty() && !head.http_1_0))
    return {400, fmt::format("cannot serve a request with {} Host fields: send one", head.hosts.size()), "", 0};
  // An absolute target replaces Host (RFC 9112 section 3.2.2), but a foreign name in either is refused.
  for (const auto& host : head.hosts)
    if (!is_loopback_host(host))
      return {421, fmt::format("cannot serve the host '{}': ask for localhost, 127.0.0.1 or [::1]", excerpt(host)), "",
              0};
  if (!target.host.empty() && !is_loopback_host(target.host))
    return {421, fmt::format("cannot serve the host '{}': ask for localhost, 127.0.0.1 or [::1]", excerpt(target.host)),
            "", 0};
  return {0, "", "", 0};
}

awaitable<Response> run(Context context, const Request* request) {
  Problem problem;
  try {
    co_return co_await context.route->handler(context, request);
  } catch (const std::bad_alloc&) {
    problem = {503, "cannot answer: out of memory", "", 5};
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;  // the server closes
    problem = {500, fmt::format("BUG: {} failed", context.route->pattern), "", 0};
    log::error("api", "BUG: {} threw: {}", context.route->pattern, e.what());
  } catch (const std::exception& e) {
    problem = {500, fmt::format("BUG: {} failed", context.route->pattern), "", 0};
    log::error("api", "BUG: {} threw: {}", context.route->pattern, e.what());
  }
  co_return problem_response(problem, *context.bodies);
}

}  // namespace

awaitable<Answer> dispatch(Context context, const RequestHead* head) {
  auto refuse = [&context](const Problem& problem, std::string_view pattern) {
    return Answer{problem_response(problem, *context.bodies), pattern};
  };
  auto target = parse_target(head->target);
  if (!target) co_return refuse(to_problem(target.error()), "none");
  if (auto problem = check_host(*head, *target); problem.status != 0) co_return refuse(problem, "none");
  auto match = find_route(routes(), head->method, *target);
  if (match.route == nullptr) {
    auto answer = refuse(match.problem, match.pattern);
    if (!match.allow.empty() && match.problem.status == 405) answer.response.headers.emplace_back("Allow", match.allow);
    co_return answer;
  }
  if (ParamReader params(*target, match.route->params); params.failed())
    co_return refuse(params.problem(), match.pattern);
  Request request{head->method == "HEAD" ? "GET" : head->method, std::move(*target), std::move(match.id)};
  context.route = match.route;
  co_return Answer{co_await run(context, &request), match.pattern};
}

}  // namespace holter::api
