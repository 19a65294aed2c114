#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& twilio_sms_plugin();

namespace {

const PluginInfo& kChannel = twilio_sms_plugin();
const Given kGiven{
    {"account_sid", "AC1"}, {"auth_token", "auth-token-1"}, {"from", "+15550001"}, {"phones", "+15550002"}};
const HttpAnswer kOk{201, {}, R"({"sid":"SM1","status":"queued","error_code":null})"};

TEST(TwilioSms, posts_a_form_with_basic_authentication) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
  EXPECT_EQ(calls[0].user, "AC1");
  EXPECT_EQ(calls[0].password, "auth-token-1");
  EXPECT_EQ(header(calls[0], "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(calls[0].body,
            "To=%2B15550002&From=%2B15550001&Body=%5BFIRING%3A2%5D%20Down%20web%0Aweb-1%20is%20down%0Aweb-2%20is%20down"
            "%0Ahttps%3A%2F%2Fholter.example%2Fincidents%2F7");
}

TEST(TwilioSms, uses_an_api_key_and_a_messaging_service) {
  auto given = kGiven;
  given["api_key_sid"] = "SK1";
  given["from"] = "MG0123456789abcdef0123456789abcdef";
  auto calls = attempt(kChannel, given, sample_message(), {kOk}).calls;
  EXPECT_EQ(calls.at(0).user, "SK1");
  EXPECT_TRUE(calls[0].body.contains("&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&"));
}

TEST(TwilioSms, tells_only_those_again_who_were_not_told) {
  auto given = kGiven;
  given["phones"] = "+1\n+2";
  FakeWire wire;
  wire.answer(kOk);
  wire.answer(429, R"({"code":20429,"message":"Too Many Requests"})");
  auto settings = settings_of(kChannel, given);
  auto first = send_through(kChannel, sample_message(), settings, wire);
  EXPECT_EQ(first.kind, Kind::kRetry);
  EXPECT_EQ(first.retry_after, seconds(10));
  wire.answer(kOk);
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  ASSERT_EQ(wire.calls().size(), 3u);
  EXPECT_TRUE(wire.calls()[2].body.starts_with("To=%2B2&"));
}

TEST(TwilioSms, knows_the_documented_codes) {
  expect_outcomes(kChannel, kGiven,
                  {{{400, {}, R"({"code":21211,"message":"The 'To' number is not valid.","status":400})"},
                    Kind::kGiveUp,
                    {},
                    "21211"},
                   {{401, {}, R"({"code":20003,"message":"Authenticate"})"}, Kind::kGiveUp, {}, "Authenticate"},
                   {{400, {}, R"({"code":21610,"message":"Attempt to send to unsubscribed recipient"})"},
                    Kind::kGiveUp,
                    {},
                    "unsubscribed"},
                   {{400, {}, R"({"code":21611,"message":"queue full"})"}, Kind::kRetry, seconds(300), "queue full"},
                   {{503, {}, ""}, Kind::kRetry, {}, "HTTP 503"},
                   {{201, {}, "{}"}, Kind::kRetry, {}, "{}"}});
}

}  // namespace
}  // namespace holter::notify
