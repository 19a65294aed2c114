#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& ntfy_plugin();

namespace {

const PluginInfo& kChannel = ntfy_plugin();
const Given kGiven{{"topic", "ops_7"}, {"token", "tk_abcabc"}};
const HttpAnswer kOk{200, {}, R"({"id":"x1","event":"message"})"};

TEST(Ntfy, posts_json_to_the_server) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://ntfy.sh/");
  EXPECT_EQ(header(calls[0], "Authorization"), "Bearer tk_abcabc");
  expect_body(calls[0], R"({"topic":"ops_7","title":"[FIRING:2] Down web","message":"web-1 is down\nweb-2 is down",
    "priority":5,"tags":["rotating_light"],"click":"https://holter.example/incidents/7"})");
}

TEST(Ntfy, is_calmer_for_warnings_and_when_resolved) {
  auto message = sample_message();
  message.severity = model::Severity::kWarning;
  EXPECT_EQ(boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body).at("priority"), 4);
  auto resolved = boost::json::parse(attempt(kChannel, kGiven, sample_message(false), {kOk}).calls.at(0).body);
  EXPECT_EQ(resolved.at("priority"), 3);
  EXPECT_EQ(resolved.at("tags").at(0), "white_check_mark");
}

TEST(Ntfy, logs_in_with_user_and_password_or_not_at_all) {
  auto calls =
      attempt(kChannel, {{"topic", "t"}, {"user", "me"}, {"password", "pass word"}, {"server", "http://127.0.0.1:81"}},
              sample_message(), {kOk})
          .calls;
  EXPECT_EQ(calls.at(0).url, "http://127.0.0.1:81/");
  EXPECT_EQ(calls[0].user, "me");
  EXPECT_EQ(calls[0].password, "pass word");
  EXPECT_EQ(header(calls[0], "Authorization"), "");
  EXPECT_EQ(attempt(kChannel, {{"topic", "t"}}, sample_message(), {kOk}).calls.at(0).user, "");
  EXPECT_FALSE(check_settings(kChannel, {{"topic", "t"}, {"user", "me"}}));
  EXPECT_FALSE(check_settings(kChannel, {{"topic", "t"}, {"user", "me"}, {"password", "p"}, {"token", "x"}}));
  EXPECT_FALSE(check_settings(kChannel, {{"topic", "a/b"}}));
}

TEST(Ntfy, cuts_to_4096_bytes) {
  auto message = sample_message();
  message.text = std::string(5000, 'x');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("message").as_string().size(), 4096u);
}

TEST(Ntfy, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{429, {{"Retry-After", "4"}}, R"({"code":42901,"http":429,"error":"limit reached: too many requests"})"},
        Kind::kRetry,
        seconds(4),
        "42901"},
       {{401, {}, R"({"code":40101,"http":401,"error":"unauthorized"})"}, Kind::kGiveUp, {}, "unauthorized"},
       {{403, {}, R"({"code":40301,"http":403,"error":"forbidden"})"}, Kind::kGiveUp, {}, "40301"},
       {{500, {}, R"({"code":50001,"http":500,"error":"internal server error"})"}, Kind::kRetry, {}, "50001"},
       {{200, {}, "ok"}, Kind::kRetry, {}, "ok"}});
}

}  // namespace
}  // namespace holter::notify
