#include <fmt/format.h>

#include "api/cookies.h"
#include "api/handlers.h"
#include "api/local_path.h"
#include "api/params.h"

// Login by OpenID Connect, as browsers see it: to the provider, and back from it. What is checked is in access/oidc.h.
namespace holter::api {
namespace {

using access::Oidc;
using access::OidcFailure;
using boost::asio::awaitable;

constexpr std::size_t kMostNext = 1000, kMostCode = 4096;  // bytes
constexpr std::size_t kMostBrowser = 200;                  // of what a browser says about itself; catalog::Session
constexpr std::string_view kCallback = "/api/v1/login/oidc/callback";

std::string_view oidc_cookie(bool secure) {
  return secure ? "__Host-holter-oidc" : "holter-oidc";
}

Response problem(const Context& context, const Problem& problem) {
  return problem_response(problem, *context.bodies);
}

Problem no_provider() {
  return {404, "cannot log in by OpenID Connect: no provider is set (access.oidc.issuer)", "", 0};
}

/// How the browser finds this server: by server.url, else by the name that it asked for, which was checked.
std::string redirect_uri(const Context& context, const Request& request) {
  auto origin = context.site->origin();
  if (origin.empty()) origin = fmt::format("{}://{}", request.secure ? "https" : "http", request.host);
  return origin + std::string(kCallback);
}

Response see_other(const Context& context, std::string location) {
  Response response(*context.bodies);
  response.status = 303;
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

Response failed(const Context& context, OidcFailure failure) {
  return see_other(context, fmt::format("/login?failed={}", to_string(failure)));
}

}  // namespace

awaitable<Response> get_oidc_login(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto next = local_path(params.text("next", kMostNext));
  if (params.failed()) co_return problem(context, params.problem());
  auto& oidc = context.backend->gate().access().oidc;
  if (!oidc) co_return problem(context, no_provider());
  if (context.site->authority.empty() && request->host.empty())
    co_return problem(context, {400, "cannot log in by OpenID Connect without a Host field", "", 0});
  auto begun = co_await oidc->begin(std::move(next), redirect_uri(context, *request), std::string(request->address),
                                    context.deadline);
  if (begun.failure) co_return failed(context, *begun.failure);
  auto response = see_other(context, std::move(begun.url));
  response.headers.emplace_back("Set-Cookie", set_cookie(oidc_cookie(request->secure), begun.browser, request->secure,
                                                         access::PendingLogins::kValid.count()));
  co_return response;
}

awaitable<Response> get_oidc_callback(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  Oidc::Returned returned;
  returned.state = params.text("state");
  returned.code = params.text("code", kMostCode);
  returned.issuer = params.text("iss", kMostNext);
  returned.error = params.text("error");
  returned.error_description = params.text("error_description", kMostCode);
  if (params.failed()) co_return problem(context, params.problem());
  auto& oidc = context.backend->gate().access().oidc;
  if (!oidc) co_return problem(context, no_provider());
  returned.browser = find_cookie(request->cookie, oidc_cookie(request->secure)).value_or("");
  access::Browser browser{std::string(request->user_agent.substr(0, kMostBrowser)), std::string(request->address)};
  auto finished = co_await oidc->finish(std::move(returned), std::move(browser), context.deadline);
  auto response = finished.failure ? failed(context, *finished.failure) : see_other(context, finished.next);
  response.headers.emplace_back("Set-Cookie", set_cookie(oidc_cookie(request->secure), "", request->secure, 0));
  if (finished.failure) co_return response;
  auto text = finished.in->token.text();
  response.headers.emplace_back("Set-Cookie",
                                set_cookie(session_cookie(request->secure), text.view(), request->secure));
  co_return response;
}

}  // namespace holter::api
