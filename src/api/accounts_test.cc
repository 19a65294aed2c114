#include <boost/json.hpp>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "api/test_accounts.h"
#include "api/test_schema.h"

// Who gets in, and what he may do there: through the routes, over real accounts.
namespace holter::api {
namespace {

class Accounts : public ::testing::Test {
 protected:
  Accounts() { ask_.backend.real_gate = &accounts_.gate(); }
  void SetUp() override { accounts_.set_up(); }

  struct Browser {
    std::string cookie, csrf;
  };

  RequestHead head(std::string method, std::string target, std::string_view json = "") const {
    RequestHead head{std::move(method), std::move(target), {"localhost:2157"}};
    head.content_type = "application/json";
    head.body = json;
    return head;
  }
  Asker::Reply send(const RequestHead& head) {
    auto reply = ask_.send(head);
    if (reply.type == "application/json") hold_against_file(head.method, reply);
    return reply;
  }
  Asker::Reply by(const Browser& browser, std::string method, std::string target, std::string_view json = "",
                  std::string if_match = "") {
    auto request = head(std::move(method), std::move(target), json);
    request.cookie = browser.cookie;
    request.csrf = browser.csrf;
    request.if_match = std::move(if_match);
    return send(request);
  }
  Asker::Reply by_token(const std::string& token, std::string method, std::string target, std::string_view json = "") {
    auto request = head(std::move(method), std::move(target), json);
    request.authorization = "Bearer " + token;
    return send(request);
  }
  Browser log_in(const std::string& name, std::string_view password = TestAccounts::kPassword) {
    auto content = json::serialize(json::object{{"name", name}, {"password", password}});
    auto reply = send(head("POST", "/api/v1/login", content));
    EXPECT_EQ(reply.status, 200U) << reply.body;
    Browser browser;
    browser.csrf = text(reply, "csrf_token");
    for (const auto& [key, value] : reply.headers)
      if (key == "Set-Cookie") browser.cookie = value.substr(0, value.find(';'));
    return browser;
  }
  Browser make(const std::string& name, std::string_view role) {
    auto root = log_in("root");
    auto content = json::serialize(json::object{{"name", name}, {"role", role}, {"password", TestAccounts::kPassword}});
    EXPECT_EQ(by(root, "POST", "/api/v1/accounts", content).status, 201U);
    return log_in(name);
  }
  static std::string text(const Asker::Reply& reply, std::string_view key) {
    const auto value = json::parse(reply.body);
    return value.is_object() && value.as_object().contains(key) && value.at(key).is_string()
               ? std::string(value.at(key).as_string())
               : "";
  }
  static void hold_against_file(const std::string& method, const Asker::Reply& reply) {
    for (const auto& route : routes())
      if (route.pattern == reply.pattern && route.method == method)
        check(json::parse(reply.body), schema_of(operation_of(route), std::to_string(reply.status), reply.type),
              reply.pattern);
  }
  static std::string tag(const Asker::Reply& reply) {
    for (const auto& [key, value] : reply.headers)
      if (key == "ETag") return value;
    return "";
  }

  TestAccounts accounts_;
  Asker ask_;
};

TEST_F(Accounts, nobody_gets_in_without_credentials_but_where_anybody_may) {
  for (const auto& route : routes()) {
    std::string target(route.pattern);
    if (auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "0123456789abcdef");
    for (std::string_view segment : {"{name}", "{slug}", "{path}"})
      if (auto at = target.find(segment); at != std::string::npos) target.replace(at, segment.size(), "root");
    for (std::string bad : {"", "Bearer ", "Bearer x", "Basic cm9vdDpyb290",
                            "Bearer holter_0000000000000000000000000000000000000000000000000"}) {
      auto request = head(std::string(route.method), target, "{}");
      request.authorization = bad;
      request.cookie = "holter=" + std::string(56, 'x');
      auto reply = ask_.send(request);
      if (route.who == Who::kAnybody || route.who == Who::kVisitor) {
        EXPECT_NE(reply.status, 403U) << route.method << target;
        continue;
      }
      EXPECT_EQ(reply.status, 401U) << route.method << target << reply.body;
      EXPECT_EQ(reply.headers.front().first, "WWW-Authenticate");
    }
  }
}

/// One role below what a route takes is refused, that role is not.
TEST_F(Accounts, every_route_takes_its_role_and_no_less) {
  std::map<access::Role, Browser> browsers;
  for (auto role : {access::Role::kNone, access::Role::kViewer, access::Role::kOperator, access::Role::kEditor})
    browsers[role] = make("a-" + std::string(to_string(role)), to_string(role));
  browsers[access::Role::kAdmin] = log_in("root");
  const std::map<Who, access::Role> needed{
      {Who::kAccount, access::Role::kNone},        {Who::kViewer, access::Role::kViewer},
      {Who::kViewerIn, access::Role::kViewer},     {Who::kOperator, access::Role::kOperator},
      {Who::kOperatorIn, access::Role::kOperator}, {Who::kEditor, access::Role::kEditor},
      {Who::kEditorIn, access::Role::kEditor},     {Who::kAdmin, access::Role::kAdmin}};
  for (const auto& route : routes()) {
    if (route.who == Who::kAnybody || route.who == Who::kVisitor || route.pattern == "/api/v1/logout" ||
        route.pattern == "/api/v1/sessions")
      continue;
    std::string target(route.pattern);
    if (auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "0123456789abcdef");
    for (std::string_view segment : {"{name}", "{slug}", "{path}"})
      if (auto at = target.find(segment); at != std::string::npos) target.replace(at, segment.size(), "nobody");
    for (const auto& [role, browser] : browsers) {
      auto reply = by(browser, std::string(route.method), target, "{\"x\": 1}");
      bool refused = reply.status == 403 && reply.body.contains("that takes the role");
      bool decided_by_handler = route.who == Who::kAccount;
      if (!decided_by_handler)
        EXPECT_EQ(refused, role < needed.at(route.who)) << route.method << target << to_string(role) << reply.body;
      EXPECT_NE(reply.status, 401U) << route.method << target;
    }
  }
}

TEST_F(Accounts, the_first_one_is_made_by_a_link_that_works_once) {
  TestAccounts fresh;
  ask_.backend.real_gate = &fresh.gate();
  EXPECT_EQ(send(head("GET", "/api/v1/setup")).body, R"({"needed":true,"oidc":null})");
  auto token = fresh.offer();
  auto content = [&](std::string_view name, std::string_view given) {
    return json::serialize(json::object{{"token", given}, {"name", name}, {"password", TestAccounts::kPassword}});
  };
  auto wrong = secrets::SetupToken::random();
  EXPECT_EQ(send(head("POST", "/api/v1/setup", content("eve", wrong.text().view()))).status, 401U);
  EXPECT_EQ(send(head("POST", "/api/v1/setup", content("eve", "x"))).status, 401U);
  EXPECT_EQ(send(head("POST", "/api/v1/setup", content("", token))).status, 400U);
  auto made = content("root", token);
  EXPECT_EQ(send(head("POST", "/api/v1/setup", made)).status, 201U);
  EXPECT_EQ(send(head("POST", "/api/v1/setup", content("eve", token))).status, 401U);
  EXPECT_EQ(send(head("GET", "/api/v1/setup")).body, R"({"needed":false,"oidc":null})");
  EXPECT_EQ(text(by(log_in("root"), "GET", "/api/v1/session"), "role"), "admin");
}

TEST_F(Accounts, a_cookie_cannot_be_read_by_scripts_and_is_only_for_this_site) {
  auto request = head("POST", "/api/v1/login", R"({"name": "root", "password": "correct horse battery"})");
  auto cookie_of = [&] {
    for (const auto& [key, value] : ask_.send(request).headers)
      if (key == "Set-Cookie") return value;
    return std::string();
  };
  auto plain = cookie_of();
  EXPECT_TRUE(plain.starts_with("holter=holter_")) << plain;
  EXPECT_TRUE(plain.ends_with("; Path=/; HttpOnly; SameSite=Lax")) << plain;
  request.over_tls = true;
  auto secure = cookie_of();
  EXPECT_TRUE(secure.starts_with("__Host-holter=holter_")) << secure;
  EXPECT_TRUE(secure.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure")) << secure;
}

TEST_F(Accounts, a_change_by_a_session_takes_its_csrf_token) {
  auto root = log_in("root"), other = log_in("root");
  for (std::string csrf : {std::string(), other.csrf, std::string(64, '0'), root.csrf + "0"}) {
    auto reply = by({root.cookie, csrf}, "POST", "/api/v1/reload");
    EXPECT_EQ(reply.status, 403U) << reply.body;
    EXPECT_TRUE(reply.body.contains("X-CSRF-Token"));
  }
  EXPECT_EQ(ask_.backend.reloads, 0);
  EXPECT_EQ(by(root, "POST", "/api/v1/reload").status, 200U);
  EXPECT_EQ(by({root.cookie, ""}, "GET", "/api/v1/summary").status, 200U);
}

TEST_F(Accounts, a_session_is_made_by_the_login_never_by_the_browser) {
  auto planted = log_in("root");
  auto request = head("POST", "/api/v1/login", R"({"name": "root", "password": "correct horse battery"})");
  request.cookie = planted.cookie;
  for (const auto& [key, value] : ask_.send(request).headers)
    if (key == "Set-Cookie") EXPECT_FALSE(value.starts_with(planted.cookie));
  EXPECT_EQ(by(planted, "POST", "/api/v1/logout").status, 200U);
  EXPECT_EQ(by(planted, "GET", "/api/v1/session").status, 401U);
}

TEST_F(Accounts, two_cookies_of_the_name_are_none) {
  auto root = log_in("root");
  EXPECT_EQ(by({root.cookie + "; a=b", root.csrf}, "GET", "/api/v1/session").status, 200U);
  EXPECT_EQ(by({root.cookie + "; " + root.cookie, root.csrf}, "GET", "/api/v1/session").status, 401U);
}

TEST_F(Accounts, too_many_wrong_passwords_lock_for_a_while) {
  auto wrong = [&] {
    return send(head("POST", "/api/v1/login", R"({"name": "root", "password": "nothing of that"})"));
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(wrong().status, 401U);
  auto locked = wrong();
  EXPECT_EQ(locked.status, 429U) << locked.body;
  EXPECT_EQ(locked.headers.front().first, "Retry-After");
  auto right = send(head("POST", "/api/v1/login", R"({"name": "root", "password": "correct horse battery"})"));
  EXPECT_EQ(right.status, 429U) << "a lock also holds against the right password";
  accounts_.clock().advance(std::chrono::minutes(20));
  log_in("root");
}

TEST_F(Accounts, a_token_does_what_its_scope_says_and_ends_with_its_account) {
  auto alice = make("alice", "editor");
  auto made = by(alice, "POST", "/api/v1/tokens", R"({"name": "ci", "scopes": "read"})");
  ASSERT_EQ(made.status, 201U) << made.body;
  auto token = text(made, "token");
  EXPECT_EQ(by_token(token, "GET", "/api/v1/summary").status, 200U);
  EXPECT_EQ(by_token(token, "POST", "/api/v1/monitors", "{}").status, 403U);
  EXPECT_EQ(by(alice, "GET", "/api/v1/tokens").body.contains(token), false) << "it is shown once";
  auto root = log_in("root");
  EXPECT_EQ(by(root, "DELETE", "/api/v1/accounts/alice").status, 200U);
  EXPECT_EQ(by_token(token, "GET", "/api/v1/summary").status, 401U);
  EXPECT_EQ(by(alice, "GET", "/api/v1/session").status, 401U);
}

TEST_F(Accounts, a_deleted_token_and_an_ended_session_end_at_once) {
  auto root = log_in("root");
  auto token = text(by(root, "POST", "/api/v1/tokens", R"({"name": "ci", "scopes": "admin"})"), "token");
  EXPECT_EQ(by_token(token, "GET", "/api/v1/summary").status, 200U);
  EXPECT_EQ(by(root, "DELETE", "/api/v1/tokens/ci").status, 200U);
  EXPECT_EQ(by_token(token, "GET", "/api/v1/summary").status, 401U);
  EXPECT_EQ(by(root, "DELETE", "/api/v1/tokens/ci").status, 404U);
  accounts_.clock().advance(seconds(1));
  auto other = log_in("root");
  auto sessions = json::parse(by(other, "GET", "/api/v1/sessions").body).at("sessions").as_array();
  ASSERT_EQ(sessions.size(), 2U);
  auto id = std::string(sessions[1].at("id").as_string());
  EXPECT_EQ(by(other, "DELETE", "/api/v1/sessions/" + id).status, 200U);
  EXPECT_EQ(by(root, "GET", "/api/v1/session").status, 401U);
  EXPECT_EQ(by(other, "DELETE", "/api/v1/sessions").body, R"({"ended":1})");
  EXPECT_EQ(by(other, "GET", "/api/v1/session").status, 401U);
}

TEST_F(Accounts, a_change_names_the_version_that_it_is_of) {
  make("alice", "viewer");
  auto root = log_in("root");
  auto before = by(root, "GET", "/api/v1/accounts/alice");
  EXPECT_EQ(by(root, "PATCH", "/api/v1/accounts/alice", R"({"role": "editor"})").status, 428U);
  auto changed = by(root, "PATCH", "/api/v1/accounts/alice", R"({"role": "editor"})", tag(before));
  EXPECT_EQ(changed.status, 200U) << changed.body;
  EXPECT_NE(tag(changed), tag(before));
  EXPECT_EQ(by(root, "PATCH", "/api/v1/accounts/alice", R"({"role": "viewer"})", tag(before)).status, 412U);
  EXPECT_EQ(by(root, "PATCH", "/api/v1/accounts/alice", R"({"role": "king"})", "*").status, 400U);
  EXPECT_EQ(by(root, "PATCH", "/api/v1/accounts/root", R"({"role": "viewer"})", "*").status, 412U) << "the last admin";
  EXPECT_EQ(by(root, "PATCH", "/api/v1/accounts/bob", R"({"role": "viewer"})", "*").status, 404U);
}

TEST_F(Accounts, passwords_are_changed_by_the_old_one_or_by_an_admin) {
  auto alice = make("alice", "viewer");
  auto put = [&](const Browser& who, std::string_view content) {
    return by(who, "PUT", "/api/v1/accounts/alice/password", content).status;
  };
  EXPECT_EQ(put(alice, R"({"old": "wrong", "password": "battery horse correct"})"), 403U);
  EXPECT_EQ(put(alice, R"({"old": "correct horse battery", "password": "short"})"), 400U);
  EXPECT_EQ(put(alice, R"({"old": "correct horse battery", "password": "battery horse correct"})"), 200U);
  alice = log_in("alice", "battery horse correct");
  EXPECT_EQ(by(alice, "PUT", "/api/v1/accounts/root/password", R"({"password": "battery horse correct"})").status,
            403U);
  EXPECT_EQ(put(log_in("root"), R"({"password": "staple battery horse"})"), 200U);
  EXPECT_EQ(by(alice, "GET", "/api/v1/session").status, 401U) << "a new password ends sessions";
  log_in("alice", "staple battery horse");
}

TEST_F(Accounts, a_forgotten_password_is_set_by_a_link) {
  make("alice", "viewer");
  auto token = accounts_.run(accounts_.access().setup.offer_reset("alice", testing::soon())).value();
  auto content = json::serialize(json::object{{"token", token.text().view()}, {"password", "staple battery horse"}});
  EXPECT_EQ(send(head("POST", "/api/v1/password-reset", content)).body, R"({"account":"alice"})");
  EXPECT_EQ(send(head("POST", "/api/v1/password-reset", content)).status, 401U);
  log_in("alice", "staple battery horse");
}

TEST_F(Accounts, grants_are_given_and_taken) {
  auto alice = make("alice", "none");
  auto root = log_in("root");
  EXPECT_EQ(by(alice, "GET", "/api/v1/monitors").status, 403U);
  auto given = by(root, "PUT", "/api/v1/accounts/alice/grants", R"({"folder": "", "role": "viewer"})");
  EXPECT_EQ(given.status, 200U) << given.body;
  EXPECT_EQ(by(alice, "GET", "/api/v1/accounts/alice/grants").body, R"({"grants":[{"folder":"","role":"viewer"}]})");
  EXPECT_EQ(by(alice, "GET", "/api/v1/monitors").status, 200U);
  EXPECT_EQ(by(alice, "GET", "/api/v1/accounts/root/grants").status, 403U);
  EXPECT_EQ(by(root, "PUT", "/api/v1/accounts/alice/grants", R"({"folder": "", "role": "admin"})").status, 400U);
  EXPECT_EQ(by(root, "PUT", "/api/v1/accounts/alice/grants", R"({"folder": "", "role": null})").status, 200U);
  EXPECT_EQ(by(alice, "GET", "/api/v1/monitors").status, 403U);
}

TEST_F(Accounts, the_audit_log_tells_who_changed_what_and_no_secret) {
  make("alice", "viewer");
  auto log = by(log_in("root"), "GET", "/api/v1/audit?target=account/alice");
  ASSERT_EQ(log.status, 200U) << log.body;
  const auto entries = json::parse(log.body).at("entries").as_array();
  ASSERT_FALSE(entries.empty());
  EXPECT_EQ(entries.back().at("what"), "account.create");
  EXPECT_EQ(entries.back().at("who"), "root");
  EXPECT_FALSE(log.body.contains("argon2")) << log.body;
}

TEST_F(Accounts, the_local_token_is_an_admin_without_an_account) {
  EXPECT_EQ(text(by_token(accounts_.local_token, "GET", "/api/v1/session"), "account"), "local");
  EXPECT_EQ(by_token(accounts_.local_token, "POST", "/api/v1/reload").status, 200U);
  auto made = by_token(accounts_.local_token, "POST", "/api/v1/accounts", R"({"name": "eve", "role": "admin"})");
  EXPECT_EQ(made.status, 401U) << "accounts are changed by accounts";
}

TEST_F(Accounts, whoever_does_not_log_in_may_look_where_that_is_allowed) {
  TestAccounts open(access::Role::kViewer);
  open.set_up();
  ask_.backend.real_gate = &open.gate();
  EXPECT_EQ(send(head("GET", "/api/v1/summary")).status, 200U);
  EXPECT_EQ(send(head("POST", "/api/v1/reload")).status, 403U);
  EXPECT_EQ(send(head("GET", "/api/v1/accounts")).status, 403U);
  auto request = head("GET", "/api/v1/summary");
  request.authorization = "Bearer x";
  EXPECT_EQ(send(request).status, 401U) << "a wrong token is not nobody";
}

TEST_F(Accounts, sql_text_is_a_name_like_any) {
  for (std::string name : {"root' OR '1'='1", "root'; DROP TABLE accounts; --", "root\"", "%", "_", "\\"}) {
    auto content = json::serialize(json::object{{"name", name}, {"password", TestAccounts::kPassword}});
    EXPECT_EQ(send(head("POST", "/api/v1/login", content)).status, 401U) << name;
  }
  log_in("root");
}

}  // namespace
}  // namespace holter::api
