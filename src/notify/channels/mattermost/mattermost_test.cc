#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& mattermost_plugin();

namespace {

const PluginInfo& kChannel = mattermost_plugin();
const Given kGiven{{"webhook_url", "https://chat.example/hooks/abcabc"}};
const HttpAnswer kOk{200, {}, "ok"};

TEST(Mattermost, posts_an_attachment) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://chat.example/hooks/abcabc");
  expect_body(calls[0],
              R"({"attachments":[{"fallback":"[FIRING:2] Down web","color":"#CF222E","title":"[FIRING:2] Down web",
    "text":"web-1 is down\nweb-2 is down","title_link":"https://holter.example/incidents/7"}]})");
}

TEST(Mattermost, names_channel_and_sender_and_mentions_people) {
  auto given = kGiven;
  given["channel"] = "town-square";
  given["username"] = "watcher";
  given["mentions"] = "here, anna";
  auto body = boost::json::parse(attempt(kChannel, given, sample_message(), {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("channel"), "town-square");
  EXPECT_EQ(body.at("username"), "watcher");
  EXPECT_EQ(body.at("text"), "@here @anna ");
}

TEST(Mattermost, cuts_the_text) {
  auto message = sample_message();
  message.text = std::string(20'000, 'x');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("attachments").at(0).at("text").as_string().size(), 15'000u + 2);
}

TEST(Mattermost, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{400, {}, R"({"id":"web.incoming_webhook.invalid.app_error","message":"Invalid webhook.","status_code":400})"},
        Kind::kGiveUp,
        {},
        "Invalid webhook."},
       {{404, {}, R"({"id":"web.incoming_webhook.channel.app_error","message":"Couldn't find the channel."})"},
        Kind::kGiveUp,
        {},
        "find the channel"},
       {{429, {{"Retry-After", "2"}}, "limit exceeded"}, Kind::kRetry, seconds(2), "limit exceeded"},
       {{500, {}, "{}"}, Kind::kRetry, {}, "HTTP 500"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

}  // namespace
}  // namespace holter::notify
