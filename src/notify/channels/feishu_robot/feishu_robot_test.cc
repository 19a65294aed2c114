#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& feishu_robot_plugin();

namespace {

const PluginInfo& kChannel = feishu_robot_plugin();
const Given kGiven{{"key", "hook-1234"}};

TEST(FeishuRobot, posts_a_card) {
  auto [outcome, calls] =
      attempt(kChannel, kGiven, sample_message(), {{200, {}, R"({"code":0,"msg":"success","data":{}})"}});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://open.feishu.cn/open-apis/bot/v2/hook/hook-1234");
  expect_body(calls[0], R"({"msg_type":"interactive","card":{"config":{"wide_screen_mode":true},
    "header":{"title":{"tag":"plain_text","content":"[FIRING:2] Down web"},"template":"red"},
    "elements":[{"tag":"markdown","content":"web-1 is down\nweb-2 is down"},
      {"tag":"action","actions":[{"tag":"button","text":{"tag":"plain_text","content":"Holter"},"type":"primary",
        "url":"https://holter.example/incidents/7"}]}]}})");
}

TEST(FeishuRobot, is_green_when_resolved_and_mentions_users) {
  auto given = kGiven;
  given["users"] = "ou_1\nall";
  auto calls = attempt(kChannel, given, sample_message(false), {{200, {}, R"({"code":0})"}}).calls;
  auto card = boost::json::parse(calls.at(0).body).at("card");
  EXPECT_EQ(card.at("header").at("template"), "green");
  EXPECT_EQ(card.at("elements").at(0).at("content"), "web-1 is down\nweb-2 is down\n<at id=ou_1></at><at id=all></at>");
}

// python3: t = 1700000000; s = "fs-secret-1"
// base64.b64encode(hmac.new(f"{t}\n{s}".encode(), b"", hashlib.sha256).digest())
TEST(FeishuRobot, signs_nothing_with_time_and_secret) {
  auto given = kGiven;
  given["secret"] = "fs-secret-1";
  auto calls = attempt(kChannel, given, sample_message(), {{200, {}, R"({"code":0})"}}).calls;
  auto body = boost::json::parse(calls.at(0).body);
  EXPECT_EQ(body.at("timestamp"), "1700000000");
  EXPECT_EQ(body.at("sign"), "c7GgcKisunsiSPO7ZCsL00npUorLhh0AnimLTZ8nP6k=");
}

TEST(FeishuRobot, stays_below_20_kilobytes) {
  auto message = sample_message();
  message.text = std::string(60'000, 'x');
  auto calls = attempt(kChannel, kGiven, message, {{200, {}, R"({"code":0})"}}).calls;
  EXPECT_LT(calls.at(0).body.size(), 20'000u);
  EXPECT_TRUE(calls[0].body.contains("x…"));
}

TEST(FeishuRobot, knows_the_documented_codes) {
  expect_outcomes(kChannel, kGiven,
                  {{{200, {}, R"({"code":11232,"msg":"frequency limited"})"}, Kind::kRetry, seconds(60), "11232"},
                   {{200, {}, R"({"code":9499,"msg":"Too many requests"})"}, Kind::kRetry, seconds(60), "9499"},
                   {{400, {}, R"({"code":9499,"msg":"Bad Request"})"}, Kind::kGiveUp, {}, "Bad Request"},
                   {{200, {}, R"({"code":19021,"msg":"sign match fail"})"}, Kind::kGiveUp, {}, "sign match fail"},
                   {{200, {}, R"({"code":19024,"msg":"Key Words Not Found"})"}, Kind::kGiveUp, {}, "Key Words"},
                   {{500, {}, ""}, Kind::kRetry, {}, "HTTP 500"}});
}

}  // namespace
}  // namespace holter::notify
