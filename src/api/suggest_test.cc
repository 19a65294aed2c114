#include <gtest/gtest.h>

#include "api/fake_request.h"

namespace holter::api {
namespace {

const std::string kPath = "/api/v1/monitors/suggest";

TEST(Suggest, passes_the_text_on_and_tells_all_of_the_answer) {
  Asker ask;
  auto reply = ask.change("POST", kPath, R"({"text": "db1.example"})");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(ask.backend.suggester_.asked, "db1.example");
  EXPECT_EQ(ask.backend.suggester_.account, "tester");
  auto report = object(reply);
  EXPECT_EQ(report.at("kind"), "host");
  EXPECT_EQ(report.at("address"), "192.0.2.7");
  auto ping = report.at("suggestions").at(0), mysql = report.at("suggestions").at(1);
  EXPECT_EQ(ping.at("app"), "ping");
  EXPECT_EQ(ping.at("params").at("host"), "db1.example");
  EXPECT_EQ(ping.at("reason"), "ping");
  EXPECT_TRUE(ping.at("port").is_null());
  EXPECT_EQ(ping.at("duration_ms").to_number<double>(), 0.5);
  EXPECT_EQ(mysql.at("missing").at(0), "username");
  EXPECT_EQ(mysql.at("reason"), "default_port");
  EXPECT_EQ(mysql.at("port"), 3306);
  EXPECT_EQ(mysql.at("reachable"), false);
  EXPECT_TRUE(mysql.at("duration_ms").is_null());
  EXPECT_EQ(report.at("skipped").at(0).at("what"), "port 6379");
  EXPECT_EQ(report.at("truncated"), true);
}

TEST(Suggest, a_text_that_is_missing_or_too_long_is_not_passed_on) {
  Asker ask;
  auto refused = [&](const std::string& content) { return ask.change("POST", kPath, content).status; };
  EXPECT_EQ(refused("{}"), 400U);
  EXPECT_EQ(refused(R"({"text": ""})"), 400U);
  EXPECT_EQ(refused(R"({"text": 5})"), 400U);
  EXPECT_EQ(refused(R"({"text": "a", "ports": [1]})"), 400U);
  EXPECT_EQ(refused(R"({"text": ")" + std::string(2049, 'a') + R"("})"), 400U);
  EXPECT_EQ(ask.backend.suggester_.asked, "");
  EXPECT_EQ(refused(R"({"text": ")" + std::string(2048, 'a') + R"("})"), 200U);
}

TEST(Suggest, takes_an_editor_of_some_folder) {
  Asker ask;
  ask.backend.gate_.role = "operator";
  EXPECT_EQ(ask.change("POST", kPath, R"({"text": "a"})").status, 403U);
  ask.backend.gate_.grants = {{.account = "tester", .folder = "dc1", .role = "editor"}};
  EXPECT_EQ(ask.change("POST", kPath, R"({"text": "a"})").status, 200U);
}

TEST(Suggest, problems_are_answered_as_they_are) {
  Asker ask;
  ask.backend.suggester_.problem = Problem{429, "cannot look for suggestions: your last scan has not ended", "", 1};
  auto reply = ask.change("POST", kPath, R"({"text": "a"})");
  EXPECT_EQ(reply.status, 429U);
  EXPECT_EQ(header(reply, "Retry-After"), "1");
}

}  // namespace
}  // namespace holter::api
