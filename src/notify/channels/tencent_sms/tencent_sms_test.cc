#include <fmt/format.h>

#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& tencent_sms_plugin();

namespace {

const PluginInfo& kChannel = tencent_sms_plugin();
const Given kGiven{{"secret_id", "id-1"},
                   {"secret_key", "tencent-key-1"},
                   {"sdk_app_id", "1400006666"},
                   {"sign_name", "运维"},
                   {"template_id", "449739"},
                   {"template_params", "{{title}}\n{{severity}}"},
                   {"phones", "+8613800138000\n+8613900139000"}};
const HttpAnswer kOk{
    200, {}, R"({"Response":{"SendStatusSet":[{"PhoneNumber":"+8613800138000","Code":"Ok","Message":"send success"},
  {"PhoneNumber":"+8613900139000","Code":"Ok","Message":"send success"}],"RequestId":"r"}})"};

// The signature by python3 with the inputs that stand here: date 2023-11-14, service sms, time 1700000000.
TEST(TencentSms, posts_a_signed_request) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://sms.tencentcloudapi.com/");
  EXPECT_EQ(calls[0].body,
            R"({"PhoneNumberSet":["+8613800138000","+8613900139000"],"SmsSdkAppId":"1400006666","SignName":"运维",)"
            R"("TemplateId":"449739","TemplateParamSet":["[FIRING:2] …","critical"]})");
  EXPECT_EQ(header(calls[0], "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(header(calls[0], "X-TC-Action"), "SendSms");
  EXPECT_EQ(header(calls[0], "X-TC-Version"), "2021-01-11");
  EXPECT_EQ(header(calls[0], "X-TC-Timestamp"), "1700000000");
  EXPECT_EQ(header(calls[0], "X-TC-Region"), "ap-guangzhou");
  EXPECT_EQ(header(calls[0], "Authorization"),
            "TC3-HMAC-SHA256 Credential=id-1/2023-11-14/sms/tc3_request, SignedHeaders=content-type;host;x-tc-action, "
            "Signature=926e27f8b344b4841167224f0f911fcaade0b3cf0979e55bd23397ef07541aac");
}

TEST(TencentSms, tells_only_those_again_who_were_not_told) {
  FakeWire wire;
  auto settings = settings_of(kChannel, kGiven);
  wire.answer(200, R"({"Response":{"SendStatusSet":[{"Code":"Ok","Message":"send success"},
    {"Code":"LimitExceeded.PhoneNumberThirtySecondLimit","Message":"30 s"}]}})");
  auto first = send_through(kChannel, sample_message(), settings, wire);
  EXPECT_EQ(first.kind, Kind::kRetry);
  EXPECT_EQ(first.retry_after, seconds(30));
  EXPECT_TRUE(first.answer.starts_with("1 of 2 told; +8613900139000: ")) << first.answer;
  wire.answer(200, R"({"Response":{"SendStatusSet":[{"Code":"Ok","Message":"send success"}]}})");
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  auto phones = boost::json::parse(wire.calls().at(1).body).at("PhoneNumberSet");
  EXPECT_EQ(phones, boost::json::parse(R"(["+8613900139000"])"));
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  EXPECT_EQ(wire.calls().size(), 2u);  // all are told: nothing is asked
}

TEST(TencentSms, knows_the_documented_codes) {
  auto error = [](std::string_view code) {
    return HttpAnswer{
        200, {}, fmt::format(R"({{"Response":{{"Error":{{"Code":"{}","Message":"words"}},"RequestId":"r"}}}})", code)};
  };
  expect_outcomes(kChannel, kGiven,
                  {{error("AuthFailure.SignatureFailure"), Kind::kGiveUp, {}, "AuthFailure.SignatureFailure: words"},
                   {error("RequestLimitExceeded"), Kind::kRetry, seconds(10), "words"},
                   {error("InternalError.Timeout"), Kind::kRetry, seconds(30), "words"},
                   {error("FailedOperation.InsufficientBalanceInSmsPackage"), Kind::kGiveUp, {}, "Balance"},
                   {{200, {}, R"({"Response":{"SendStatusSet":[]}})"}, Kind::kRetry, {}, "SendStatusSet"},
                   {{200, {}, R"({"Response":[1]})"}, Kind::kRetry, {}, "Response"},
                   {{503, {}, ""}, Kind::kRetry, {}, "HTTP 503"}});
}

}  // namespace
}  // namespace holter::notify
