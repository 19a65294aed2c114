#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& pushover_plugin();

namespace {

const PluginInfo& kChannel = pushover_plugin();
const Given kGiven{{"token", "app-token-1"}, {"user", "user-key-1"}};
const HttpAnswer kOk{200, {}, R"({"status":1,"request":"r-1"})"};

TEST(Pushover, posts_a_message_of_high_priority) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://api.pushover.net/1/messages.json");
  expect_body(calls[0], R"({"token":"app-token-1","user":"user-key-1","title":"[FIRING:2] Down web",
    "message":"web-1 is down\nweb-2 is down","priority":1,"url":"https://holter.example/incidents/7","url_title":"Holter"})");
}

TEST(Pushover, rings_again_in_an_emergency) {
  auto given = kGiven;
  given["emergency_from"] = "critical";
  given["retry"] = "30";
  given["expire"] = "600";
  given["device"] = "phone";
  given["sound"] = "siren";
  auto body = boost::json::parse(attempt(kChannel, given, sample_message(), {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("priority"), 2);
  EXPECT_EQ(body.at("retry"), 30);
  EXPECT_EQ(body.at("expire"), 600);
  EXPECT_EQ(body.at("tags"), "2fc7f76ab4bcf3ff640edf19093a0b83");  // sha256("group-7")
  EXPECT_EQ(body.at("device"), "phone");
  EXPECT_EQ(body.at("sound"), "siren");
}

TEST(Pushover, ends_the_emergency_before_it_tells_that_it_is_over) {
  auto given = kGiven;
  given["emergency_from"] = "critical";
  auto [outcome, calls] = attempt(kChannel, given, sample_message(false), {kOk, kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].url, "https://api.pushover.net/1/receipts/cancel_by_tag/2fc7f76ab4bcf3ff640edf19093a0b83.json");
  EXPECT_EQ(calls[0].body, "token=app-token-1");
  EXPECT_EQ(boost::json::parse(calls[1].body).at("priority"), 0);
  auto failed = attempt(kChannel, given, sample_message(false), {{503, {}, ""}});
  EXPECT_EQ(failed.outcome.kind, Kind::kRetry);
  EXPECT_TRUE(failed.outcome.answer.starts_with("cannot end the emergency: HTTP 503"));
  EXPECT_EQ(failed.calls.size(), 1u);
}

TEST(Pushover, never_rings_again_where_the_user_does_not_want_it) {
  auto given = kGiven;
  given["emergency_from"] = "never";
  auto message = sample_message();
  message.severity = model::Severity::kEmergency;
  EXPECT_EQ(boost::json::parse(attempt(kChannel, given, message, {kOk}).calls.at(0).body).at("priority"), 1);
}

TEST(Pushover, cuts_to_1024_characters_and_leaves_out_a_link_that_is_too_long) {
  auto message = sample_message();
  message.text = std::string(5000, 'x');
  message.url += std::string(600, 'y');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("message").as_string().size(), 1024u + 2);
  EXPECT_FALSE(body.as_object().contains("url"));
}

TEST(Pushover, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{400, {}, R"({"user":"invalid","errors":["user identifier is invalid"],"status":0,"request":"r"})"},
        Kind::kGiveUp,
        {},
        "user identifier"},
       {{429, {{"X-Limit-App-Reset", "1701388800"}}, R"({"errors":["application is over its quota"],"status":0})"},
        Kind::kGiveUp,
        {},
        "quota"},
       {{429, {{"Retry-After", "9"}}, R"({"status":0})"}, Kind::kRetry, seconds(9), "429"},
       {{500, {}, "{}"}, Kind::kRetry, seconds(5), "HTTP 500"},
       {{200, {}, R"({"status":0,"errors":["no"]})"}, Kind::kGiveUp, {}, "no"},
       {{200, {}, "[]"}, Kind::kRetry, {}, "[]"}});
}

TEST(Pushover, checks_the_times_of_an_emergency) {
  auto given = kGiven;
  given["retry"] = "29";
  EXPECT_FALSE(check_settings(kChannel, given));
  given["retry"] = "60";
  given["expire"] = "10801";
  EXPECT_FALSE(check_settings(kChannel, given));
  given["expire"] = "59";
  EXPECT_FALSE(check_settings(kChannel, given));
}

}  // namespace
}  // namespace holter::notify
