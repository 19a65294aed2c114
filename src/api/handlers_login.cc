#include <fmt/format.h>

#include "api/content_fields.h"
#include "api/cookies.h"
#include "api/handlers.h"
#include "api/json.h"

// Who comes in, and who goes: login, logout, the first account, a forgotten password.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kMostBrowser = 200;  // bytes of what a browser says about itself; catalog::Session

Response who_response(const Context& context, const access::Identity& who) {
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("account", who.account());
  json.member("role", to_string(who.role()));
  json.member("greatest_role", to_string(who.greatest()));
  json.member("by", who.way() == access::Identity::Way::kSession ? "session" : "token");
  json.key("csrf_token");
  if (who.csrf().empty())
    json.null();
  else
    json.value(who.csrf());
  json.end_object();
  return finished(std::move(response), *context.bodies);
}

Response named_response(const Context& context, const std::string& account, unsigned status) {
  Response response(*context.bodies);
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object();
  json.member("account", account);
  json.end_object();
  return finished(std::move(response), *context.bodies);
}

/// A link's token; one that cannot be is like one that is spent.
Answered<secrets::SetupToken> link_of(const Content& content) {
  auto text = needed_secret_of(content, "token");
  if (!text) return std::move(text).error();
  auto token = secrets::SetupToken::parse(text->view());
  if (!token)
    return Problem{401, "cannot use this link: it is not one of this server's, or not all of it was copied", "token",
                   0};
  return std::move(*token);
}

Response logged_in(const Context& context, const Request* request, const access::LoggedIn& in) {
  auto response = who_response(context, in.identity);
  auto text = in.token.text();
  response.headers.emplace_back("Set-Cookie",
                                set_cookie(session_cookie(request->secure), text.view(), request->secure));
  return response;
}

}  // namespace

awaitable<Response> post_login(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"name", "password"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto name = needed_text_of(*content, "name");
  auto password = needed_secret_of(*content, "password");
  if (!name || !password) co_return refuse(context, !name ? name.error() : password.error());
  access::Browser browser{std::string(request->user_agent.substr(0, kMostBrowser)), std::string(request->address)};
  auto answer = co_await context.backend->gate().access().login.log_in(std::move(*name), std::move(*password),
                                                                       std::move(browser), context.deadline);
  if (!answer) co_return refuse(context, to_problem(answer.error()));
  if (answer->kind == access::LoginAnswer::Kind::kTryLater)
    co_return refuse(context, {429, answer->text(), "", static_cast<unsigned>(answer->wait.count())});
  if (!answer->in) co_return refuse(context, {401, answer->text(), "", 0});
  co_return logged_in(context, request, *answer->in);
}

awaitable<Response> post_logout(Context context, const Request* request) {
  auto value = find_cookie(request->cookie, session_cookie(request->secure));
  if (context.who->way() != access::Identity::Way::kSession || !value)
    co_return refuse(context, {409, "cannot log out: this request came by no session", "", 0});
  auto token = secrets::SessionToken::parse(*value);
  if (!token) co_return refuse(context, to_problem(token.error()));
  auto ended = co_await context.backend->gate().access().sessions.end(std::move(*token), context.deadline);
  if (!ended) co_return refuse(context, to_problem(ended.error()));
  auto response = named_response(context, context.who->account(), 200);
  response.headers.emplace_back("Set-Cookie", set_cookie(session_cookie(request->secure), "", request->secure, 0));
  co_return response;
}

awaitable<Response> get_session(Context context, const Request* request) {
  co_return who_response(context, *context.who);
}

awaitable<Response> get_setup(Context context, const Request* request) {
  auto& access = context.backend->gate().access();
  auto needed = co_await access.setup.is_needed(context.deadline);
  if (!needed) co_return refuse(context, to_problem(needed.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("needed", *needed);
  json.key("oidc");
  if (access.oidc) {
    json.begin_object();
    json.member("name", access.oidc->name());
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_setup(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"token", "name", "password"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto token = link_of(*content);
  if (!token) co_return refuse(context, token.error());
  auto name = needed_text_of(*content, "name");
  auto password = needed_secret_of(*content, "password");
  if (!name || !password) co_return refuse(context, !name ? name.error() : password.error());
  auto made = co_await context.backend->gate().access().setup.make_first_admin(std::move(*token), *name,
                                                                               std::move(*password), context.deadline);
  if (!made) co_return refuse(context, to_problem(made.error()));
  co_return named_response(context, *name, 201);
}

awaitable<Response> post_password_reset(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"token", "password"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto token = link_of(*content);
  if (!token) co_return refuse(context, token.error());
  auto password = needed_secret_of(*content, "password");
  if (!password) co_return refuse(context, password.error());
  auto name = co_await context.backend->gate().access().setup.reset_password(std::move(*token), std::move(*password),
                                                                             context.deadline);
  if (!name) co_return refuse(context, to_problem(name.error()));
  co_return named_response(context, *name, 200);
}

}  // namespace holter::api
