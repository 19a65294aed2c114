#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& wecom_robot_plugin();

namespace {

const PluginInfo& kChannel = wecom_robot_plugin();
const Given kGiven{{"key", "key-1234-5678"}};

TEST(WecomRobot, posts_markdown_to_the_address_with_the_key) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {{200, {}, R"({"errcode":0,"errmsg":"ok"})"}});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=key-1234-5678");
  EXPECT_EQ(header(calls[0], "Content-Type"), "application/json; charset=utf-8");
  expect_body(calls[0], R"j({"msgtype":"markdown","markdown":{"content":
    "**[FIRING:2] Down web**\n\nweb-1 is down\nweb-2 is down\n\n[https://holter.example/incidents/7](https://holter.example/incidents/7)"}})j");
}

TEST(WecomRobot, mentions_users_in_markdown) {
  auto given = kGiven;
  given["users"] = "zhang\nli";
  auto calls = attempt(kChannel, given, sample_message(), {{200, {}, R"({"errcode":0})"}}).calls;
  EXPECT_TRUE(calls.at(0).body.contains("incidents/7)\\n<@zhang><@li>\"")) << calls[0].body;
}

TEST(WecomRobot, sends_text_where_phones_or_everybody_are_mentioned) {
  auto given = kGiven;
  given["users"] = "@all";
  given["phones"] = "13800138000";
  auto calls = attempt(kChannel, given, sample_message(false), {{200, {}, R"({"errcode":0})"}}).calls;
  expect_body(calls.at(0), R"({"msgtype":"text","text":{
    "content":"[RESOLVED] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7",
    "mentioned_list":["@all"],"mentioned_mobile_list":["13800138000"]}})");
}

TEST(WecomRobot, cuts_to_4096_bytes_and_keeps_link_and_mentions) {
  auto given = kGiven;
  given["users"] = "zhang";
  auto message = sample_message();
  for (int i = 0; i < 2000; ++i) message.text += "警";
  auto calls = attempt(kChannel, given, message, {{200, {}, R"({"errcode":0})"}}).calls;
  auto content = boost::json::parse(calls.at(0).body).at("markdown").at("content").as_string();
  EXPECT_LE(content.size(), 4096u);
  EXPECT_GT(content.size(), 4090u);
  EXPECT_TRUE(content.ends_with("(https://holter.example/incidents/7)\n<@zhang>"));
  EXPECT_NE(content.find("警…"), boost::json::string::npos);
}

TEST(WecomRobot, knows_the_documented_codes) {
  expect_outcomes(
      kChannel, kGiven,
      {{{200, {}, R"({"errcode":45009,"errmsg":"api freq out of limit"})"}, Kind::kRetry, seconds(60), "45009"},
       {{200, {}, R"({"errcode":-1,"errmsg":"system busy"})"}, Kind::kRetry, seconds(10), "busy"},
       {{200, {}, R"({"errcode":93000,"errmsg":"invalid webhook url"})"}, Kind::kGiveUp, {}, "invalid webhook url"},
       {{200, {}, R"({"errcode":40058,"errmsg":"content exceed"})"}, Kind::kGiveUp, {}, "40058"},
       {{502, {}, "bad gateway"}, Kind::kRetry, {}, "HTTP 502"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

}  // namespace
}  // namespace holter::notify
