#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& slack_plugin();

namespace {

const PluginInfo& kChannel = slack_plugin();
const Given kGiven{{"webhook_url", "https://hooks.slack.com/services/T0/B0/xyzxyz"}};
const HttpAnswer kOk{200, {}, "ok"};

TEST(Slack, posts_a_coloured_attachment_of_blocks) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://hooks.slack.com/services/T0/B0/xyzxyz");
  expect_body(calls[0], R"({"text":"*[FIRING:2] Down web*","attachments":[{"color":"#CF222E","blocks":[
    {"type":"section","text":{"type":"mrkdwn","text":"web-1 is down\nweb-2 is down"}},
    {"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Holter"},
      "url":"https://holter.example/incidents/7"}]}]}]})");
}

TEST(Slack, escapes_what_has_a_meaning_and_mentions_whom_it_was_told) {
  auto given = kGiven;
  given["mentions"] = "U123\nS456\nhere";
  auto message = sample_message();
  message.title = "a < b & <!channel>";
  auto body = boost::json::parse(attempt(kChannel, given, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("text"), "<@U123> <!subteam^S456> <!here> *a &lt; b &amp; &lt;!channel&gt;*");
}

TEST(Slack, keeps_a_section_of_escapes_below_3000_characters) {
  auto message = sample_message();
  message.text = std::string(3000, '&');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  auto text = body.at("attachments").at(0).at("blocks").at(0).at("text").at("text").as_string();
  EXPECT_LE(text.size(), 3002u);
  EXPECT_GT(text.size(), 1500u);
  EXPECT_TRUE(text.ends_with("&amp;…"));
}

TEST(Slack, knows_what_the_answers_mean) {
  expect_outcomes(kChannel, kGiven,
                  {{{404, {}, "no_service"}, Kind::kGiveUp, {}, "no_service"},
                   {{410, {}, "channel_is_archived"}, Kind::kGiveUp, {}, "channel_is_archived"},
                   {{403, {}, "action_prohibited"}, Kind::kGiveUp, {}, "action_prohibited"},
                   {{400, {}, "invalid_payload"}, Kind::kGiveUp, {}, "invalid_payload"},
                   {{429, {{"Retry-After", "30"}}, "rate_limited"}, Kind::kRetry, seconds(30), "rate_limited"},
                   {{500, {}, "rollup_error"}, Kind::kRetry, {}, "rollup_error"},
                   {{200, {}, "<html>log in</html>"}, Kind::kRetry, {}, "log in"}});
}

TEST(Slack, takes_an_address_only) {
  auto settings = check_settings(kChannel, {{"webhook_url", "T0/B0/xyzxyz"}});
  ASSERT_FALSE(settings);
  EXPECT_FALSE(settings.error().message().contains("xyzxyz"));
}

}  // namespace
}  // namespace holter::notify
