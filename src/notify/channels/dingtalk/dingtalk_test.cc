#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& dingtalk_plugin();

namespace {

const PluginInfo& kChannel = dingtalk_plugin();
const Given kGiven{{"access_token", "token-1234"}};

TEST(Dingtalk, posts_markdown_with_line_breaks_that_show) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {{200, {}, R"({"errcode":0,"errmsg":"ok"})"}});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://oapi.dingtalk.com/robot/send?access_token=token-1234");
  expect_body(calls[0], R"j({"msgtype":"markdown","markdown":{"title":"[FIRING:2] Down web","text":
    "**[FIRING:2] Down web**  \n  \nweb-1 is down  \nweb-2 is down  \n  \n[https://holter.example/incidents/7](https://holter.example/incidents/7)"},
    "at":{"atMobiles":[],"atUserIds":[],"isAtAll":false}})j");
}

// python3: ms = 1700000000000; s = "SECb4a1c6"
// quote(base64.b64encode(hmac.new(s.encode(), f"{ms}\n{s}".encode(), hashlib.sha256).digest()))
TEST(Dingtalk, signs_time_and_secret) {
  auto given = kGiven;
  given["secret"] = "SECb4a1c6";
  auto calls = attempt(kChannel, given, sample_message(), {{200, {}, R"({"errcode":0})"}}).calls;
  EXPECT_EQ(calls.at(0).url,
            "https://oapi.dingtalk.com/robot/send?access_token=token-1234&timestamp=1700000000000"
            "&sign=fmy1d6Lg76PEotN6OuwpN2EDApuPjOecRzR3zcnuLBY%3D");
}

TEST(Dingtalk, mentions_phones_and_users_in_the_text_and_beside_it) {
  auto given = kGiven;
  given["phones"] = "13800138000";
  given["users"] = "manager1";
  given["mention_all"] = "true";
  auto calls = attempt(kChannel, given, sample_message(), {{200, {}, R"({"errcode":0})"}}).calls;
  auto body = boost::json::parse(calls.at(0).body);
  EXPECT_TRUE(body.at("markdown").at("text").as_string().ends_with("\n\n@13800138000 @manager1 "));
  EXPECT_EQ(body.at("at"),
            boost::json::parse(R"({"atMobiles":["13800138000"],"atUserIds":["manager1"],"isAtAll":true})"));
}

TEST(Dingtalk, stays_below_20000_bytes) {
  auto message = sample_message();
  message.text = std::string(40'000, '\n') + "x";
  auto calls = attempt(kChannel, kGiven, message, {{200, {}, R"({"errcode":0})"}}).calls;
  auto text = boost::json::parse(calls.at(0).body).at("markdown").at("text").as_string();
  EXPECT_LE(text.size(), 16'000u);
}

TEST(Dingtalk, knows_the_documented_codes) {
  expect_outcomes(
      kChannel, kGiven,
      {{{200, {}, R"({"errcode":130101,"errmsg":"send too fast"})"}, Kind::kRetry, seconds(600), "too fast"},
       {{200, {}, R"({"errcode":310000,"errmsg":"sign not match"})"}, Kind::kGiveUp, {}, "sign not match"},
       {{200, {}, R"({"errcode":300001,"errmsg":"token is not exist"})"}, Kind::kGiveUp, {}, "300001"},
       {{200, {}, R"({"errcode":-1,"errmsg":"busy"})"}, Kind::kRetry, seconds(10), "busy"},
       {{429, {{"Retry-After", "30"}}, ""}, Kind::kRetry, seconds(30), "HTTP 429"}});
}

}  // namespace
}  // namespace holter::notify
