#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& feishu_app_plugin();

namespace {

const PluginInfo& kChannel = feishu_app_plugin();
const Given kGiven{{"app_id", "cli_1"}, {"app_secret", "app-secret-1"}, {"receive_ids", "oc_1\noc_2"}};
const HttpAnswer kToken{200, {}, R"({"code":0,"msg":"ok","tenant_access_token":"t-one","expire":7200})"};
const HttpAnswer kSecondToken{200, {}, R"({"code":0,"msg":"ok","tenant_access_token":"t-two","expire":7200})"};
const HttpAnswer kOk{200, {}, R"({"code":0,"msg":"success","data":{"message_id":"om_1"}})"};
const HttpAnswer kInvalid{400, {}, R"({"code":99991663,"msg":"Invalid access token for authorization"})"};

TEST(FeishuApp, gets_a_token_and_sends_a_card_to_each_receiver) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kToken, kOk, kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  EXPECT_EQ(outcome.answer, "2 told");
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[0].url, "https://open.feishu.cn/open-apis/auth/v3/tenant_access_token/internal");
  expect_body(calls[0], R"({"app_id":"cli_1","app_secret":"app-secret-1"})");
  EXPECT_EQ(calls[1].method, "POST");
  EXPECT_EQ(calls[1].url, "https://open.feishu.cn/open-apis/im/v1/messages?receive_id_type=chat_id");
  EXPECT_EQ(header(calls[1], "Authorization"), "Bearer t-one");
  auto first = boost::json::parse(calls[1].body), second = boost::json::parse(calls[2].body);
  EXPECT_EQ(first.at("receive_id"), "oc_1");
  EXPECT_EQ(second.at("receive_id"), "oc_2");
  EXPECT_EQ(first.at("msg_type"), "interactive");
  EXPECT_EQ(first.at("uuid"),
            "1d7cbc4a18d0c238c25c9a168ae6dd452fa40d964a7cebf4e0");  // sha256("incident-7/3\nops\noc_1")
  EXPECT_EQ(second.at("uuid"), "25e410a7656931d08877a80ea5f3cb9d99399c14c972c61c21");
  auto card = boost::json::parse(first.at("content").as_string());
  EXPECT_EQ(card.at("header").at("title").at("content"), "[FIRING:2] Down web");
  EXPECT_EQ(card.at("header").at("template"), "red");
}

TEST(FeishuApp, tells_only_those_again_who_were_not_told) {
  FakeWire wire;
  auto settings = settings_of(kChannel, kGiven);
  for (const auto& answer :
       {kToken, kOk, HttpAnswer{429, {{"Retry-After", "3"}}, R"({"code":99991400,"msg":"frequency"})"}})
    wire.answer(answer);
  auto first = send_through(kChannel, sample_message(), settings, wire);
  EXPECT_EQ(first.kind, Kind::kRetry);
  EXPECT_EQ(first.retry_after, seconds(3));
  EXPECT_TRUE(first.answer.starts_with("1 of 2 told; oc_2: ")) << first.answer;
  wire.answer(kOk);
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  ASSERT_EQ(wire.calls().size(), 4u);
  EXPECT_EQ(boost::json::parse(wire.calls()[3].body).at("receive_id"), "oc_2");
}

TEST(FeishuApp, gets_a_new_token_once_when_the_old_one_does_not_hold) {
  auto given = kGiven;
  given["receive_ids"] = "ou_1";
  given["receive_id_type"] = "open_id";
  auto [outcome, calls] = attempt(kChannel, given, sample_message(), {kToken, kInvalid, kSecondToken, kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  EXPECT_EQ(header(calls.at(3), "Authorization"), "Bearer t-two");
  EXPECT_TRUE(calls[3].url.ends_with("=open_id"));
  auto again = attempt(kChannel, given, sample_message(), {kToken, kInvalid, kSecondToken, kInvalid});
  EXPECT_EQ(again.outcome.kind, Kind::kRetry);
  EXPECT_EQ(again.calls.size(), 4u);
}

TEST(FeishuApp, knows_the_documented_codes) {
  auto given = kGiven;
  given["receive_ids"] = "oc_1";
  auto of = [&](HttpAnswer answer) {
    return attempt(kChannel, given, sample_message(), {kToken, std::move(answer)}).outcome;
  };
  EXPECT_EQ(of({400, {}, R"({"code":230002,"msg":"Bot can NOT be out of the chat."})"}).kind, Kind::kGiveUp);
  EXPECT_EQ(of({400, {}, R"({"code":230020,"msg":"frequency"})"}).retry_after, seconds(10));
  EXPECT_EQ(of({400, {}, R"({"code":99991400,"msg":"frequency"})"}).retry_after, seconds(60));
  EXPECT_EQ(of({200, {}, "<html>"}).kind, Kind::kRetry);
  expect_outcomes(kChannel, given,
                  {{{200, {}, R"({"code":10014,"msg":"app secret invalid"})"}, Kind::kGiveUp, {}, "app secret invalid"},
                   {{500, {}, ""}, Kind::kRetry, {}, "HTTP 500"}});
}

}  // namespace
}  // namespace holter::notify
