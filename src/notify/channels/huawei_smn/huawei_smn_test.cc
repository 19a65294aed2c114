#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& huawei_smn_plugin();

namespace {

const PluginInfo& kChannel = huawei_smn_plugin();
const Given kGiven{{"access_key", "ak-1"},
                   {"secret_key", "hw-secret-key"},
                   {"project_id", "p1"},
                   {"topic_urn", "urn:smn:cn-north-4:p1:ops"}};
const HttpAnswer kOk{200, {}, R"({"message_id":"m-1","request_id":"r"})"};

// The signature by python3 with the inputs that stand here.
TEST(HuaweiSmn, posts_a_signed_request) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(
      calls[0].url,
      "https://smn.cn-north-4.myhuaweicloud.com/v2/p1/notifications/topics/urn%3Asmn%3Acn-north-4%3Ap1%3Aops/publish");
  EXPECT_EQ(
      calls[0].body,
      R"({"subject":"[FIRING:2] Down web","message":"[FIRING:2] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7"})");
  EXPECT_EQ(header(calls[0], "X-Sdk-Date"), "20231114T221320Z");
  EXPECT_EQ(header(calls[0], "X-Project-Id"), "p1");
  EXPECT_EQ(header(calls[0], "Authorization"),
            "SDK-HMAC-SHA256 Access=ak-1, SignedHeaders=host;x-sdk-date, "
            "Signature=5b6bd325c71e3acbada843e8a35bd05528902770e0080d3f3bc0e97150e97aaa");
}

TEST(HuaweiSmn, asks_another_address_where_it_is_told_one) {
  auto given = kGiven;
  given["api_url"] = "http://127.0.0.1:83/";
  auto calls = attempt(kChannel, given, sample_message(false), {kOk}).calls;
  EXPECT_TRUE(calls.at(0).url.starts_with("http://127.0.0.1:83/v2/p1/"));
  EXPECT_EQ(boost::json::parse(calls[0].body).at("subject"), "[RESOLVED] Down web");
}

TEST(HuaweiSmn, cuts_subject_and_message) {
  auto message = sample_message();
  message.title = std::string(600, 't');
  message.text = std::string(300'000, 'x');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("subject").as_string().size(), 500u);
  EXPECT_EQ(body.at("message").as_string().size(), 200'000u);
}

TEST(HuaweiSmn, knows_the_documented_codes) {
  expect_outcomes(
      kChannel, kGiven,
      {{{429, {}, R"({"error_code":"APIG.0308","error_msg":"The throttling threshold has been reached"})"},
        Kind::kRetry,
        seconds(60),
        "throttling"},
       {{401, {}, R"({"error_code":"APIG.0301","error_msg":"Incorrect IAM authentication information"})"},
        Kind::kGiveUp,
        {},
        "APIG.0301"},
       {{403, {}, R"({"code":"SMN.0011","message":"no authorization","request_id":"r"})"},
        Kind::kGiveUp,
        {},
        "no authorization"},
       {{500, {}, R"({"code":"SMN.0000","message":"system error"})"}, Kind::kRetry, seconds(30), "system error"},
       {{503, {}, ""}, Kind::kRetry, {}, "HTTP 503"},
       {{200, {}, "{}"}, Kind::kRetry, {}, "{}"}});
}

}  // namespace
}  // namespace holter::notify
