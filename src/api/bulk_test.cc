#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

// Routes for many monitors at once.
namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kBulk = "/api/v1/monitors/bulk";
const std::string kImport = "/api/v1/monitors/import";
const std::string kExport = "/api/v1/monitors/export";

class Bulk : public ::testing::Test {
 protected:
  FakeOwned& owned() { return ask.backend.owned_; }
  std::string fault_of(std::string_view json) {
    auto reply = ask.change("POST", kBulk, json);
    EXPECT_EQ(reply.status, 400U) << json << reply.body;
    EXPECT_THAT(owned().calls, IsEmpty()) << json;
    return std::string(object(reply).at("parameter").as_string());
  }
  Asker ask;
};

TEST_F(Bulk, an_order_says_which_monitors_and_what_becomes_of_them) {
  auto reply = ask.change("POST", kBulk, R"({
    "filter": {"text": "gate", "app": "ping", "state": "DOWN", "labels": {"site": "lab"}, "ids": ["0123456789abcdef"]},
    "action": "edit", "dry_run": true,
    "edit": {"interval": "5m", "criticality": "low", "labels": {"team": "net", "old": null}}})");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& order = owned().order;
  EXPECT_EQ(order.action, BulkOrder::Action::kEdit);
  EXPECT_EQ(order.filter.text, "gate");
  EXPECT_EQ(order.filter.app, "ping");
  EXPECT_EQ(order.filter.state, model::State::kDown);
  EXPECT_EQ(order.filter.labels, (model::Labels{{"site", "lab"}}));
  EXPECT_THAT(order.ids, ElementsAre(MonitorId{0x0123456789abcdef}));
  EXPECT_TRUE(order.dry_run);
  EXPECT_EQ(order.interval, std::chrono::minutes(5));
  EXPECT_EQ(order.criticality, model::Criticality::kLow);
  EXPECT_EQ(order.set_labels, (model::Labels{{"team", "net"}}));
  EXPECT_THAT(order.remove_labels, ElementsAre("old"));
  EXPECT_EQ(object(reply).at("matched").to_number<int>(), 3);
  EXPECT_TRUE(object(reply).at("dry_run").as_bool());
}

TEST_F(Bulk, what_is_wrong_is_said_by_parameter) {
  EXPECT_EQ(fault_of(R"({"filter": {"app": "ping"}})"), "action");
  EXPECT_EQ(fault_of(R"({"filter": {"app": "ping"}, "action": "explode"})"), "action");
  EXPECT_EQ(fault_of(R"({"action": "delete"})"), "filter");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {}})"), "filter");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {"nam": "x"}})"), "filter.nam");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {"text": 1}})"), "filter.text");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {"state": "BAD"}})"), "filter.state");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {"ids": []}})"), "filter.ids");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {"ids": ["x"]}})"), "filter.ids");
  EXPECT_EQ(fault_of(R"({"action": "delete", "filter": {"labels": {"a": 1}}})"), "filter.labels.a");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}})"), "edit");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}, "edit": {}})"), "edit");
  EXPECT_EQ(fault_of(R"({"action": "pause", "filter": {"app": "ping"}, "edit": {"interval": "1m"}})"), "edit");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"interval": "60"}})"), "edit.interval");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"criticality": "x"}})"),
            "edit.criticality");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"labels": {"a": 1}}})"),
            "edit.labels.a");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"folder": 1}})"), "edit.folder");
  EXPECT_EQ(fault_of(R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"folder": "a//b"}})"), "edit.folder");
  EXPECT_EQ(fault_of(R"({"action": "pause", "filter": {"app": "ping"}, "dry_run": 1})"), "dry_run");
}

TEST_F(Bulk, an_edit_may_name_another_folder_also_the_root) {
  ASSERT_EQ(
      ask.change("POST", kBulk, R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"folder": "dc1/rack2"}})")
          .status,
      200U);
  EXPECT_EQ(owned().order.folder, "dc1/rack2");
  EXPECT_EQ(owned().order.interval, std::nullopt);
  ASSERT_EQ(
      ask.change("POST", kBulk, R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"folder": ""}})").status,
      200U);
  EXPECT_EQ(owned().order.folder, "");
  ASSERT_EQ(
      ask.change("POST", kBulk, R"({"action": "edit", "filter": {"app": "ping"}, "edit": {"interval": "1m"}})").status,
      200U);
  EXPECT_EQ(owned().order.folder, std::nullopt);
}

TEST_F(Bulk, an_import_takes_monitors_one_by_one) {
  auto reply = ask.change("POST", kImport, R"([{"name": "a", "paused": true}, {"name": "b"}])");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(object(reply).at("created").to_number<int>(), 2);
  EXPECT_THAT(owned().imported, ElementsAre("a", "b"));
  EXPECT_EQ(ask.change("POST", kImport, R"({"name": "a"})").status, 400U);
  EXPECT_EQ(ask.change("POST", kImport, R"([{"name": "a"}, {"name"}])").status, 400U);
}

TEST_F(Bulk, faults_of_an_import_are_told_item_by_item) {
  owned().fault = ImportReport::Fault{1, "b", "app", "cannot find the application"};
  auto reply = ask.change("POST", kImport, R"([{"name": "a"}, {"name": "b"}])");
  EXPECT_EQ(reply.status, 422U);
  auto report = object(reply);
  EXPECT_EQ(report.at("created").to_number<int>(), 0);
  const auto& fault = report.at("faults").as_array().at(0).as_object();
  EXPECT_EQ(fault.at("index").to_number<int>(), 1);
  EXPECT_EQ(fault.at("parameter").as_string(), "app");
}

TEST_F(Bulk, an_export_is_what_an_import_takes) {
  auto reply = ask.get(kExport);
  ASSERT_EQ(reply.status, 200U);
  auto all = boost::json::parse(reply.body).as_array();
  ASSERT_EQ(all.size(), 3U) << reply.body;
  EXPECT_EQ(all[0].at("name").as_string(), "m1");
  EXPECT_TRUE(all[0].at("paused").as_bool());
  EXPECT_EQ(all[0].at("params").at("password"), boost::json::parse(R"({"set": true})"));
  EXPECT_EQ(ask.change("POST", kImport, reply.body).status, 200U);
  owned().pages = 0;
  EXPECT_EQ(boost::json::parse(ask.get(kExport).body), boost::json::array());
}

TEST(BulkOverASocket, an_import_may_be_longer_than_other_content) {
  TestServer server;
  RawClient client(server.port());
  std::string many = "[";
  for (int i = 0; i < 5000; ++i) many += (i == 0 ? "" : ",") + std::string(R"({"name": "a monitor of some length"})");
  many += "]";
  ASSERT_GT(many.size(), 64U * 1024);
  auto post = [&](const std::string& path) {
    client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(many.size()) + "\r\n\r\n" + many);
    return client.read_answer();
  };
  auto answer = post(kImport);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_NE(answer.find("\"created\":5000"), std::string::npos) << answer;
  EXPECT_TRUE(post("/api/v1/monitors").starts_with("HTTP/1.1 413 "));
}

TEST(BulkOverASocket, an_export_that_cannot_go_on_breaks_off) {
  TestServer server;
  server.backend.owned_.fails_after = 1;
  RawClient client(server.port());
  client.send("GET " + kExport + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  auto answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_FALSE(answer.ends_with("0\r\n\r\n")) << answer;
}

}  // namespace
}  // namespace holter::api
