#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& http_sms_plugin();

namespace {

const PluginInfo& kChannel = http_sms_plugin();
const Given kGiven{{"url", "https://sms.example/send"}, {"phones", "+49170"}, {"secret", "gateway-key-1"}};

TEST(HttpSms, posts_json_with_escaped_values) {
  auto given = kGiven;
  given["headers"] = "X-Key: {{secret}}\r\n\nAccept: a, b";
  auto message = sample_message();
  message.text = "say \"hi\"";
  auto [outcome, calls] = attempt(kChannel, given, message, {{200, {}, "sent"}});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://sms.example/send");
  EXPECT_EQ(header(calls[0], "X-Key"), "gateway-key-1");
  EXPECT_EQ(header(calls[0], "Accept"), "a, b");
  EXPECT_EQ(header(calls[0], "Content-Type"), "application/json; charset=utf-8");
  expect_body(calls[0],
              R"({"phone":"+49170","text":"[FIRING:2] Down web\nsay \"hi\"\nhttps://holter.example/incidents/7"})");
}

TEST(HttpSms, gets_with_everything_in_the_address) {
  auto given = kGiven;
  given["method"] = "GET";
  given["url"] = "https://sms.example/?to={{phone}}&key={{secret}}&msg={{title}}&state={{status}}";
  given["user"] = "me";
  given["password"] = "pass word";
  auto calls = attempt(kChannel, given, sample_message(), {{200, {}, ""}}).calls;
  EXPECT_EQ(calls.at(0).method, "GET");
  EXPECT_EQ(calls[0].url,
            "https://sms.example/?to=%2B49170&key=gateway-key-1&msg=%5BFIRING%3A2%5D%20Down%20web&state=firing");
  EXPECT_EQ(calls[0].body, "");
  EXPECT_EQ(calls[0].user, "me");
  EXPECT_EQ(calls[0].password, "pass word");
}

TEST(HttpSms, sends_forms_and_text) {
  auto given = kGiven;
  given["body_kind"] = "form";
  given["body"] = "to={{phone}}&text={{title}}";
  auto calls = attempt(kChannel, given, sample_message(), {{200, {}, ""}}).calls;
  EXPECT_EQ(calls.at(0).body, "to=%2B49170&text=%5BFIRING%3A2%5D%20Down%20web");
  EXPECT_EQ(header(calls[0], "Content-Type"), "application/x-www-form-urlencoded");
  given["body_kind"] = "text";
  given["body"] = "{{phone}} {{title}}";
  EXPECT_EQ(attempt(kChannel, given, sample_message(), {{200, {}, ""}}).calls.at(0).body, "+49170 [FIRING:2] Down web");
}

TEST(HttpSms, cuts_the_text) {
  auto given = kGiven;
  given["most_characters"] = "60";
  auto message = sample_message();
  message.text = std::string(500, 'x');
  auto body = boost::json::parse(attempt(kChannel, given, message, {{200, {}, ""}}).calls.at(0).body);
  EXPECT_EQ(body.at("text").as_string().size(), 60u + 2);
}

TEST(HttpSms, knows_success_by_status_and_text) {
  auto given = kGiven;
  given["success_status"] = "200";
  given["success_text"] = "\"code\":0";
  expect_outcomes(kChannel, given,
                  {{{200, {}, R"({"code":0})"}, Kind::kDelivered, {}, "1 told"},
                   {{200, {}, R"({"code":7,"msg":"no credit"})"}, Kind::kGiveUp, {}, "no credit"},
                   {{201, {}, R"({"code":0})"}, Kind::kGiveUp, {}, "HTTP 201"},
                   {{401, {}, ""}, Kind::kGiveUp, {}, "HTTP 401"},
                   {{429, {{"Retry-After", "8"}}, ""}, Kind::kRetry, seconds(8), "HTTP 429"},
                   {{502, {}, ""}, Kind::kRetry, {}, "HTTP 502"}});
}

TEST(HttpSms, asks_once_for_each_phone) {
  auto given = kGiven;
  given["phones"] = "1,2";
  FakeWire wire;
  wire.answer(200);
  wire.answer(503);
  auto settings = settings_of(kChannel, given);
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kRetry);
  wire.answer(200);
  EXPECT_EQ(send_through(kChannel, sample_message(), settings, wire).kind, Kind::kDelivered);
  ASSERT_EQ(wire.calls().size(), 3u);
  EXPECT_EQ(boost::json::parse(wire.calls()[2].body).at("phone"), "2");
}

TEST(HttpSms, checks_what_was_filled_in) {
  for (auto [field, value] :
       {std::pair("success_status", "20"), std::pair("success_status", "300-200"), std::pair("success_status", "ok"),
        std::pair("headers", "no colon"), std::pair("headers", "a b: c"), std::pair("body", "{}"),
        std::pair("most_characters", "0")}) {
    auto given = kGiven;
    given[field] = value;
    EXPECT_FALSE(check_settings(kChannel, given)) << field << " " << value;
  }
}

}  // namespace
}  // namespace holter::notify
