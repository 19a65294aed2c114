#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& bark_plugin();

namespace {

const PluginInfo& kChannel = bark_plugin();
const Given kGiven{{"device_key", "device-key-1"}};
const HttpAnswer kOk{200, {}, R"({"code":200,"message":"success","timestamp":1700000000})"};

TEST(Bark, posts_to_push) {
  auto given = kGiven;
  given["sound"] = "alarm";
  auto [outcome, calls] = attempt(kChannel, given, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://api.day.app/push");
  expect_body(calls[0],
              R"({"device_key":"device-key-1","title":"[FIRING:2] Down web","body":"web-1 is down\nweb-2 is down",
    "level":"timeSensitive","group":"Holter","sound":"alarm","url":"https://holter.example/incidents/7"})");
}

TEST(Bark, rings_in_spite_of_a_mute_phone_for_emergencies_only) {
  auto message = sample_message();
  message.severity = model::Severity::kEmergency;
  EXPECT_EQ(boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body).at("level"), "critical");
  message.firing = false;
  EXPECT_EQ(boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body).at("level"), "active");
}

TEST(Bark, stays_below_4096_bytes) {
  auto message = sample_message();
  message.text = std::string(9000, 'x');
  message.url += std::string(600, 'y');
  EXPECT_LT(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body.size(), 3500u);
}

TEST(Bark, knows_what_the_answers_mean) {
  expect_outcomes(kChannel, kGiven,
                  {{{400, {}, R"({"code":400,"message":"failed to get device token: no such key"})"},
                    Kind::kGiveUp,
                    {},
                    "failed to get"},
                   {{500, {}, R"({"code":500,"message":"push failed"})"}, Kind::kRetry, seconds(30), "push failed"},
                   {{200, {}, "pong"}, Kind::kRetry, {}, "pong"},
                   {{404, {}, "Not Found"}, Kind::kGiveUp, {}, "HTTP 404"}});
}

}  // namespace
}  // namespace holter::notify
