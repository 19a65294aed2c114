#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& wecom_app_plugin();

namespace {

const PluginInfo& kChannel = wecom_app_plugin();
const Given kGiven{{"corp_id", "ww1"}, {"secret", "app-secret-1"}, {"agent_id", "1000002"}, {"users", "zhang\nli"}};
const HttpAnswer kToken{200, {}, R"({"errcode":0,"errmsg":"ok","access_token":"token-one","expires_in":7200})"};
const HttpAnswer kSecondToken{200, {}, R"({"errcode":0,"errmsg":"ok","access_token":"token-two","expires_in":7200})"};
const HttpAnswer kOk{200, {}, R"({"errcode":0,"errmsg":"ok","msgid":"1"})"};
const HttpAnswer kExpired{200, {}, R"({"errcode":42001,"errmsg":"access_token expired"})"};

TEST(WecomApp, gets_a_token_and_sends_markdown) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kToken, kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].method, "GET");
  EXPECT_EQ(calls[0].url, "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=ww1&corpsecret=app-secret-1");
  EXPECT_EQ(calls[1].method, "POST");
  EXPECT_EQ(calls[1].url, "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=token-one");
  expect_body(calls[1], R"j({"touser":"zhang|li","msgtype":"markdown","agentid":1000002,"markdown":{"content":
    "**[FIRING:2] Down web**\n\nweb-1 is down\nweb-2 is down\n\n[https://holter.example/incidents/7](https://holter.example/incidents/7)"}})j");
}

TEST(WecomApp, sends_text_to_departments_and_tags) {
  Given given{{"corp_id", "ww1"}, {"secret", "app-secret-1"}, {"agent_id", "7"}, {"parties", "1,2"}, {"tags", "3"},
              {"kind", "text"}};
  auto calls = attempt(kChannel, given, sample_message(), {kToken, kOk}).calls;
  expect_body(calls.at(1), R"({"toparty":"1|2","totag":"3","msgtype":"text","agentid":7,"text":{"content":
    "[FIRING:2] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7"}})");
  EXPECT_FALSE(check_settings(kChannel, {{"corp_id", "ww1"}, {"secret", "s"}, {"agent_id", "7"}}));
}

TEST(WecomApp, keeps_the_token_until_shortly_before_its_end) {
  FakeWire wire;
  auto settings = settings_of(kChannel, kGiven);
  for (const auto& answer : {kToken, kOk, kOk}) wire.answer(answer);
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  wire.set_now(wire.now() + std::chrono::minutes(114));
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  EXPECT_EQ(wire.calls().size(), 3u);
  wire.set_now(wire.now() + std::chrono::minutes(2));
  for (const auto& answer : {kSecondToken, kOk}) wire.answer(answer);
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  EXPECT_TRUE(wire.calls().back().url.ends_with("token-two"));
}

TEST(WecomApp, does_not_use_the_token_of_another_secret) {
  FakeWire wire;
  for (const auto& answer : {kToken, kOk, kSecondToken, kOk}) wire.answer(answer);
  send_through(kChannel, sample_message(), settings_of(kChannel, kGiven), wire);
  auto given = kGiven;
  given["secret"] = "another";
  send_through(kChannel, sample_message(), settings_of(kChannel, given), wire);
  ASSERT_EQ(wire.calls().size(), 4u);
  EXPECT_TRUE(wire.calls().back().url.ends_with("token-two"));
}

TEST(WecomApp, gets_a_new_token_once_when_the_old_one_has_expired) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kToken, kExpired, kSecondToken, kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 4u);
  EXPECT_TRUE(calls[3].url.ends_with("token-two"));
  auto again = attempt(kChannel, kGiven, sample_message(), {kToken, kExpired, kSecondToken, kExpired});
  EXPECT_EQ(again.outcome.kind, Kind::kRetry);
  EXPECT_EQ(again.calls.size(), 4u);
  EXPECT_TRUE(again.outcome.answer.contains("42001"));
}

TEST(WecomApp, says_why_there_is_no_token) {
  expect_outcomes(
      kChannel, kGiven,
      {{{200, {}, R"({"errcode":40001,"errmsg":"invalid credential"})"}, Kind::kGiveUp, {}, "invalid credential"},
       {{200, {}, R"({"errcode":-1,"errmsg":"busy"})"}, Kind::kRetry, seconds(10), "busy"},
       {{200, {}, R"({"errcode":0,"errmsg":"ok"})"}, Kind::kRetry, {}, "no token"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

TEST(WecomApp, knows_the_documented_codes_and_never_shows_the_token) {
  auto of = [](std::string body) {
    return attempt(kChannel, kGiven, sample_message(), {kToken, {200, {}, std::move(body)}}).outcome;
  };
  EXPECT_EQ(of(R"({"errcode":45009,"errmsg":"freq"})").retry_after, seconds(60));
  EXPECT_EQ(of(R"({"errcode":81013,"errmsg":"user & party & tag all invalid"})").kind, Kind::kGiveUp);
  EXPECT_EQ(of(R"({"errcode":60020,"errmsg":"not allow to access from your ip"})").kind, Kind::kGiveUp);
  auto part = of(R"({"errcode":0,"errmsg":"ok","invaliduser":"li"})");
  EXPECT_EQ(part.kind, Kind::kDelivered);
  EXPECT_TRUE(part.answer.ends_with("; invaliduser: li"));
  EXPECT_FALSE(of(R"({"errcode":40058,"errmsg":"token-one is wrong"})").answer.contains("token-one"));
}

}  // namespace
}  // namespace holter::notify
