#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& gotify_plugin();

namespace {

const PluginInfo& kChannel = gotify_plugin();
const Given kGiven{{"server", "https://gotify.example/base/"}, {"token", "Aabcabc"}};
const HttpAnswer kOk{200, {}, R"({"id":25,"appid":5})"};

TEST(Gotify, posts_a_message_with_the_token_in_a_header) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://gotify.example/base/message");
  EXPECT_EQ(header(calls[0], "X-Gotify-Key"), "Aabcabc");
  expect_body(calls[0], R"({"title":"[FIRING:2] Down web","message":"web-1 is down\nweb-2 is down","priority":8,
    "extras":{"client::display":{"contentType":"text/markdown"},
      "client::notification":{"click":{"url":"https://holter.example/incidents/7"}}}})");
}

TEST(Gotify, has_a_priority_for_each_severity) {
  std::vector<std::int64_t> priorities;
  for (auto severity :
       {model::Severity::kInfo, model::Severity::kWarning, model::Severity::kCritical, model::Severity::kEmergency}) {
    auto message = sample_message();
    message.severity = severity;
    priorities.push_back(
        boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body).at("priority").as_int64());
  }
  EXPECT_EQ(priorities, (std::vector<std::int64_t>{4, 6, 8, 10}));
  auto resolved = attempt(kChannel, kGiven, sample_message(false), {kOk}).calls.at(0).body;
  EXPECT_EQ(boost::json::parse(resolved).at("priority"), 4);
}

TEST(Gotify, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{401,
         {},
         R"({"error":"Unauthorized","errorCode":401,"errorDescription":"you need to provide a valid access token"})"},
        Kind::kGiveUp,
        {},
        "Unauthorized: you need"},
       {{400, {}, R"({"error":"Bad Request","errorDescription":"Field 'message' is required"})"},
        Kind::kGiveUp,
        {},
        "required"},
       {{503, {}, "down"}, Kind::kRetry, {}, "down"},
       {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

}  // namespace
}  // namespace holter::notify
