#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& discord_plugin();

namespace {

const PluginInfo& kChannel = discord_plugin();
const Given kWebhook{{"webhook_url", "https://discord.com/api/webhooks/1/abcabc"}};
const Given kBot{{"bot_token", "bot-token-1"}, {"channel_id", "9876"}};
const HttpAnswer kOk{200, {}, R"({"id":"1"})"};

TEST(Discord, posts_an_embed_to_a_webhook_and_waits_for_it) {
  auto [outcome, calls] = attempt(kChannel, kWebhook, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://discord.com/api/webhooks/1/abcabc?wait=true");
  EXPECT_EQ(header(calls[0], "Authorization"), "");
  expect_body(calls[0], R"({"content":"","embeds":[{"title":"[FIRING:2] Down web",
    "description":"web-1 is down\nweb-2 is down","color":13574702,"url":"https://holter.example/incidents/7"}],
    "allowed_mentions":{"parse":[],"users":[],"roles":[]}})");
}

TEST(Discord, writes_as_a_bot_with_a_nonce_that_an_attempt_repeats) {
  auto given = kBot;
  given["mention_users"] = "11";
  given["mention_roles"] = "22";
  auto [outcome, calls] = attempt(kChannel, given, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(calls.at(0).url, "https://discord.com/api/v10/channels/9876/messages");
  EXPECT_EQ(header(calls[0], "Authorization"), "Bot bot-token-1");
  auto body = boost::json::parse(calls[0].body);
  EXPECT_EQ(body.at("content"), "<@11> <@&22> ");
  EXPECT_EQ(body.at("allowed_mentions"), boost::json::parse(R"({"parse":[],"users":["11"],"roles":["22"]})"));
  EXPECT_EQ(body.at("nonce"), "833f486df7101eb82071c45c7");  // sha256("incident-7/3")
  EXPECT_EQ(body.at("enforce_nonce"), true);
}

TEST(Discord, cuts_title_and_description) {
  auto message = sample_message();
  message.title = std::string(300, 't');
  message.text = std::string(5000, 'x');
  auto embed = boost::json::parse(attempt(kChannel, kWebhook, message, {kOk}).calls.at(0).body).at("embeds").at(0);
  EXPECT_EQ(embed.at("title").as_string().size(), 256u + 2);
  EXPECT_EQ(embed.at("description").as_string().size(), 4096u + 2);
}

TEST(Discord, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kWebhook,
      {{{429, {}, R"({"message":"You are being rate limited.","retry_after":1.25,"global":false})"},
        Kind::kRetry,
        milliseconds(1250),
        "rate limited"},
       {{429, {{"Retry-After", "3"}}, R"({"message":"x","retry_after":1.25})"}, Kind::kRetry, seconds(3), "x"},
       {{404, {}, R"({"message":"Unknown Webhook","code":10015})"}, Kind::kGiveUp, {}, "10015: Unknown Webhook"},
       {{403, {}, R"({"message":"Missing Permissions","code":50013})"}, Kind::kGiveUp, {}, "Missing Permissions"},
       {{204, {}, ""}, Kind::kDelivered, {}, "HTTP 204"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"},
       {{503, {}, "<html>"}, Kind::kRetry, {}, "HTTP 503"}});
}

TEST(Discord, is_either_a_webhook_or_a_bot_with_a_channel) {
  EXPECT_FALSE(check_settings(kChannel, {}));
  EXPECT_FALSE(check_settings(kChannel, {{"bot_token", "x"}}));
  EXPECT_FALSE(
      check_settings(kChannel, {{"webhook_url", "https://discord.com/x"}, {"bot_token", "x"}, {"channel_id", "1"}}));
  EXPECT_FALSE(check_settings(kChannel, {{"webhook_url", "discord.com/x"}}));
}

}  // namespace
}  // namespace holter::notify
