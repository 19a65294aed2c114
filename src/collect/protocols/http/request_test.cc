#include "collect/protocols/http/request.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::collect::http {
namespace {

using model::Node;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Entries = std::vector<std::pair<std::string, Node>>;

Node map_of(const Entries& entries) {
  Node node{.kind = Node::Kind::kMap};
  for (const auto& [key, value] : entries) {
    node.keys.push_back(key);
    node.items.push_back(value);
  }
  return node;
}
Node text(std::string value) {
  return Node::of_text(std::move(value));
}
Node list_of(std::initializer_list<const char*> items) {
  Node node{.kind = Node::Kind::kList};
  for (const char* item : items) node.items.push_back(text(item));
  return node;
}
/// A plan for host "h" and these entries.
Result<Plan> plan_of(Entries entries) {
  entries.insert(entries.begin(), {"host", text("h")});
  return Plan::make(map_of(entries), "application/json");
}
std::string url_of(Entries entries) {
  auto plan = plan_of(std::move(entries));
  return plan ? plan->request_at(WallTime{}).url : plan.error().message();
}

TEST(HttpRequestPlan, builds_the_url) {
  EXPECT_EQ(url_of({}), "http://h:80/");
  EXPECT_EQ(url_of({{"ssl", text("true")}}), "https://h:443/");
  EXPECT_EQ(url_of({{"port", text("8080")}, {"url", text(" status ")}}), "http://h:8080/status");
  EXPECT_EQ(url_of({{"url", text("/a?b=c")}}), "http://h:80/a?b=c");
}

TEST(HttpRequestPlan, a_scheme_of_the_host_wins_over_ssl) {
  EXPECT_EQ(
      Plan::make(map_of({{"host", text("https://site/x")}, {"ssl", text("false")}}), "*/*")->request_at(WallTime{}).url,
      "https://site:443/");
  EXPECT_EQ(
      Plan::make(map_of({{"host", text("HTTP://site")}, {"ssl", text("true")}}), "*/*")->request_at(WallTime{}).url,
      "http://site:80/");
}

TEST(HttpRequestPlan, puts_ipv6_into_brackets) {
  EXPECT_EQ(Plan::make(map_of({{"host", text("2001:db8::1")}}), "*/*")->request_at(WallTime{}).url,
            "http://[2001:db8::1]:80/");
  EXPECT_EQ(Plan::make(map_of({{"host", text("[::1]")}, {"port", text("81")}}), "*/*")->host(), "[::1]:81");
}

TEST(HttpRequestPlan, appends_params_and_encodes) {
  Entries entries{
      {"url", text("/a b%20/\xc3\xbc?x=1 2")},
      {"params",
       map_of({{"tag", text("id:G1 Eden Space")}, {"flag", text(" ")}, {"", text("v")}, {"k&", text("a=b&c+d?")}})}};
  EXPECT_EQ(url_of(entries), "http://h:80/a%20b%2520/%C3%BC?x=1%202&tag=id:G1%20Eden%20Space&flag&k%26=a%3Db%26c+d?");
  entries.emplace_back("enableUrlEncoding", text("false"));
  EXPECT_EQ(url_of(entries), "http://h:80/a b%20/\xc3\xbc?x=1 2&tag=id:G1 Eden Space&flag&k&=a=b&c+d?");
}

TEST(HttpRequestPlan, a_null_switch_turns_encoding_off) {
  EXPECT_EQ(url_of({{"url", text("/a%20")}, {"enableUrlEncoding", Node{}}}), "http://h:80/a%20");
  EXPECT_EQ(url_of({{"url", text("/a%20")}}), "http://h:80/a%2520");
}

TEST(HttpRequestPlan, adds_headers) {
  auto plan = plan_of({{"headers", map_of({{"X-One", text("1")}, {"X-Blank", text(" ")}})}});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->request_at(WallTime{}).headers,
              ElementsAre(Pair("User-Agent", ::testing::MatchesRegex("Holter/[0-9]+\\.[0-9]+\\.[0-9]+")),
                          Pair("X-One", "1"), Pair("Accept", "application/json")));
}

TEST(HttpRequestPlan, sends_a_body_with_post_put_and_patch_only) {
  for (const char* method : {"POST", "put", "PATCH"}) {
    auto plan = plan_of({{"method", text(method)}, {"payload", text("p")}});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->request_at(WallTime{}).body, "p");
    EXPECT_THAT(plan->request_at(WallTime{}).headers, Contains(Pair("Content-Type", "text/plain; charset=UTF-8")));
  }
  EXPECT_EQ(plan_of({{"method", text("GET")}, {"payload", text("p")}})->request_at(WallTime{}).body, "");
  auto typed = plan_of({{"method", text("POST")},
                        {"payload", text("{}")},
                        {"headers", map_of({{"content-type", text("application/json")}})}});
  EXPECT_THAT(typed->request_at(WallTime{}).headers, ::testing::Not(Contains(Pair("Content-Type", ::testing::_))));
}

TEST(HttpRequestPlan, refuses_unknown_methods_and_headers_with_line_ends) {
  auto method = plan_of({{"method", text("TRACE")}});
  ASSERT_FALSE(method);
  EXPECT_THAT(method.error().message(), HasSubstr("cannot use the method 'TRACE'"));
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, const char*>>{{"X", "a\r\nY: b"}, {"X\n", "a"}, {"X:", "a"}, {"X", "a\nb"}}) {
    auto plan = plan_of({{"headers", map_of({{name, text(value)}})}});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(HttpRequestPlan, knows_the_ways_to_log_in) {
  using Auth = net::HttpRequest::Auth;
  auto with = [](const Entries& entries) {
    return plan_of({{"authorization", map_of(entries)}})->request_at(WallTime{});
  };
  auto bearer = with({{"type", text("bearer token")}, {"bearerTokenToken", text("t")}});
  EXPECT_THAT(bearer.headers, Contains(Pair("Authorization", "Bearer t")));
  auto basic = with({{"type", text("Basic Auth")}, {"basicAuthUsername", text("u")}, {"basicAuthPassword", text("p")}});
  EXPECT_EQ(basic.auth, Auth::kBasic);
  EXPECT_EQ(basic.user, "u");
  EXPECT_EQ(basic.password, "p");
  auto digest =
      with({{"type", text("Digest Auth")}, {"digestAuthUsername", text("u")}, {"digestAuthPassword", text("p")}});
  EXPECT_EQ(digest.auth, Auth::kDigest);
  auto half = with({{"type", text("Basic Auth")}, {"basicAuthUsername", text("u")}, {"basicAuthPassword", text(" ")}});
  EXPECT_EQ(half.auth, Auth::kNone);
  EXPECT_EQ(with({{"type", text("")}}).auth, Auth::kNone);
}

TEST(HttpRequestPlan, reads_success_codes) {
  auto codes = [](Node node) {
    auto plan = plan_of({{"successCodes", std::move(node)}});
    auto list = plan->success_codes();
    return std::vector<int>(list.begin(), list.end());
  };
  EXPECT_THAT(plan_of({})->success_codes(), ElementsAre(200));
  EXPECT_THAT(codes(Node{}), ElementsAre(200));
  EXPECT_THAT(codes(list_of({"200", " 201", "x"})), ElementsAre(200, 201));
  EXPECT_THAT(codes(list_of({"200, 404"})), ElementsAre(200, 404));
  EXPECT_THAT(codes(text("301,302")), ElementsAre(301, 302));
  EXPECT_THAT(codes(list_of({"x"})), ElementsAre(200, 201, 202, 300, 301, 302));
}

TEST(HttpRequestPlan, evaluates_time_expressions_at_each_request) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  auto plan = plan_of({{"url", text("/usage")},
                       {"method", text("POST")},
                       {"payload", text("{\"from\": \"${@date}\"}")},
                       {"params", map_of({{"to", text("${@date + 1d}")}, {"raw ${@x}", text("a b")}})}});
  ASSERT_TRUE(plan);
  WallTime day{std::chrono::sys_days(std::chrono::year(2026) / 2 / 28)};
  auto first = plan->request_at(day);
  EXPECT_EQ(first.url, "http://h:80/usage?to=2026-03-01&raw%20$%7B@x%7D=a%20b");
  EXPECT_EQ(first.body, "{\"from\": \"2026-02-28\"}");
  EXPECT_EQ(plan->request_at(day + std::chrono::days(1)).body, "{\"from\": \"2026-03-01\"}");
  EXPECT_THAT(first.headers, Contains(Pair("Content-Type", "text/plain; charset=UTF-8")));
}

TEST(HttpRequestPlan, keeps_a_request_without_time_expressions_as_it_is) {
  auto plan = plan_of({{"url", text("/a?")}, {"params", map_of({{"k", text("v")}})}});
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->timed());
  EXPECT_EQ(plan->request_at(WallTime{}).url, "http://h:80/a?k=v");
}

}  // namespace
}  // namespace holter::collect::http
