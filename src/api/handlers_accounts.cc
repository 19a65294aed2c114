#include <fmt/format.h>

#include "api/content_fields.h"
#include "api/handlers.h"
#include "api/if_match.h"
#include "api/json.h"
#include "api/params.h"

// Accounts, what they may do in folders, and the audit log. Who may do what is decided in access.
namespace holter::api {
namespace {

using access::AccountView;
using boost::asio::awaitable;

constexpr std::uint64_t kMostId = 9007199254740991;  // what JavaScript counts to

access::Admin& admin_of(const Context& context) {
  return context.backend->gate().access().admin;
}

/// The role named; nothing where none is. Problems: 400.
Answered<std::optional<access::Role>> role_of(const Content& content) {
  auto text = text_of(content, "role");
  if (!text) return std::move(text).error();
  if (!*text) return std::optional<access::Role>();
  auto role = access::parse_role(**text);
  if (!role) return Problem{400, role.error().message(), "role", 0};
  return std::optional(*role);
}

/// The version of If-Match; of an account whatever it is now where that is "*" or missing, and `needed` is not set.
awaitable<Answered<std::uint64_t>> version_now(Context context, const Request* request, bool needed) {
  auto version = version_of(*request, needed, "an account");
  if (!version) co_return std::move(version).error();
  if (*version) co_return **version;
  auto account = co_await admin_of(context).find(*context.who, request->id, context.deadline);
  if (!account) co_return account.error();
  co_return account->version;
}

Problem account_problem(const Error& error) {
  auto problem = to_problem(error);
  // "cannot change ...: it is version 3 now": what was to be changed is not what is there.
  if (error.code() == ErrorCode::kConflict) problem.status = 412, problem.parameter = "If-Match";
  return problem;
}

void write_account(JsonWriter& json, const AccountView& account) {
  json.begin_object();
  json.member("name", account.name);
  json.member("role", to_string(account.role));
  json.member("disabled", account.disabled);
  json.member("has_password", account.has_password);
  json.member("failed_logins", static_cast<std::uint64_t>(account.failed_logins));
  json.time_member("locked_until", epoch_ms(account.locked_until));
  json.member("version", account.version);
  json.time_member("created", epoch_ms(account.created));
  json.member("created_by", account.created_by);
  json.time_member("updated", epoch_ms(account.updated));
  json.member("updated_by", account.updated_by);
  json.end_object();
}

Response account_response(const Context& context, const Result<AccountView>& account, unsigned status = 200) {
  if (!account) return refuse(context, status == 201 ? to_problem(account.error()) : account_problem(account.error()));
  Response response(*context.bodies);
  response.status = status;
  JsonWriter json(response.body);
  write_account(json, *account);
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", account->version));
  return finished(std::move(response), *context.bodies);
}

}  // namespace

awaitable<Response> get_accounts(Context context, const Request* request) {
  auto accounts = co_await admin_of(context).list(*context.who, context.deadline);
  if (!accounts) co_return refuse(context, to_problem(accounts.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("accounts");
  json.begin_array();
  for (const auto& account : *accounts) write_account(json, account);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_account(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"name", "role", "password"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto name = needed_text_of(*content, "name");
  if (!name) co_return refuse(context, name.error());
  auto role = role_of(*content);
  if (!role) co_return refuse(context, role.error());
  if (!*role) co_return refuse(context, {400, "cannot make an account without a role", "role", 0});
  auto password = secret_of(*content, "password");
  if (!password) co_return refuse(context, password.error());
  co_return account_response(
      context,
      co_await admin_of(context).create(*context.who, std::move(*name), **role, std::move(*password), context.deadline),
      201);
}

awaitable<Response> get_account(Context context, const Request* request) {
  co_return account_response(context, co_await admin_of(context).find(*context.who, request->id, context.deadline));
}

awaitable<Response> patch_account(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"role", "disabled"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto role = role_of(*content);
  if (!role) co_return refuse(context, role.error());
  auto disabled = bool_of(*content, "disabled");
  if (!disabled) co_return refuse(context, disabled.error());
  auto version = co_await version_now(context, request, true);
  if (!version) co_return refuse(context, version.error());
  co_return account_response(context, co_await admin_of(context).change(
                                          *context.who, {request->id, *version, *role, *disabled}, context.deadline));
}

awaitable<Response> delete_account(Context context, const Request* request) {
  auto version = co_await version_now(context, request, false);
  if (!version) co_return refuse(context, version.error());
  auto removed = co_await admin_of(context).remove(*context.who, request->id, *version, context.deadline);
  if (!removed) co_return refuse(context, account_problem(removed.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("deleted", request->id);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> put_password(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"old", "password"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto password = needed_secret_of(*content, "password");
  if (!password) co_return refuse(context, password.error());
  auto old = secret_of(*content, "old");
  if (!old) co_return refuse(context, old.error());
  if (!*old) old->emplace();
  auto version = co_await version_now(context, request, false);
  if (!version) co_return refuse(context, version.error());
  auto changed = co_await admin_of(context).set_password(
      *context.who, {request->id, *version, std::move(**old), std::move(*password)}, context.deadline);
  // Who asks is logged in all the same.
  if (!changed && changed.error().code() == ErrorCode::kUnauthenticated)
    co_return refuse(context, {403, changed.error().message(), "old", 0});
  co_return account_response(context, changed);
}

awaitable<Response> get_grants(Context context, const Request* request) {
  auto grants = co_await admin_of(context).grants(*context.who, request->id, context.deadline);
  if (!grants) co_return refuse(context, to_problem(grants.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("grants");
  json.begin_array();
  for (const auto& grant : *grants) {
    json.begin_object();
    json.member("folder", grant.folder);
    json.member("role", grant.role);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> put_grant(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"folder", "role"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto folder = needed_text_of(*content, "folder");
  if (!folder) co_return refuse(context, folder.error());
  auto role = role_of(*content);
  if (!role) co_return refuse(context, role.error());
  auto version = co_await version_now(context, request, false);
  if (!version) co_return refuse(context, version.error());
  auto& admin = admin_of(context);
  if (*role)
    co_return account_response(
        context, co_await admin.grant(*context.who, request->id, *version, *folder, **role, context.deadline));
  co_return account_response(context,
                             co_await admin.revoke(*context.who, request->id, *version, *folder, context.deadline));
}

awaitable<Response> get_identities(Context context, const Request* request) {
  auto identities = co_await admin_of(context).identities(*context.who, request->id, context.deadline);
  if (!identities) co_return refuse(context, to_problem(identities.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("identities");
  json.begin_array();
  for (const auto& identity : *identities) {
    json.begin_object();
    json.member("issuer", identity.issuer);
    json.member("subject", identity.subject);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> put_identity(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"issuer", "subject"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto issuer = needed_text_of(*content, "issuer"), subject = needed_text_of(*content, "subject");
  if (!issuer || !subject) co_return refuse(context, !issuer ? issuer.error() : subject.error());
  auto version = co_await version_now(context, request, false);
  if (!version) co_return refuse(context, version.error());
  co_return account_response(context, co_await admin_of(context).link(*context.who, request->id, *version, *issuer,
                                                                      *subject, context.deadline));
}

awaitable<Response> delete_identity(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto issuer = params.text("issuer", 1000), subject = params.text("subject");
  if (!params.failed() && issuer.empty()) params.fail("issuer", "cannot unlink an identity without its issuer");
  if (!params.failed() && subject.empty()) params.fail("subject", "cannot unlink an identity without its subject");
  if (params.failed()) co_return refuse(context, params.problem());
  auto version = co_await version_now(context, request, false);
  if (!version) co_return refuse(context, version.error());
  co_return account_response(context, co_await admin_of(context).unlink(*context.who, request->id, *version, issuer,
                                                                        subject, context.deadline));
}

awaitable<Response> get_audit(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto now = epoch_ms(context.clock->wall());
  catalog::AuditQuery query;
  query.from = WallTime(milliseconds(params.time("from", 0, now)));
  if (auto to = params.time("to", 0, now); to != 0) query.to = WallTime(milliseconds(to));
  query.target = params.text("target");
  query.who = params.text("who");
  query.before_id = params.number("before", 0, 0, kMostId);
  query.most = params.number("limit", 100, 1, 1000);
  if (params.failed()) co_return refuse(context, params.problem());
  auto entries = co_await admin_of(context).audit(*context.who, std::move(query), context.deadline);
  if (!entries) co_return refuse(context, to_problem(entries.error()));
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("entries");
  json.begin_array();
  for (const auto& entry : *entries) {
    json.begin_object();
    json.member("id", entry.id);
    json.time_member("time", epoch_ms(entry.time));
    json.member("who", entry.who);
    json.member("what", entry.what);
    json.member("target", entry.target);
    // As they were written: JSON of their own, which the log keeps as text.
    json.member("before", entry.before);
    json.member("after", entry.after);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
