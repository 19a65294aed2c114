#include "app/prometheus_source.h"

#include <boost/asio/io_context.hpp>
#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/run_task.h"
#include "testing/scripted_peer.h"

namespace holter::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedPeer;

class PrometheusSourceTest : public ::testing::Test {
 protected:
  PrometheusSourceTest() { resolver_.policy().set({}); }

  static ScriptedPeer::Script says(int status, const std::string& body) {
    return {
        ScriptedPeer::expect("timeout="),
        ScriptedPeer::send(fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body))};
  }
  Result<read::PromqlAnswer> ask(const ScriptedPeer& peer, PromqlQuery query = {.text = "up == 0", .to_ms = 1'500},
                                 milliseconds patience = seconds(20)) {
    config_.prometheus_url = peer.url("");
    PrometheusSource source(config_, context_.get_executor(), clock_, resolver_, account_);
    return testing::run_task(context_, source.ask(std::move(query), clock_.mono() + patience));
  }

  SystemClock clock_;
  memory::Account account_{"test", nullptr, std::size_t{32} << 20};
  boost::asio::io_context context_{1};
  net::Resolver resolver_{{}, context_.get_executor(), clock_, account_};
  define::Config::Alerts config_;
};

constexpr const char* kVector =
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"a"},"value":[1.5,"0"]}]}})";

TEST_F(PrometheusSourceTest, asks_at_one_time_and_gives_the_series) {
  ScriptedPeer peer({says(200, kVector)});
  auto answer = ask(peer);
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_EQ(answer->series.size(), 1U);
  EXPECT_EQ(answer->series[0].labels, (model::Labels{{"job", "a"}}));
  EXPECT_THAT(peer.received(), HasSubstr("POST /api/v1/query HTTP/1.1\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("query=up%20%3D%3D%200&time=1.500&timeout="));
  EXPECT_THAT(peer.received(), Not(HasSubstr("Authorization")));
}

TEST_F(PrometheusSourceTest, asks_over_a_range_in_steps) {
  ScriptedPeer peer({says(200, R"({"status":"success","data":{"resultType":"matrix","result":[]}})")});
  auto answer = ask(peer, {.text = "up", .from_ms = 0, .to_ms = 120'000, .step_ms = 60'000});
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_THAT(peer.received(), HasSubstr("POST /api/v1/query_range HTTP/1.1\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("query=up&start=0.000&end=120.000&step=60.000&timeout="));
}

TEST_F(PrometheusSourceTest, says_who_it_is) {
  ScriptedPeer peer({says(200, kVector)});
  config_.prometheus_token = "s3cret";
  ASSERT_TRUE(ask(peer));
  EXPECT_THAT(peer.received(), HasSubstr("Authorization: Bearer s3cret\r\n"));
  ScriptedPeer basic({says(200, kVector)});
  config_.prometheus_token.clear();
  config_.prometheus_user = "eva";
  config_.prometheus_password = "s3cret";
  ASSERT_TRUE(ask(basic));
  EXPECT_THAT(basic.received(), HasSubstr("Authorization: Basic ZXZhOnMzY3JldA==\r\n"));
}

TEST_F(PrometheusSourceTest, a_failure_has_the_words_of_the_server) {
  const std::string bad = R"({"status":"error","errorType":"bad_data","error":"1:4: parse error"})";
  for (const auto& [status, body, code, words] : std::vector<std::tuple<int, std::string, ErrorCode, std::string>>{
           {400, bad, ErrorCode::kInvalidArgument, "1:4: parse error"},
           {422, bad, ErrorCode::kInvalidArgument, "HTTP 422: 1:4: parse error"},
           {401, "who are you?", ErrorCode::kUnauthenticated, "HTTP 401"},
           {503, "<html>", ErrorCode::kUnavailable, "HTTP 503"},
           {200, bad, ErrorCode::kUnavailable, "1:4: parse error"},
           {200, "<html>", ErrorCode::kProtocolViolation, "cannot read the JSON document"}}) {
    ScriptedPeer peer({says(status, body)});
    auto answer = ask(peer);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), code) << answer.error().message();
    EXPECT_THAT(answer.error().message(), HasSubstr(words));
    EXPECT_TRUE(answer.error().message().starts_with("cannot "));
    EXPECT_THAT(answer.error().message(), Not(HasSubstr("who are you")));
  }
}

TEST_F(PrometheusSourceTest, follows_no_redirect_and_takes_no_answer_that_is_too_long) {
  ScriptedPeer elsewhere({{ScriptedPeer::expect("timeout="),
                           ScriptedPeer::send("HTTP/1.1 307 X\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n")}});
  EXPECT_EQ(ask(elsewhere).error().code(), ErrorCode::kUnavailable);
  ScriptedPeer endless({{ScriptedPeer::expect("timeout="), ScriptedPeer::send("HTTP/1.1 200 OK\r\n\r\n"),
                         ScriptedPeer::send_forever(std::string(65'536, ' '))}});
  EXPECT_EQ(ask(endless).error().code(), ErrorCode::kTooLarge);
}

TEST_F(PrometheusSourceTest, waits_no_longer_than_it_may) {
  ScriptedPeer silent({{ScriptedPeer::stall()}});
  EXPECT_EQ(ask(silent, {.text = "up", .to_ms = 1}, milliseconds(200)).error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(ask(silent, {.text = "up", .to_ms = 1}, milliseconds(0)).error().code(), ErrorCode::kTimeout);
}

}  // namespace
}  // namespace holter::app
