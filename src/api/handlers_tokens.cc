#include <fmt/format.h>

#include "api/content_fields.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/params.h"

// What lets somebody in besides a password: tokens of programs, and sessions of browsers.
namespace holter::api {
namespace {

using boost::asio::awaitable;

/// Whose tokens: one's own, unless the parameter names another account.
Answered<std::string> account_of(const Context& context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto account = params.text("account");
  if (params.failed()) return params.problem();
  return account.empty() ? context.who->account() : account;
}

void write_token(JsonWriter& json, const catalog::ApiToken& token) {
  json.member("name", token.name);
  json.member("account", token.account);
  json.member("scopes", token.scopes);
  json.time_member("expires", epoch_ms(token.expires));
  json.time_member("last_used", epoch_ms(token.last_used));
  json.time_member("created", epoch_ms(token.created));
  json.member("created_by", token.created_by);
}

Response count_response(const Context& context, std::string_view key, std::uint64_t count) {
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member(key, count);
  json.end_object();
  return finished(std::move(response), *context.bodies);
}

}  // namespace

awaitable<Response> get_tokens(Context context, const Request* request) {
  auto account = account_of(context, request);
  if (!account) co_return refuse(context, account.error());
  auto tokens =
      co_await context.backend->gate().access().tokens.list(*context.who, std::move(*account), context.deadline);
  if (!tokens) co_return refuse(context, to_problem(tokens.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("tokens");
  json.begin_array();
  for (const auto& token : *tokens) {
    json.begin_object();
    write_token(json, token);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_token(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"name", "scopes", "expires", "account"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto name = needed_text_of(*content, "name"), scopes = needed_text_of(*content, "scopes");
  if (!name || !scopes) co_return refuse(context, !name ? name.error() : scopes.error());
  auto expires = text_of(*content, "expires"), account = text_of(*content, "account");
  if (!expires || !account) co_return refuse(context, !expires ? expires.error() : account.error());
  access::NewToken fresh{account->value_or(context.who->account()), std::move(*name), std::move(*scopes), {}};
  if (*expires) {
    auto time = parse_time(**expires, epoch_ms(context.clock->wall()));
    if (!time)
      co_return refuse(context,
                       {400, "cannot use this time: write it as 2027-01-31T00:00:00Z, or leave it out", "expires", 0});
    fresh.expires = WallTime(milliseconds(*time));
  }
  auto created =
      co_await context.backend->gate().access().tokens.create(*context.who, std::move(fresh), context.deadline);
  if (!created) co_return refuse(context, to_problem(created.error()));
  Response response(*context.bodies);
  response.status = 201;
  JsonWriter json(response.body);
  json.begin_object();
  auto text = created->token.text();
  json.member("token", text.view());  // shown this once
  write_token(json, created->stored);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> delete_token(Context context, const Request* request) {
  auto account = account_of(context, request);
  if (!account) co_return refuse(context, account.error());
  auto removed = co_await context.backend->gate().access().tokens.remove(*context.who, std::move(*account), request->id,
                                                                         context.deadline);
  if (!removed) co_return refuse(context, to_problem(removed.error()));
  co_return count_response(context, "deleted", 1);
}

awaitable<Response> get_sessions(Context context, const Request* request) {
  auto sessions = co_await context.backend->gate().access().sessions.list(*context.who, context.deadline);
  if (!sessions) co_return refuse(context, to_problem(sessions.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("sessions");
  json.begin_array();
  for (const auto& session : *sessions) {
    json.begin_object();
    json.member("id", session.hash);  // of no use to who has no token
    json.time_member("created", epoch_ms(session.created));
    json.time_member("used", epoch_ms(session.used));
    json.time_member("expires", epoch_ms(session.expires));
    json.member("user_agent", session.user_agent);
    json.member("address", session.address);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> delete_session(Context context, const Request* request) {
  auto ended =
      co_await context.backend->gate().access().sessions.end_listed(*context.who, request->id, context.deadline);
  if (!ended) co_return refuse(context, to_problem(ended.error()));
  co_return count_response(context, "ended", 1);
}

awaitable<Response> delete_sessions(Context context, const Request* request) {
  auto ended = co_await context.backend->gate().access().sessions.end_all(*context.who, context.deadline);
  if (!ended) co_return refuse(context, to_problem(ended.error()));
  co_return count_response(context, "ended", *ended);
}

}  // namespace holter::api
