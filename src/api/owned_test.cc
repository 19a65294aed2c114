#include <boost/json.hpp>

#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

// Routes by which users make and change monitors.
namespace holter::api {
namespace {

const std::string kMonitors = "/api/v1/monitors";
const std::string kOne = kMonitors + "/0123456789abcdef";

class Owned : public ::testing::Test {
 protected:
  Asker::Reply send(std::string method, std::string target, std::string_view json, std::string if_match = "",
                    std::string key = "") {
    return ask.change(std::move(method), std::move(target), json, std::move(if_match), std::move(key));
  }
  FakeOwned& owned() { return ask.backend.owned_; }

  Asker ask;
};

TEST_F(Owned, a_new_monitor_is_answered_with_its_place_and_version) {
  auto reply = send("POST", kMonitors, R"({"name": "a", "app": "ping", "paused": true, "params": {"port": 80}})");
  ASSERT_EQ(reply.status, 201U) << reply.body;
  EXPECT_EQ(header(reply, "Location"), kOne);
  EXPECT_EQ(header(reply, "ETag"), "\"7\"");
  EXPECT_EQ(object(reply).at("version").to_number<int>(), 7);
  // As texts, like those of files.
  EXPECT_EQ(owned().fields.find("paused")->text, "true");
  EXPECT_EQ(owned().fields.find("params")->find("port")->text, "80");
}

TEST_F(Owned, a_secret_is_only_said_to_be_set) {
  auto reply = send("POST", kMonitors, "{}");
  EXPECT_EQ(object(reply).at("params").at("password"), boost::json::parse(R"({"set": true})")) << reply.body;
}

TEST_F(Owned, one_that_is_not_of_a_file_is_asked_of_the_catalog) {
  EXPECT_EQ(ask.get(kOne).status, 200U);
  EXPECT_TRUE(owned().calls.empty());
  ask.backend.rows_[0].in_file = false;
  auto reply = ask.get(kOne);
  EXPECT_EQ(owned().calls, std::vector<std::string>{"find"});
  EXPECT_EQ(header(reply, "ETag"), "\"7\"");
  EXPECT_EQ(object(reply).at("owner").as_string(), "api");
  EXPECT_EQ(object(reply).at("description").as_string(), "the way out");
}

TEST_F(Owned, a_change_names_the_version_that_it_is_of) {
  for (std::string method : {"PUT", "PATCH"}) {
    auto missing = send(method, kOne, "{}");
    EXPECT_EQ(missing.status, 428U) << missing.body;
    EXPECT_EQ(object(missing).at("parameter").as_string(), "If-Match");
    EXPECT_EQ(send(method, kOne, "{}", "3").status, 400U);
    EXPECT_TRUE(owned().calls.empty());
    EXPECT_EQ(send(method, kOne, "{}", "\"3\"").status, 200U);
    EXPECT_EQ(owned().version, 3U);
    EXPECT_EQ(send(method, kOne, "{}", "*").status, 200U);
    EXPECT_FALSE(owned().version);
    // No tag of this server: it matches no version.
    for (std::string tag : {"\"abc\"", "W/\"3\"", "\"\"", "\"3x\""}) {
      EXPECT_EQ(send(method, kOne, "{}", tag).status, 200U) << tag;
      EXPECT_EQ(owned().version, 0U) << tag;
    }
    owned().calls.clear();
  }
}

TEST_F(Owned, deleting_and_pausing_take_a_version_but_need_none) {
  EXPECT_EQ(send("DELETE", kOne, "").status, 200U);
  EXPECT_FALSE(owned().version);
  EXPECT_EQ(send("DELETE", kOne, "", "\"4\"").status, 200U);
  EXPECT_EQ(owned().version, 4U);
  EXPECT_EQ(send("POST", kOne + "/pause", "").status, 200U);
  EXPECT_EQ(send("POST", kOne + "/resume", "{}", "\"5\"").status, 200U);
  EXPECT_EQ(owned().version, 5U);
  EXPECT_EQ(owned().calls, (std::vector<std::string>{"remove", "remove", "pause", "resume"}));
  EXPECT_EQ(send("POST", kOne + "/pause", R"({"why": 1})").status, 400U);
}

TEST_F(Owned, problems_are_told_as_they_are) {
  owned().problem = Problem{422, "cannot send it elsewhere", "params.password", 0};
  for (auto reply : {send("POST", kMonitors, "{}"), send("PUT", kOne, "{}", "*"), send("PATCH", kOne, "{}", "*"),
                     send("DELETE", kOne, ""), send("POST", kOne + "/clone", ""), send("POST", kOne + "/pause", ""),
                     send("POST", kMonitors + "/test", "{}"), send("POST", kMonitors + "/check", "{}")}) {
    EXPECT_EQ(reply.status, 422U) << reply.body;
    EXPECT_EQ(reply.type, "application/problem+json");
    EXPECT_EQ(object(reply).at("parameter").as_string(), "params.password");
  }
}

TEST_F(Owned, content_that_is_no_object_is_refused) {
  for (std::string json : {"[]", "{", "1", R"("x")"}) {
    EXPECT_EQ(send("POST", kMonitors, json).status, 400U) << json;
    EXPECT_EQ(send("PATCH", kOne, json, "*").status, 400U) << json;
    EXPECT_EQ(send("POST", kMonitors + "/test", json).status, 400U) << json;
  }
  EXPECT_TRUE(owned().calls.empty());
}

TEST_F(Owned, content_that_needs_more_memory_than_there_is_is_refused) {
  auto held = ask.account.reserve((64U << 20) - 64 * 1024);
  ASSERT_TRUE(held);
  EXPECT_EQ(send("POST", kMonitors, R"({"params": [)" + std::string(60'000, ' ') + "]}").status, 503U);
  EXPECT_TRUE(owned().calls.empty());
}

TEST_F(Owned, a_request_that_is_sent_again_under_its_key_has_its_first_answer) {
  auto first = send("POST", kMonitors, R"({"name": "a"})", "", "k1");
  ASSERT_EQ(first.status, 201U);
  auto again = send("POST", kMonitors, R"({"name": "a"})", "", "k1");
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers, first.headers);
  EXPECT_EQ(owned().calls.size(), 1U);
  EXPECT_EQ(send("POST", kMonitors, R"({"name": "b"})", "", "k1").status, 422U);
  EXPECT_EQ(send("POST", kOne + "/clone", R"({"name": "a"})", "", "k1").status, 422U);
  EXPECT_EQ(send("POST", kMonitors, R"({"name": "a"})", "", std::string(256, 'k')).status, 400U);
  EXPECT_EQ(owned().calls.size(), 1U);
}

TEST_F(Owned, a_request_that_failed_may_be_tried_again_under_its_key) {
  owned().problem = Problem{503, "cannot now", "", 2};
  EXPECT_EQ(send("POST", kMonitors, "{}", "", "k1").status, 503U);
  owned().problem.reset();
  EXPECT_EQ(send("POST", kMonitors, "{}", "", "k1").status, 201U);
  EXPECT_EQ(owned().calls.size(), 2U);
}

TEST_F(Owned, changes_pass_the_fence_of_all_that_changes_something) {
  for (std::string method : {"PATCH", "DELETE", "PUT"}) {
    RequestHead head{method, kOne, {"localhost:2157"}};
    head.if_match = "*";
    EXPECT_EQ(ask.send(head).status, 415U) << method;
    head.content_type = "application/json";
    head.origins = {"http://evil.example"};
    EXPECT_EQ(ask.send(head).status, 403U) << method;
  }
  EXPECT_TRUE(owned().calls.empty());
}

TEST_F(Owned, short_memory_leaves_the_ways_out) {
  ask.backend.work_refused = true;
  EXPECT_EQ(send("POST", kMonitors, "{}").status, 503U);
  EXPECT_EQ(send("PATCH", kOne, "{}", "*").status, 503U);
  EXPECT_EQ(send("DELETE", kOne, "").status, 200U);
  EXPECT_EQ(send("POST", kOne + "/pause", "").status, 200U);
}

TEST(OwnedOverASocket, patches_carry_content_and_headers) {
  TestServer server;
  RawClient client(server.port());
  client.send("PATCH " + kOne +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIf-Match: \"3\"\r\n" +
              "Content-Length: 15\r\n\r\n{\"name\": \"new\"}");
  auto answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_NE(answer.find("ETag: \"7\""), std::string::npos) << answer;
  client.send("POST " + kMonitors + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
              "Idempotency-Key: k\r\nContent-Length: 2\r\n\r\n{}");
  answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 Created")) << answer;
}

}  // namespace
}  // namespace holter::api
