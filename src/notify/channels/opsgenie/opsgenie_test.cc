#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& opsgenie_plugin();

namespace {

const PluginInfo& kChannel = opsgenie_plugin();
const Given kGiven{{"api_key", "genie-key-1"}, {"teams", "ops"}, {"tags", "holter, web"}};
const HttpAnswer kOk{202, {}, R"({"result":"Request will be processed","took":0.1,"requestId":"r-1"})"};

TEST(Opsgenie, creates_an_alert_with_the_group_as_its_alias) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://api.opsgenie.com/v2/alerts");
  EXPECT_EQ(header(calls[0], "Authorization"), "GenieKey genie-key-1");
  expect_body(calls[0], R"({"message":"[FIRING:2] Down web","alias":"group-7",
    "description":"[FIRING:2] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7",
    "details":{"alertname":"Down","monitor":"web","severity":"critical","url":"https://holter.example/incidents/7"},
    "source":"Holter","priority":"P2","entity":"web","responders":[{"type":"team","name":"ops"}],"tags":["holter","web"]})");
}

TEST(Opsgenie, closes_by_the_alias) {
  auto message = sample_message(false);
  message.group = "a/b c";
  auto calls = attempt(kChannel, kGiven, message, {kOk}).calls;
  EXPECT_EQ(calls.at(0).method, "POST");
  EXPECT_EQ(calls[0].url, "https://api.opsgenie.com/v2/alerts/a%2Fb%20c/close?identifierType=alias");
  EXPECT_EQ(header(calls[0], "Authorization"), "GenieKey genie-key-1");
  expect_body(calls[0], R"({"source":"Holter",
    "note":"[RESOLVED] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7"})");
}

TEST(Opsgenie, cuts_to_its_limits) {
  auto message = sample_message();
  message.title = std::string(300, 't');
  message.text = std::string(20'000, 'x');
  message.group = std::string(600, 'g');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("message").as_string().size(), 130u + 2);
  EXPECT_LE(body.at("description").as_string().size(), 15'000u + 2);
  EXPECT_EQ(body.at("alias").as_string().size(), 64u);
}

TEST(Opsgenie, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{401, {}, R"({"message":"Could not authenticate"})"}, Kind::kGiveUp, {}, "authenticate"},
       {{422, {}, R"({"message":"Request body is not processable."})"}, Kind::kGiveUp, {}, "not processable"},
       {{429, {{"Retry-After", "1"}}, R"({"message":"You are making too many requests!"})"},
        Kind::kRetry,
        seconds(1),
        "too many"},
       {{503, {}, ""}, Kind::kRetry, {}, "HTTP 503"},
       {{202, {}, "{}"}, Kind::kRetry, {}, "{}"}});
}

}  // namespace
}  // namespace holter::notify
