#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& alibaba_sms_plugin();

namespace {

const PluginInfo& kChannel = alibaba_sms_plugin();
const Given kGiven{{"access_key_id", "ak-1"},
                   {"access_key_secret", "ali-secret-key"},
                   {"sign_name", "运维"},
                   {"template_code", "SMS_1"},
                   {"phones", "13800138000\n13900139000"}};
const HttpAnswer kOk{200, {}, R"({"Code":"OK","Message":"OK","BizId":"1","RequestId":"r"})"};

// The signature by python3: hmac.new(b"ali-secret-key", b"ACS3-HMAC-SHA256\n" + hex of sha256 of the canonical
// request), with the query and the headers that stand here.
TEST(AlibabaSms, posts_a_signed_request) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url,
            "https://dysmsapi.aliyuncs.com/?PhoneNumbers=13800138000%2C13900139000&SignName=%E8%BF%90%E7%BB%B4"
            "&TemplateCode=SMS_1&TemplateParam=%7B%22content%22%3A%22%5BFIRING%3A2%5D%20Down%20web%22%7D");
  EXPECT_EQ(calls[0].body, "");
  EXPECT_EQ(header(calls[0], "x-acs-action"), "SendSms");
  EXPECT_EQ(header(calls[0], "x-acs-version"), "2017-05-25");
  EXPECT_EQ(header(calls[0], "x-acs-date"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(header(calls[0], "x-acs-signature-nonce"), "cfa21b3de4f6b08356fa2c84b8b5d8bd");
  EXPECT_EQ(header(calls[0], "x-acs-content-sha256"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(
      header(calls[0], "Authorization"),
      "ACS3-HMAC-SHA256 Credential=ak-1,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
      "x-acs-signature-nonce;x-acs-version,Signature=12c49b3391e0ab8ad802dfc867d436b93968287210da756af23e1ec5a0c70ad6");
}

TEST(AlibabaSms, has_another_nonce_at_another_time) {
  FakeWire wire;
  auto settings = settings_of(kChannel, kGiven);
  for (int i = 0; i < 2; ++i) {
    wire.answer(kOk);
    send_through(kChannel, sample_message(), settings, wire);
    wire.set_now(wire.now() + seconds(1));
  }
  EXPECT_NE(header(wire.calls()[0], "x-acs-signature-nonce"), header(wire.calls()[1], "x-acs-signature-nonce"));
}

TEST(AlibabaSms, fills_the_variables_and_cuts_each_of_them) {
  auto given = kGiven;
  given["template_param"] = R"({"a":"{{status}}","b":"{{text}}"})";
  given["most_characters"] = "10";
  auto message = sample_message();
  message.text = R"(a "quoted" text)";
  auto url = attempt(kChannel, given, message, {kOk}).calls.at(0).url;
  EXPECT_TRUE(url.ends_with("&TemplateParam=%7B%22a%22%3A%22firing%22%2C%22b%22%3A%22a%20%5C%22quoted%E2%80%A6%22%7D"))
      << url;
}

TEST(AlibabaSms, takes_an_object_of_texts_only) {
  for (std::string_view param : {"[]", "{", R"({"a":1})"}) {
    auto given = kGiven;
    given["template_param"] = param;
    EXPECT_FALSE(check_settings(kChannel, given)) << param;
  }
  auto given = kGiven;
  given["most_characters"] = "0";
  EXPECT_FALSE(check_settings(kChannel, given));
}

TEST(AlibabaSms, knows_the_documented_codes) {
  expect_outcomes(
      kChannel, kGiven,
      {{{200, {}, R"({"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"minute limit"})"},
        Kind::kRetry,
        seconds(60),
        "minute limit"},
       {{200, {}, R"({"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"illegal"})"}, Kind::kGiveUp, {}, "MOBILE_NUMBER"},
       {{400, {}, R"({"Code":"SignatureDoesNotMatch","Message":"signature"})"},
        Kind::kGiveUp,
        {},
        "SignatureDoesNotMatch"},
       {{400, {}, R"({"Code":"Throttling.User","Message":"flow control"})"}, Kind::kRetry, seconds(10), "flow control"},
       {{503, {}, ""}, Kind::kRetry, {}, "HTTP 503"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

}  // namespace
}  // namespace holter::notify
