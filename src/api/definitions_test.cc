#include "api/definitions.h"

#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

// Routes of definitions.
namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kAll = "/api/v1/definitions";
const std::string kPing = kAll + "/ping";
constexpr std::string_view kText = R"({"text": "app: ping\n"})";

class DefinitionRoutes : public ::testing::Test {
 protected:
  Asker::Reply send(std::string method, std::string target, std::string_view json, std::string if_match = "") {
    return ask.change(std::move(method), std::move(target), json, std::move(if_match));
  }
  FakeDefinitions& definitions() { return ask.backend.definitions_; }

  Asker ask;
};

TEST_F(DefinitionRoutes, a_list_is_filtered_and_paged) {
  auto reply = ask.get(kAll + "?offset=2&limit=5&text=Pi&category=network");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(definitions().query.offset, 2U);
  EXPECT_EQ(definitions().query.limit, 5U);
  EXPECT_EQ(definitions().query.text, "Pi");
  EXPECT_EQ(definitions().query.category, "network");
  const auto row = object(reply).at("definitions").as_array().at(0).as_object();
  EXPECT_EQ(row.at("name").at("zh-CN").as_string(), "PING 连通性");
  EXPECT_EQ(row.at("overrides").as_string(), "definitions/network/ping.yml");
  EXPECT_TRUE(row.at("file").is_null());
  EXPECT_EQ(ask.get(kAll + "?limit=0").status, 400U);
}

TEST_F(DefinitionRoutes, one_of_a_file_has_no_version_and_the_tag_zero) {
  definitions().row.source = DefinitionSource::kBuiltIn;
  definitions().row.version = 0;
  auto reply = ask.get(kPing);
  EXPECT_EQ(header(reply, "ETag"), "\"0\"");
  EXPECT_TRUE(object(reply).at("version").is_null());
  EXPECT_EQ(object(reply).at("file").as_string(), "definitions/network/ping.yml");
  EXPECT_TRUE(object(reply).at("overrides").is_null());
}

TEST_F(DefinitionRoutes, a_summary_has_what_a_form_needs_and_no_secret) {
  auto reply = ask.get(kPing);
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(header(reply, "ETag"), "\"7\"");
  EXPECT_THAT(reply.body, Not(HasSubstr("hunter2")));
  const auto port = object(reply).at("params").at(0);
  EXPECT_EQ(port.at("type").as_string(), "number");
  EXPECT_EQ(port.at("range").as_string(), "[0,65535]");
  EXPECT_EQ(port.at("default").as_string(), "80");
  EXPECT_TRUE(object(reply).at("params").at(1).at("secret").as_bool());
  const auto mode = object(reply).at("params").at(2);
  EXPECT_EQ(mode.at("options").at(0).at("value").as_string(), "fast");
  EXPECT_EQ(mode.at("depend").at("port").at(1).as_string(), "443");
  const auto set = object(reply).at("results").at(0);
  EXPECT_EQ(set.at("interval_ms").to_number<int>(), 30'000);
  EXPECT_EQ(set.at("fields").at(0).at("unit").as_string(), "ms");
  EXPECT_EQ(set.at("fields").at(1).at("unit").as_string(), "MB");
}

TEST_F(DefinitionRoutes, the_text_comes_for_who_asks_for_yaml) {
  for (bool by_header : {false, true}) {
    RequestHead head{"GET", by_header ? kPing : kPing + "?format=yaml", {"localhost"}};
    if (by_header) head.accept = "application/yaml";
    auto reply = ask.send(head);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.type, "application/yaml");
    EXPECT_EQ(reply.body, "app: ping\n");
  }
  EXPECT_EQ(ask.get(kPing + "?format=yaml&version=3").status, 200U);
  EXPECT_EQ(definitions().version, 3U);
  EXPECT_EQ(ask.get(kPing + "?format=xml").status, 400U);
  auto old = ask.get(kPing + "?version=3");
  EXPECT_EQ(header(old, "ETag"), "");
  EXPECT_EQ(object(ask.get(kPing + "/versions")).at("versions").as_array().size(), 2U);
}

TEST_F(DefinitionRoutes, a_change_names_the_version_that_it_is_of) {
  EXPECT_EQ(send("PUT", kPing, kText, "\"3\"").status, 200U);
  EXPECT_EQ(definitions().version, 3U);
  EXPECT_FALSE(definitions().order.any);
  EXPECT_EQ(send("PUT", kPing, kText, "\"0\"").status, 200U);
  EXPECT_EQ(definitions().version, 0U);
  EXPECT_EQ(send("PUT", kPing, kText, "*").status, 200U);
  EXPECT_FALSE(definitions().version);
  EXPECT_TRUE(definitions().order.any);
  EXPECT_EQ(send("PUT", kPing, kText).status, 200U);  // whether one is needed the backend knows
  EXPECT_FALSE(definitions().version);
  EXPECT_FALSE(definitions().order.any);
  EXPECT_EQ(send("PUT", kPing, kText, "no tag").status, 400U);
  // No tag of this server: it matches no version, and not that of a file either.
  for (std::string tag : {"\"abc\"", "W/\"3\"", "\"\"", "\"00\""}) {
    EXPECT_EQ(send("PUT", kPing, kText, tag).status, 200U) << tag;
    EXPECT_GT(definitions().version, 1'000'000'000'000U) << tag;
  }
}

TEST_F(DefinitionRoutes, a_report_says_what_came_of_it) {
  auto reply = send("PUT", kPing, R"({"text": "app: ping", "dry_run": true})", "*");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_TRUE(definitions().order.dry_run);
  EXPECT_TRUE(object(reply).at("version").is_null());
  EXPECT_EQ(header(reply, "ETag"), "");
  EXPECT_EQ(object(reply).at("findings").at(0).at("line").to_number<int>(), 3);
  reply = send("PUT", kPing, kText, "*");
  EXPECT_EQ(header(reply, "ETag"), "\"8\"");
  EXPECT_EQ(object(reply).at("monitors").to_number<int>(), 12);
  reply = send("DELETE", kPing, "", "\"7\"");
  EXPECT_TRUE(object(reply).at("removed").as_bool());
  EXPECT_EQ(object(reply).at("pending").as_string(), "no memory");
}

TEST_F(DefinitionRoutes, content_without_a_text_is_refused) {
  for (std::string json : {"{}", "[]", R"({"text": 1})", R"({"text": "x", "dry_run": 1})", R"({"txt": "x"})"})
    EXPECT_EQ(send("PUT", kPing, json, "*").status, 400U) << json;
  for (std::string json : {"{}", "[]", R"({"text": 1})", R"({"text": "x", "dry_run": true})"})
    EXPECT_EQ(send("POST", kPing + "/check", json).status, 400U) << json;
  EXPECT_THAT(definitions().calls, IsEmpty());
}

TEST_F(DefinitionRoutes, a_problem_has_lines_and_monitors) {
  Problem problem{422, "cannot use the text", "text", 0};
  problem.findings.push_back({define::Problem::Severity::kError, "ping", 12, 7, "metrics[0].fields", "cannot ..."});
  problem.findings.push_back({define::Problem::Severity::kWarning, "ping", 0, 0, "", "odd"});
  problem.monitors.push_back({"gateway", "params.port: gone"});
  definitions().problem = problem;
  auto reply = send("PUT", kPing, kText, "*");
  EXPECT_EQ(reply.status, 422U);
  EXPECT_EQ(reply.type, "application/problem+json");
  auto document = object(reply);
  EXPECT_EQ(document.at("findings").at(0).at("line").to_number<int>(), 12);
  EXPECT_EQ(document.at("findings").at(0).at("severity").as_string(), "error");
  EXPECT_TRUE(document.at("findings").at(1).at("line").is_null());
  EXPECT_EQ(document.at("monitors").at(0).at("name").as_string(), "gateway");
}

TEST_F(DefinitionRoutes, a_check_with_monitors_that_could_not_go_on_is_not_usable) {
  auto reply = send("POST", kPing + "/check", kText);
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_FALSE(object(reply).at("usable").as_bool());
  EXPECT_EQ(object(reply).at("refused").at(0).at("name").as_string(), "gateway");
  DefinitionCheck check;
  check.problems.push_back({define::Problem::Severity::kWarning, "", 0, 0, "", ""});
  EXPECT_TRUE(check.usable());
  check.problems.push_back({define::Problem::Severity::kError, "", 0, 0, "", ""});
  EXPECT_FALSE(check.usable());
}

TEST_F(DefinitionRoutes, only_an_admin_changes_and_a_viewer_reads) {
  for (std::string role : {"viewer", "operator", "editor"}) {
    ask.backend.gate_.role = role;
    EXPECT_EQ(ask.get(kAll).status, 200U) << role;
    EXPECT_EQ(ask.get(kPing).status, 200U) << role;
    EXPECT_EQ(ask.get(kPing + "/versions").status, 200U) << role;
    definitions().calls.clear();
    EXPECT_EQ(send("PUT", kPing, kText, "*").status, 403U) << role;
    EXPECT_EQ(send("DELETE", kPing, "", "*").status, 403U) << role;
    EXPECT_EQ(send("POST", kPing + "/check", kText).status, 403U) << role;
    EXPECT_THAT(definitions().calls, IsEmpty()) << role;
  }
}

TEST(DefinitionsOverASocket, a_text_may_be_longer_than_other_content) {
  TestServer server;
  RawClient client(server.port());
  auto put = [&](const std::string& path, std::size_t bytes) {
    auto content = R"({"text": ")" + std::string(bytes, 'x') + "\"}";
    client.send("PUT " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(content.size()) + "\r\nIf-Match: *\r\n\r\n" + content);
    return client.read_answer();
  };
  auto answer = put(kPing, 256 * 1024);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_EQ(server.backend.definitions_.order.text.size(), 256U * 1024);
  EXPECT_TRUE(put("/api/v1/monitors/0123456789abcdef", 256 * 1024).starts_with("HTTP/1.1 413 "));
}

TEST(Router, content_is_bounded_by_the_route_of_its_shape) {
  EXPECT_EQ(content_limit("PUT", "/api/v1/definitions/ping", 1), 768U * 1024);
  EXPECT_EQ(content_limit("PUT", "/api/v1/definitions/ping?x=1", 1), 768U * 1024);
  EXPECT_EQ(content_limit("POST", "/api/v1/definitions/ping/check", 1), 768U * 1024);
  EXPECT_EQ(content_limit("POST", "/api/v1/monitors/import", 1), 16U * 1024 * 1024);
  for (std::string path : {"/api/v1/definitions/", "/api/v1/definitions", "/api/v1/definitions//", "/", "",
                           "/api/v1/definitions/ping/x", "/api/v1/definitions/ping/check"})
    EXPECT_EQ(content_limit("PUT", path, 1), 1U) << path;
}

}  // namespace
}  // namespace holter::api
