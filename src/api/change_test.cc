#include <boost/json.hpp>

#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

// Routes that change something, and who may use them.
namespace holter::api {
namespace {

const std::string kBudget = "/api/v1/memory/budget";

RequestHead put(std::string_view json) {
  RequestHead head{"PUT", kBudget, {"localhost:2157"}};
  head.content_type = "application/json; charset=utf-8";
  head.body = json;
  return head;
}

TEST(Change, a_budget_is_a_size_or_the_default) {
  Asker ask;
  auto reply = ask.change("PUT", kBudget, R"({"budget": "128MiB"})");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(ask.backend.asked_budget, 128U << 20);
  EXPECT_EQ(object(reply).at("budget_bytes").to_number<std::uint64_t>(), 128U << 20);
  EXPECT_FALSE(object(reply).at("is_default").as_bool());
  reply = ask.change("PUT", kBudget, R"({"budget": null})");
  EXPECT_EQ(ask.backend.asked_budget, 0U);
  EXPECT_TRUE(object(reply).at("is_default").as_bool());
}

TEST(Change, a_budget_that_cannot_be_read_is_refused_with_what_to_send) {
  Asker ask;
  for (std::string json :
       {R"({"budget": "64"})", R"({"budget": "-1"})", R"({"budget": "900%"})", R"({"budget": "1EiB"})",
        R"({"budget": "0MiB"})", R"({"budget": ""})", R"({"budget": 134217728})", R"({"budget": "1MiB"})", R"({})", "",
        "[]", "{", R"({"bugdet": "128MiB"})", R"({"budget": "128MiB", "x": 1})", "[[[[[[[[[[[[]]]]]]]]]]]]"}) {
    auto reply = ask.change("PUT", kBudget, json);
    EXPECT_EQ(reply.status, 400U) << json;
    EXPECT_TRUE(object(reply).at("detail").as_string().starts_with("cannot ")) << reply.body;
    EXPECT_FALSE(ask.backend.asked_budget) << json;
  }
  EXPECT_TRUE(ask.change("PUT", kBudget, R"({"bugdet": "1"})").body.contains("did you mean 'budget'?"));
}

TEST(Change, content_that_needs_more_memory_than_there_is_is_refused) {
  Asker ask;
  auto held = ask.account.reserve((64U << 20) - 64 * 1024);
  ASSERT_TRUE(held);
  EXPECT_EQ(ask.change("PUT", kBudget, "[" + std::string(60'000, '1') + "]").status, 503U);
}

TEST(Change, content_must_be_said_to_be_json) {
  Asker ask;
  for (std::string type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                           "application/jsonx", "text/plain; application/json"}) {
    auto head = put(R"({"budget": "128MiB"})");
    head.content_type = type;
    EXPECT_EQ(ask.send(head).status, 415U) << type;
  }
  auto head = put(R"({"budget": "128MiB"})");
  head.content_type = "Application/JSON ; x=y";
  EXPECT_EQ(ask.send(head).status, 200U);
}

TEST(Change, pages_of_other_sites_change_nothing) {
  Asker ask;
  for (std::string origin : {"http://evil.example", "null", "", "http://localhost", "http://localhost:2158",
                             "https://localhost:2157", "http://localhost:2157.evil.example", "http://127.0.0.1:2157"}) {
    auto head = put(R"({"budget": "128MiB"})");
    head.origins = {origin};
    EXPECT_EQ(ask.send(head).status, 403U) << origin;
  }
  for (std::string site : {"cross-site", "same-site", "?"}) {
    auto head = put(R"({"budget": "128MiB"})");
    head.fetch_site = site;
    EXPECT_EQ(ask.send(head).status, 403U) << site;
  }
  auto two = put(R"({"budget": "128MiB"})");
  two.origins = {"http://localhost:2157", "http://evil.example"};
  EXPECT_EQ(ask.send(two).status, 403U);
  EXPECT_FALSE(ask.backend.asked_budget);

  auto own = put(R"({"budget": "128MiB"})");
  own.origins = {"http://localhost:2157"};
  own.fetch_site = "same-origin";
  EXPECT_EQ(ask.send(own).status, 200U);
}

TEST(Change, foreign_hosts_change_nothing) {
  Asker ask;
  auto head = put(R"({"budget": "128MiB"})");
  head.hosts = {"evil.example:2157"};
  head.origins = {"http://evil.example:2157"};
  EXPECT_EQ(ask.send(head).status, 421U);
  EXPECT_FALSE(ask.backend.asked_budget);
}

TEST(Change, questions_may_come_from_any_origin_since_no_page_can_read_the_answer) {
  Asker ask;
  RequestHead head{"GET", "/api/v1/summary", {"localhost:2157"}};
  head.origins = {"http://evil.example"};
  EXPECT_EQ(ask.send(head).status, 200U);
}

TEST(Change, a_reload_reports_what_is_in_force) {
  Asker ask;
  auto reply = ask.change("POST", "/api/v1/reload", "");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(ask.backend.reloads, 1);
  EXPECT_EQ(object(reply).at("added").to_number<int>(), 1);
  EXPECT_EQ(object(reply).at("needs_restart").as_array().at(0).as_string(), "server.listen");
  EXPECT_EQ(ask.change("POST", "/api/v1/reload", "{}").status, 200U);
  EXPECT_EQ(ask.change("POST", "/api/v1/reload", R"({"force": true})").status, 400U);
  EXPECT_EQ(ask.backend.reloads, 2);
  auto dry = ask.change("POST", "/api/v1/reload", R"({"dry_run": true})");
  EXPECT_EQ(dry.status, 200U) << dry.body;
  EXPECT_TRUE(dry.body.contains(R"("monitors":[{"name":"gateway","change":"removed"}])")) << dry.body;
  EXPECT_EQ(ask.backend.reloads, 2);
  EXPECT_EQ(ask.backend.dry_reloads, 1);
  ask.backend.reload_error = Error(ErrorCode::kInvalidArgument, "cannot use holter.yml: 2 errors");
  EXPECT_EQ(ask.change("POST", "/api/v1/reload", "").status, 400U);
  ask.backend.reload_error = Error(ErrorCode::kUnavailable, "cannot reload: another reload runs");
  EXPECT_EQ(ask.change("POST", "/api/v1/reload", "").status, 503U);
}

TEST(Change, another_method_is_told_which_ones_there_are) {
  Asker ask;
  auto reply = ask.get(kBudget);
  EXPECT_EQ(reply.status, 405U);
  EXPECT_EQ(reply.headers.back().second, "PUT");
  EXPECT_EQ(ask.change("POST", "/api/v1/memory", "{}").status, 405U);
}

TEST(Change, works_over_a_socket_in_pieces) {
  TestServer server;
  RawClient client(server.port());
  client.send("PUT /api/v1/memory/budget HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
  client.send("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"bud\r\n");
  client.send("f\r\nget\": \"128MiB\"}\r\n0\r\n\r\n");
  auto answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_TRUE(answer.ends_with(R"({"budget_bytes":134217728,"is_default":false})")) << answer;
  client.send("POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 OK"));
}

}  // namespace
}  // namespace holter::api
