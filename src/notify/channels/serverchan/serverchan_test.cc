#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& serverchan_plugin();

namespace {

const PluginInfo& kChannel = serverchan_plugin();
const Given kGiven{{"send_key", "SCT123TabcABC"}};
const HttpAnswer kOk{200, {}, R"({"code":0,"message":"","data":{"pushid":"1"}})"};

TEST(Serverchan, posts_to_turbo) {
  auto given = kGiven;
  given["channel"] = "9|18";
  auto [outcome, calls] = attempt(kChannel, given, sample_message(), {kOk});
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].method, "POST");
  EXPECT_EQ(calls[0].url, "https://sctapi.ftqq.com/SCT123TabcABC.send");
  expect_body(calls[0], R"j({"title":"[FIRING:2] Down web","channel":"9|18","desp":
    "**[FIRING:2] Down web**\n\nweb-1 is down\nweb-2 is down\n\n[https://holter.example/incidents/7](https://holter.example/incidents/7)"})j");
}

TEST(Serverchan, finds_the_address_of_a_key_of_version_3) {
  auto calls = attempt(kChannel, {{"send_key", "sctp12345tabcdef"}}, sample_message(), {kOk}).calls;
  EXPECT_EQ(calls.at(0).url, "https://12345.push.ft07.com/send/sctp12345tabcdef.send");
  calls =
      attempt(kChannel, {{"send_key", "sctp12345tabcdef"}, {"api_url", "http://127.0.0.1:82"}}, sample_message(), {kOk})
          .calls;
  EXPECT_EQ(calls.at(0).url, "http://127.0.0.1:82/send/sctp12345tabcdef.send");
}

TEST(Serverchan, refuses_keys_of_no_kind) {
  for (std::string_view key : {"abc", "sctp12.evil.example/t1", "sctpt1", "sctp12"})
    EXPECT_FALSE(check_settings(kChannel, {{"send_key", std::string(key)}})) << key;
}

TEST(Serverchan, cuts_title_and_text) {
  auto message = sample_message();
  message.title = std::string(100, 't');
  message.text = std::string(40'000, 'x');
  auto body = boost::json::parse(attempt(kChannel, kGiven, message, {kOk}).calls.at(0).body);
  EXPECT_EQ(body.at("title").as_string().size(), 32u + 2);
  EXPECT_EQ(body.at("desp").as_string().size(), 32'000u);
}

TEST(Serverchan, knows_what_the_answers_mean) {
  expect_outcomes(kChannel, kGiven,
                  {{{400, {}, R"({"code":40001,"message":"[AUTH]no such key"})"}, Kind::kGiveUp, {}, "[AUTH]"},
                   {{200, {}, R"({"code":40001,"message":"too many today"})"}, Kind::kGiveUp, {}, "too many today"},
                   {{503, {}, ""}, Kind::kRetry, {}, "HTTP 503"},
                   {{200, {}, "<html>"}, Kind::kRetry, {}, "<html>"}});
}

}  // namespace
}  // namespace holter::notify
