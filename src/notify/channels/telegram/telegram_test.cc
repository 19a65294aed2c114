#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& telegram_plugin();

namespace {

const PluginInfo& kChannel = telegram_plugin();
const Given kGiven{{"bot_token", "123456:ABC-def_9"}, {"chat_id", "-1001234"}};
const HttpAnswer kOk{200, {}, R"({"ok":true,"result":{"message_id":5}})"};

TEST(Telegram, posts_text_with_a_bold_title) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://api.telegram.org/bot123456:ABC-def_9/sendMessage");
  expect_body(calls[0], R"({"chat_id":"-1001234",
    "text":"[FIRING:2] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7",
    "entities":[{"type":"bold","offset":0,"length":19}],
    "link_preview_options":{"is_disabled":true},"disable_notification":false})");
}

TEST(Telegram, writes_to_a_topic_of_another_server_without_sound) {
  auto given = kGiven;
  given["message_thread_id"] = "42";
  given["silent"] = "true";
  given["api_url"] = "http://127.0.0.1:8081/";
  auto calls = attempt(kChannel, given, sample_message(), {kOk}).calls;
  EXPECT_TRUE(calls.at(0).url.starts_with("http://127.0.0.1:8081/bot123456:"));
  auto body = boost::json::parse(calls[0].body);
  EXPECT_EQ(body.at("message_thread_id"), 42);
  EXPECT_EQ(body.at("disable_notification"), true);
}

TEST(Telegram, cuts_to_4096_characters_and_counts_the_title_in_utf_16) {
  auto message = sample_message();
  message.title = "😀 Down";
  message.text = std::string(9000, 'x');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("entities").at(0).at("length"), 7);
  auto text = body.at("text").as_string();
  EXPECT_EQ(text.size(), 4096u + 2 + 2);  // the emoji is 2 units and 4 bytes, the mark 1 unit and 3 bytes
  EXPECT_TRUE(text.ends_with("x…\nhttps://holter.example/incidents/7"));
}

TEST(Telegram, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{429,
         {},
         R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17","parameters":{"retry_after":17}})"},
        Kind::kRetry,
        seconds(17),
        "Too Many Requests"},
       {{400, {}, R"({"ok":false,"error_code":400,"description":"Bad Request: chat not found"})"},
        Kind::kGiveUp,
        {},
        "chat not found"},
       {{401, {}, R"({"ok":false,"error_code":401,"description":"Unauthorized"})"}, Kind::kGiveUp, {}, "Unauthorized"},
       {{403, {}, R"({"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"})"},
        Kind::kGiveUp,
        {},
        "blocked"},
       {{429, {}, R"({"ok":false,"description":"x","parameters":{"retry_after":-5}})"}, Kind::kRetry, {}, "x"},
       {{200, {}, R"({"ok":false})"}, Kind::kRetry, {}, ""},
       {{502, {}, "<html>"}, Kind::kRetry, {}, "<html>"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

TEST(Telegram, takes_no_token_that_would_lead_elsewhere) {
  auto given = kGiven;
  given["bot_token"] = "123456:ABC/../x";
  auto settings = check_settings(kChannel, given);
  ASSERT_FALSE(settings);
  EXPECT_TRUE(settings.error().message().contains("'bot_token'"));
}

}  // namespace
}  // namespace holter::notify
