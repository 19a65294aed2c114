#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& teams_plugin();

namespace {

const PluginInfo& kChannel = teams_plugin();
const Given kGiven{{"webhook_url", "https://prod-1.westeurope.logic.azure.com/workflows/1/run?sig=abcabc"}};

TEST(Teams, posts_an_adaptive_card) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {{202, {}, ""}});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://prod-1.westeurope.logic.azure.com/workflows/1/run?sig=abcabc");
  expect_body(calls[0], R"({"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",
    "contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard",
    "version":"1.4","msteams":{"width":"Full"},"body":[
      {"type":"TextBlock","text":"[FIRING:2] Down web","weight":"bolder","size":"medium","color":"attention","wrap":true},
      {"type":"TextBlock","text":"web-1 is down\nweb-2 is down","wrap":true}],
    "actions":[{"type":"Action.OpenUrl","title":"Holter","url":"https://holter.example/incidents/7"}]}}]})");
}

TEST(Teams, is_green_when_resolved_and_stays_below_28_kilobytes) {
  auto message = sample_message(false);
  message.text = std::string(60'000, 'x');
  auto calls = attempt(kChannel, kGiven, message, {{202, {}, ""}}).calls;
  EXPECT_LT(calls.at(0).body.size(), 28'000u);
  auto card = boost::json::parse(calls[0].body).at("attachments").at(0).at("content");
  EXPECT_EQ(card.at("body").at(0).at("color"), "good");
}

TEST(Teams, knows_what_the_answers_mean) {
  expect_outcomes(kChannel, kGiven,
                  {{{400, {}, R"({"error":{"code":"TriggerInputSchemaMismatch","message":"The input body is wrong"}})"},
                    Kind::kGiveUp,
                    {},
                    "TriggerInputSchemaMismatch: The input body is wrong"},
                   {{401, {}, R"({"error":{"code":"DirectApiAuthorizationRequired","message":"sig"}})"},
                    Kind::kGiveUp,
                    {},
                    "DirectApi"},
                   {{404, {}, ""}, Kind::kGiveUp, {}, "HTTP 404"},
                   {{429, {{"Retry-After", "12"}}, "[]"}, Kind::kRetry, seconds(12), "HTTP 429"},
                   {{502, {}, R"({"error":{"code":"NoResponse"}})"}, Kind::kRetry, {}, "HTTP 502"}});
}

}  // namespace
}  // namespace holter::notify
