#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& pagerduty_plugin();

namespace {

const PluginInfo& kChannel = pagerduty_plugin();
const Given kGiven{{"routing_key", "0123456789abcdef0123456789abcdef"}, {"component", "web"}};
const HttpAnswer kOk{202, {}, R"({"status":"success","message":"Event processed","dedup_key":"group-7"})"};

TEST(Pagerduty, triggers_with_the_group_as_its_key) {
  auto [outcome, calls] = attempt(kChannel, kGiven, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://events.pagerduty.com/v2/enqueue");
  expect_body(calls[0],
              R"({"routing_key":"0123456789abcdef0123456789abcdef","event_action":"trigger","dedup_key":"group-7",
    "client":"Holter","client_url":"https://holter.example/incidents/7",
    "links":[{"href":"https://holter.example/incidents/7","text":"Holter"}],
    "payload":{"summary":"[FIRING:2] Down web","source":"web","severity":"error","timestamp":"2023-11-14T21:56:40.000Z",
      "group":"Down","component":"web","custom_details":{"text":"web-1 is down\nweb-2 is down","alertname":"Down",
      "monitor":"web","severity":"critical"}}})");
}

TEST(Pagerduty, resolves_the_same_key) {
  auto calls = attempt(kChannel, kGiven, sample_message(false), {kOk}).calls;
  auto body = boost::json::parse(calls.at(0).body).as_object();
  EXPECT_EQ(body.at("event_action"), "resolve");
  EXPECT_EQ(body.at("dedup_key"), "group-7");
  EXPECT_FALSE(body.contains("payload"));
}

TEST(Pagerduty, shortens_a_long_group_to_the_same_key_each_time) {
  auto firing = sample_message(), resolved = sample_message(false);
  firing.group = resolved.group = std::string(300, 'g');
  firing.title = std::string(2000, 't');
  auto trigger = boost::json::parse(attempt(kChannel, kGiven, firing, {kOk}).calls.at(0).body);
  auto resolve = boost::json::parse(attempt(kChannel, kGiven, resolved, {kOk}).calls.at(0).body);
  EXPECT_EQ(trigger.at("dedup_key").as_string().size(), 64u);
  EXPECT_EQ(trigger.at("dedup_key"), resolve.at("dedup_key"));
  EXPECT_EQ(trigger.at("payload").at("summary").as_string().size(), 1024u + 2);
}

TEST(Pagerduty, knows_what_the_answers_mean) {
  expect_outcomes(
      kChannel, kGiven,
      {{{400,
         {},
         R"({"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect"]})"},
        Kind::kGiveUp,
        {},
        "routing_key"},
       {{429, {}, R"({"status":"throttle exceeded","message":"Requests for this service are arriving too quickly"})"},
        Kind::kRetry,
        {},
        "too quickly"},
       {{429, {{"Retry-After", "6"}}, ""}, Kind::kRetry, seconds(6), "429"},
       {{500, {}, ""}, Kind::kRetry, {}, "HTTP 500"},
       {{202, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

}  // namespace
}  // namespace holter::notify
