#include <boost/json.hpp>

#include <gmock/gmock.h>

#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& webhook_plugin();

namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using Kind = Outcome::Kind;

class WebhookTest : public ::testing::Test {
 protected:
  Outcome send(Given given) {
    given.emplace("url", "https://hook.example/in");
    return attempt(webhook_plugin(), check_settings(webhook_plugin(), given).value(),
                   message_for(webhook_plugin(), wire_.now()), wire_);
  }
  std::string refused(const Given& given) {
    auto settings = check_settings(webhook_plugin(), given);
    return settings ? "" : settings.error().message();
  }
  FakeWire wire_;
};

TEST_F(WebhookTest, posts_its_own_json_with_an_idempotency_key) {
  wire_.answer(204);
  auto outcome = send({});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(wire_.calls().size(), 1);
  const auto& call = wire_.calls().front();
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "https://hook.example/in");
  EXPECT_THAT(call.headers, Contains(Pair("Idempotency-Key", "key-1")));
  EXPECT_THAT(call.headers, Contains(Pair("Content-Type", "application/json")));
  auto body = boost::json::parse(call.body).as_object();
  EXPECT_EQ(body.at("version").as_string(), "1");
  EXPECT_EQ(body.at("status").as_string(), "firing");
  const auto& alerts = body.at("alerts").as_array();
  ASSERT_EQ(alerts.size(), 3);
  EXPECT_EQ(alerts[0].at("labels").at("alertname").as_string(), "HostDown");
  EXPECT_TRUE(alerts[0].at("ends_at").is_null());
  EXPECT_EQ(alerts[2].at("resolution").as_string(), "recovered");
  EXPECT_EQ(alerts[2].at("ends_at").as_string(), "2023-11-14T22:12:20.000Z");
}

TEST_F(WebhookTest, speaks_the_json_of_alertmanager) {
  wire_.answer(200);
  send({{"format", "alertmanager"}});
  auto body = boost::json::parse(wire_.calls().at(0).body).as_object();
  EXPECT_EQ(body.at("version").as_string(), "4");
  EXPECT_EQ(body.at("groupKey").as_string(), "{}:{folder=\"production\"}");
  EXPECT_EQ(body.at("truncatedAlerts").to_number<int>(), 0);
  EXPECT_EQ(body.at("externalURL").as_string(), "https://holter.example/incidents/1");
  const auto& alerts = body.at("alerts").as_array();
  EXPECT_EQ(alerts.at(0).at("endsAt").as_string(), "0001-01-01T00:00:00Z");
  EXPECT_EQ(alerts.at(2).at("status").as_string(), "resolved");
  EXPECT_EQ(alerts.at(2).at("endsAt").as_string(), "2023-11-14T22:12:20.000Z");
}

TEST_F(WebhookTest, logs_in_and_adds_headers) {
  wire_.answer(200);
  send({{"user", "ann"}, {"password", "secret"}, {"headers", "X-Team: ops\r\n\r\nX-Empty:\n"}, {"method", "PUT"}});
  EXPECT_EQ(wire_.calls().at(0).user, "ann");
  EXPECT_EQ(wire_.calls().at(0).password, "secret");
  EXPECT_EQ(wire_.calls().at(0).method, "PUT");
  EXPECT_THAT(wire_.calls().at(0).headers, Contains(Pair("X-Team", "ops")));
  EXPECT_THAT(wire_.calls().at(0).headers, Contains(Pair("X-Empty", "")));
  wire_.answer(200);
  send({{"token", "t0k3n"}});
  EXPECT_THAT(wire_.calls().at(1).headers, Contains(Pair("Authorization", "Bearer t0k3n")));
}

TEST_F(WebhookTest, signs_time_and_body) {
  wire_.answer(200);
  auto settings = check_settings(webhook_plugin(), Given{{"url", "http://h.example"}, {"secret", "key"}}).value();
  Message message;
  message.key = "k";
  attempt(webhook_plugin(), settings, message, wire_);
  const auto& call = wire_.calls().at(0);
  EXPECT_THAT(call.headers, Contains(Pair("X-Holter-Timestamp", "1700000000")));
  // printf '%s' '1700000000.<body>' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(
      call.body,
      R"({"version":"1","key":"k","group":"","receiver":"","status":"resolved","severity":"info","title":"",)"
      R"("text":"","url":"","group_labels":{},"common_labels":{},"common_annotations":{},"alerts":[],"left_out":0})");
  EXPECT_THAT(call.headers, Contains(Pair("X-Holter-Signature-256",
                                          "sha256=fa657fea93b1c431ef4e152a2ca9f77adf201ef1b2eda470fc99a99b348b4a08")));
}

TEST_F(WebhookTest, tells_what_to_do_from_the_answer) {
  wire_.answer(HttpAnswer{429, {{"retry-after", "120"}}, "slow\r\ndown"});
  auto busy = send({});
  EXPECT_EQ(busy.kind, Kind::kRetry);
  EXPECT_EQ(busy.answer, "HTTP 429: slow  down");
  EXPECT_EQ(busy.retry_after, seconds(120));
  wire_.answer(404, "nobody");
  EXPECT_EQ(send({}).kind, Kind::kGiveUp);
  wire_.answer(302);
  EXPECT_EQ(send({}).kind, Kind::kGiveUp);
  wire_.answer(503);
  EXPECT_EQ(send({}).kind, Kind::kRetry);
  wire_.fail({ErrorCode::kTimeout, "no answer in time"});
  EXPECT_EQ(send({}).kind, Kind::kRetry);
  wire_.fail({ErrorCode::kNotFound, "cannot reach x: 169.254.169.254 is forbidden (network.forbidden)"});
  EXPECT_EQ(send({}).kind, Kind::kGiveUp);
}

TEST_F(WebhookTest, refuses_settings_that_cannot_work) {
  EXPECT_THAT(refused({}), HasSubstr("'url' is missing"));
  EXPECT_THAT(refused({{"url", "ftp://h.example"}}), HasSubstr("'url' is not a URL"));
  EXPECT_THAT(refused({{"url", "https://ann:secret@h.example"}}), HasSubstr("without user"));
  EXPECT_THAT(refused({{"url", "https://ann:secret@h.example"}}), Not(HasSubstr("secret")));
  EXPECT_THAT(refused({{"url", "https://h.example"}, {"metod", "PUT"}}), HasSubstr("did you mean 'method'?"));
  EXPECT_THAT(refused({{"url", "https://h.example"}, {"method", "GET"}}), HasSubstr("is none of: POST, PUT, PATCH"));
  EXPECT_THAT(refused({{"url", "https://h.example"}, {"headers", "a: b\nno colon"}}), HasSubstr("'headers' line 2"));
  EXPECT_THAT(refused({{"url", "https://h.example"}, {"user", "ann"}}), HasSubstr("belong together"));
  EXPECT_THAT(refused({{"url", "https://h.example"}, {"token", "t"}, {"user", "a"}, {"password", "p"}}),
              HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace holter::notify
