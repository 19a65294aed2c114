#include <boost/json.hpp>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "access/test_provider.h"
#include "api/test_accounts.h"
#include "api/test_schema.h"

// Login by OpenID Connect through the routes, as a browser goes.
namespace holter::api {
namespace {

using access::FakeProvider;

class OidcRoutes : public ::testing::Test {
 protected:
  OidcRoutes() {
    ask_.backend.real_gate = &accounts_.gate();
    ask_.site.scheme = "https";
    ask_.site.authority = "holter.example";
  }
  void SetUp() override {
    accounts_.set_up();
    auto options = provider_.options();
    options.role = access::Role::kViewer;
    accounts_.access().let_in_by(std::move(options));
  }

  struct Seen {
    unsigned status = 0;
    std::string location, body;
    std::map<std::string, std::string> cookies;  ///< by name; the value as in Set-Cookie
  };
  Seen send(const RequestHead& head) {
    auto reply = ask_.send(head);
    Seen seen{reply.status, {}, reply.body, {}};
    for (const auto& [name, value] : reply.headers) {
      if (name == "Location") seen.location = value;
      if (name == "Set-Cookie") seen.cookies[value.substr(0, value.find('='))] = value.substr(value.find('=') + 1);
    }
    return seen;
  }
  Seen get(std::string target, std::string cookie = "") {
    RequestHead head{"GET", std::move(target), {"holter.example"}};
    head.cookie = std::move(cookie);
    head.address = "192.0.2.1";
    return send(head);
  }
  static std::string value_of(const std::string& cookie) { return cookie.substr(0, cookie.find(';')); }
  std::string target_of(const std::string& url, const std::string& code, const std::string& more = "") {
    return "/api/v1/login/oidc/callback?state=" + FakeProvider::parameter(url, "state") + "&code=" + code +
           "&iss=https%3A%2F%2Flogin.example%2Frealms%2Fmain" + more;
  }
  static constexpr const char* kCookie = "__Host-holter-oidc";

  TestAccounts accounts_;
  FakeProvider provider_{accounts_.clock()};
  Asker ask_;
};

TEST_F(OidcRoutes, a_browser_goes_to_the_provider_and_comes_back_logged_in) {
  auto begun = get("/api/v1/login/oidc?next=%2F%23monitors%3Fa%3Db");
  ASSERT_EQ(begun.status, 303U) << begun.body;
  EXPECT_TRUE(begun.location.starts_with("https://login.example/realms/main/auth?")) << begun.location;
  EXPECT_EQ(FakeProvider::parameter(begun.location, "redirect_uri"),
            "https%3A%2F%2Fholter.example%2Fapi%2Fv1%2Flogin%2Foidc%2Fcallback");
  const auto& cookie = begun.cookies[kCookie];
  EXPECT_TRUE(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600")) << cookie;
  auto code = provider_.agree(begun.location, "17", {{"preferred_username", "eva"}});
  auto target = target_of(begun.location, code, "&session_state=x&scope=a&scope=b");
  auto back = get(target, std::string(kCookie) + "=" + value_of(cookie));
  ASSERT_EQ(back.status, 303U) << back.body;
  EXPECT_EQ(back.location, "/#monitors?a=b");
  EXPECT_TRUE(back.cookies[kCookie].contains("Max-Age=0"));
  const auto& session = back.cookies["__Host-holter"];
  EXPECT_TRUE(session.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure")) << session;
  auto who = get("/api/v1/session", "__Host-holter=" + value_of(session));
  EXPECT_EQ(json::parse(who.body).at("account"), "eva");
  EXPECT_EQ(json::parse(who.body).at("role"), "viewer");
  EXPECT_EQ(get(target, std::string(kCookie) + "=" + value_of(cookie)).location, "/login?failed=stale");
}

TEST_F(OidcRoutes, another_browser_is_not_logged_in) {
  auto begun = get("/api/v1/login/oidc"), other = get("/api/v1/login/oidc");
  auto target = target_of(begun.location, provider_.agree(begun.location, "17", {{"preferred_username", "eva"}}));
  auto back = get(target, std::string(kCookie) + "=" + value_of(other.cookies[kCookie]));
  EXPECT_EQ(back.location, "/login?failed=stale");
  EXPECT_FALSE(back.cookies.contains("__Host-holter"));
  EXPECT_EQ(get(target_of(other.location, "x")).location, "/login?failed=stale") << "without a cookie";
}

TEST_F(OidcRoutes, it_goes_on_to_a_path_of_this_server_only) {
  for (std::string next : {"%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", ""}) {
    accounts_.clock().advance(std::chrono::minutes(1));
    auto begun = get("/api/v1/login/oidc?next=" + next);
    auto code = provider_.agree(begun.location, "17", {{"preferred_username", "eva"}});
    EXPECT_EQ(
        get(target_of(begun.location, code), std::string(kCookie) + "=" + value_of(begun.cookies[kCookie])).location,
        "/")
        << next;
  }
}

TEST_F(OidcRoutes, failures_are_a_word_for_the_page) {
  auto begun = get("/api/v1/login/oidc");
  auto cookie = std::string(kCookie) + "=" + value_of(begun.cookies[kCookie]);
  auto target =
      "/api/v1/login/oidc/callback?error=access_denied&error_description=no&iss=https://login.example/realms/"
      "main&state=" +
      FakeProvider::parameter(begun.location, "state");
  EXPECT_EQ(get(target, cookie).location, "/login?failed=refused");
  EXPECT_EQ(get("/api/v1/login/oidc/callback").location, "/login?failed=stale");
  EXPECT_EQ(get("/login?failed=stale").status, 200U);
  EXPECT_EQ(get("/api/v1/login/oidc/callback?state=a&state=b").status, 400U);
  EXPECT_EQ(get("/api/v1/login/oidc/callback?code=" + std::string(4097, 'c')).status, 400U);
}

TEST_F(OidcRoutes, without_a_url_of_its_own_the_server_is_where_it_was_asked) {
  ask_.site = {};
  RequestHead head{"GET", "/api/v1/login/oidc", {"127.0.0.1:2157"}};
  auto begun = send(head);
  EXPECT_EQ(FakeProvider::parameter(begun.location, "redirect_uri"),
            "http%3A%2F%2F127.0.0.1%3A2157%2Fapi%2Fv1%2Flogin%2Foidc%2Fcallback");
  EXPECT_TRUE(begun.cookies.contains("holter-oidc"));
  head.hosts = {"evil.example"};
  EXPECT_EQ(send(head).status, 421U);
  head.hosts.clear();
  head.http_1_0 = true;
  EXPECT_EQ(send(head).status, 400U);
}

TEST_F(OidcRoutes, the_page_is_told_of_the_provider) {
  EXPECT_EQ(get("/api/v1/setup").body, R"({"needed":false,"oidc":{"name":"Example"}})");
  accounts_.access().oidc.reset();
  EXPECT_EQ(get("/api/v1/setup").body, R"({"needed":false,"oidc":null})");
  EXPECT_EQ(get("/api/v1/login/oidc").status, 404U);
  EXPECT_EQ(get("/api/v1/login/oidc/callback?state=a").status, 404U);
}

TEST_F(OidcRoutes, an_admin_links_and_unlinks) {
  auto as = [&](const std::string& method, std::string query, std::string_view content, const std::string& token) {
    RequestHead head{method, "/api/v1/accounts/root/identity" + query, {"holter.example"}};
    head.content_type = "application/json";
    head.body = content;
    if (!token.empty()) head.authorization = "Bearer " + token;
    auto reply = ask_.send(head);
    if (reply.type == "application/json") {
      std::string lower = method == "GET" ? "get" : method == "PUT" ? "put" : "delete";
      const auto& operation = document().at("paths").at("/api/v1/accounts/{name}/identity").at(lower).as_object();
      check(json::parse(reply.body), schema_of(operation, std::to_string(reply.status), reply.type), method);
    }
    return reply;
  };
  auto in = accounts_.run(
      accounts_.access().login.log_in("root", secrets::SecretText(TestAccounts::kPassword), {}, testing::soon()));
  auto made =
      accounts_.run(accounts_.access().tokens.create(in->in->identity, {"root", "t", "admin", {}}, testing::soon()));
  auto weak =
      accounts_.run(accounts_.access().tokens.create(in->in->identity, {"root", "w", "edit", {}}, testing::soon()));
  std::string token(made->token.text().view()), less(weak->token.text().view());
  constexpr std::string_view kContent = R"({"issuer":"https://login.example/realms/main","subject":"17"})";
  const std::string query = "?issuer=https://login.example/realms/main&subject=17";
  EXPECT_EQ(as("PUT", "", kContent, "").status, 401U);
  EXPECT_EQ(as("PUT", "", kContent, less).status, 403U);
  EXPECT_EQ(as("PUT", "", R"({"issuer":"x"})", token).status, 400U);
  auto linked = as("PUT", "", kContent, token);
  EXPECT_EQ(linked.status, 200U) << linked.body;
  EXPECT_EQ(as("GET", "", "", token).body, R"({"identities":[)" + std::string(kContent) + "]}");
  auto begun = get("/api/v1/login/oidc");
  auto back = get(target_of(begun.location, provider_.agree(begun.location, "17")),
                  std::string(kCookie) + "=" + value_of(begun.cookies[kCookie]));
  EXPECT_EQ(back.location, "/");
  EXPECT_EQ(as("DELETE", "", "", token).status, 400U);
  EXPECT_EQ(as("DELETE", query, "", less).status, 403U);
  EXPECT_EQ(as("DELETE", query, "", token).status, 200U);
  EXPECT_EQ(as("DELETE", query, "", token).status, 404U);
  EXPECT_EQ(as("GET", "", "", token).body, R"({"identities":[]})");
}

}  // namespace
}  // namespace holter::api
