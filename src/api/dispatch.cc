#include "api/dispatch.h"

#include <new>

#include <fmt/format.h>

#include "api/content_schema.h"
#include "api/fence.h"
#include "api/rate_limit.h"
#include "base/hash.h"
#include "base/log.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

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

bool is_secure(const Context& context, const RequestHead& head) {
  return head.over_tls || context.site->secure();
}

/// Nothing where it does not matter, and for a visitor who is not known.
awaitable<Result<std::optional<access::Identity>>> identify(Context context, const Route& route,
                                                            const RequestHead& head) {
  if (route.who == Who::kAnybody) co_return std::optional<access::Identity>();
  Credentials credentials{head.authorization, head.cookie, head.csrf, route.method != "GET", is_secure(context, head)};
  auto found = co_await context.backend->gate().identify(std::move(credentials), context.deadline);
  if (found) co_return std::optional(std::move(*found));
  auto code = found.error().code();
  bool unknown = code == ErrorCode::kUnauthenticated || code == ErrorCode::kForbidden;
  if (route.who == Who::kVisitor && unknown) co_return std::optional<access::Identity>();
  co_return std::move(found).error();
}

/// What tells callers apart: the token that was sent, or the session by what only it has. Nothing of who is let in
/// without any. Not the account: each of its tokens is a program of its own.
std::optional<std::uint64_t> number_of(const access::Identity& who, const RequestHead& head) {
  if (!head.authorization.empty())  // the scheme may be written in many ways
    return stable_hash(std::string_view(head.authorization).substr(head.authorization.rfind(' ') + 1));
  if (!who.csrf().empty()) return stable_hash(who.csrf());
  return std::nullopt;
}

/// Takes its share of the rate for who is known. Seconds to wait; 0: go on.
unsigned take_rate(const Context& context, const RequestHead& head) {
  auto caller = context.rate != nullptr && context.who != nullptr ? number_of(*context.who, head) : std::nullopt;
  return caller ? context.rate->know(*caller) : 0;
}

awaitable<Answer> answer(Context context, const RequestHead* head) {
  auto refuse = [&context](const Problem& problem, std::string_view pattern) {
    return Answer{problem_response(problem, *context.bodies), pattern};
  };
  auto target = parse_target(head->target);
  if (!target) co_return refuse(to_problem(target.error()), "none");
  if (auto problem = check_host(*head, *target, *context.site); problem.status != 0) co_return refuse(problem, "none");
  auto match = find_route(routes(), head->method, *target);
  if (match.route == nullptr) {
    auto answer = refuse(match.problem, match.pattern);
    if (!match.allow.empty() && match.problem.status == 405) answer.response.headers.emplace_back("Allow", match.allow);
    co_return answer;
  }
  auto who = co_await identify(context, *match.route, *head);
  if (!who) co_return refuse(to_problem(who.error()), match.pattern);
  context.who = *who ? &**who : nullptr;
  if (auto wait_seconds = take_rate(context, *head); wait_seconds > 0) {
    ++context.stats->refused_by_caller;
    co_return refuse({429,
                      fmt::format("cannot answer more requests a second of one {} (server.rate_limit)",
                                  head->authorization.empty() ? "session" : "token"),
                      "", wait_seconds},
                     match.pattern);
  }
  if (auto problem = check_role(*match.route, context.who); problem.status != 0)
    co_return refuse(problem, match.pattern);
  if (ParamReader params(*target, match.route->params); params.failed())
    co_return refuse(params.problem(), match.pattern);
  if (match.route->method != "GET")
    if (auto problem = check_change(*head, *match.route, *context.site); problem.status != 0)
      co_return refuse(problem, match.pattern);
  if (auto problem = check_pressure(*match.route, *context.backend); problem.status != 0) {
    ++context.stats->refused_by_level;
    co_return refuse(problem, match.pattern);
  }
  if (auto problem = check_content(*match.route, head->body, *context.bodies); problem.status != 0)
    co_return refuse(problem, match.pattern);
  Request request{head->method == "HEAD" ? "GET" : head->method,
                  std::move(*target),
                  std::move(match.id),
                  head->body,
                  head->accept.contains("text/event-stream"),
                  head->last_event_id,
                  head->if_match,
                  head->idempotency_key,
                  head->if_none_match,
                  head->accept,
                  head->content_type,
                  head->cookie,
                  head->user_agent,
                  head->address,
                  head->hosts.empty() ? std::string_view() : std::string_view(head->hosts[0]),
                  is_secure(context, *head)};
  request.accepts_gzip = head->accepts_gzip;
  request.wants_yaml = head->accept.contains("application/yaml");
  context.route = match.route;
  co_return Answer{co_await run(context, &request), match.pattern};
}

}  // namespace

awaitable<Answer> dispatch(Context context, const RequestHead* head) {
  try {
    co_return co_await answer(context, head);
  } catch (const std::bad_alloc&) {
    ++context.stats->out_of_memory;
  }
  // On the way to a handler. Where not even this finds memory, the connection ends.
  co_return Answer{problem_response({503, "cannot answer: out of memory", "", 5}, *context.bodies), "none"};
}

}  // namespace holter::api
