#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& matrix_plugin();

namespace {

const PluginInfo& kChannel = matrix_plugin();
const Given kGiven{
    {"homeserver", "https://matrix.example/"}, {"access_token", "syt_token_1"}, {"room_id", "!abc:matrix.example"}};
const HttpAnswer kOk{200, {}, R"({"event_id":"$1"})"};

TEST(Matrix, puts_an_event_with_the_key_as_its_transaction) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "PUT");
  EXPECT_EQ(
      calls[0].url,
      "https://matrix.example/_matrix/client/v3/rooms/%21abc%3Amatrix.example/send/m.room.message/incident-7%2F3");
  EXPECT_EQ(header(calls[0], "Authorization"), "Bearer syt_token_1");
  expect_body(calls[0], R"({"msgtype":"m.text",
    "body":"[FIRING:2] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7",
    "format":"org.matrix.custom.html",
    "formatted_body":"<b><font color=\"#CF222E\">[FIRING:2] Down web</font></b><br>web-1 is down<br>web-2 is down<br><a href=\"https://holter.example/incidents/7\">https://holter.example/incidents/7</a>",
    "m.mentions":{}})");
}

TEST(Matrix, escapes_html_and_mentions_users_and_room) {
  auto given = kGiven;
  given["mentions"] = "@me:matrix.example\nroom";
  auto message = sample_message();
  message.text = "<script>&";
  auto body = boost::json::parse(attempt(kChannel, given, message, {kOk}).calls.at(0).body);
  EXPECT_NE(body.at("formatted_body").as_string().find("<br>&lt;script&gt;&amp;<br>"), boost::json::string::npos);
  EXPECT_EQ(body.at("m.mentions"), boost::json::parse(R"({"room":true,"user_ids":["@me:matrix.example"]})"));
}

TEST(Matrix, stays_below_the_limit_of_an_event) {
  auto message = sample_message();
  message.text = std::string(100'000, '&');
  EXPECT_LT(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body.size(), 60'000u);
}

TEST(Matrix, knows_what_the_answers_mean) {
  expect_outcomes(kChannel, kGiven,
                  {{{429, {}, R"({"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":2500})"},
                    Kind::kRetry,
                    milliseconds(2500),
                    "M_LIMIT_EXCEEDED"},
                   {{401, {}, R"({"errcode":"M_UNKNOWN_TOKEN","error":"Unrecognised access token"})"},
                    Kind::kGiveUp,
                    {},
                    "M_UNKNOWN_TOKEN"},
                   {{403, {}, R"({"errcode":"M_FORBIDDEN","error":"not in room"})"}, Kind::kGiveUp, {}, "not in room"},
                   {{200, {}, "{}"}, Kind::kRetry, {}, "{}"},
                   {{504, {}, "<html>"}, Kind::kRetry, {}, "HTTP 504"}});
}

}  // namespace
}  // namespace holter::notify
