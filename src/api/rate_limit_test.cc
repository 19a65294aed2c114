#include "api/rate_limit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/test_server.h"
#include "testing/fake_clock.h"

namespace holter::api {
namespace {

boost::asio::ip::address address(const std::string& text) {
  return boost::asio::ip::make_address(text);
}

class RateLimitTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  memory::Account account_{"rates", nullptr, 1 << 20};
};

TEST_F(RateLimitTest, lets_twice_the_rate_through_at_once_and_then_the_rate) {
  RateLimit limit(10, clock_, account_);
  ASSERT_TRUE(limit.status());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit.take(address("192.0.2.1")), 0u) << i;
  EXPECT_EQ(limit.take(address("192.0.2.1")), 1u);
  clock_.advance(milliseconds(100));
  EXPECT_EQ(limit.take(address("192.0.2.1")), 0u);
  EXPECT_EQ(limit.take(address("192.0.2.1")), 1u);
  clock_.advance(seconds(100));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit.take(address("192.0.2.1")), 0u) << i;
  EXPECT_NE(limit.take(address("192.0.2.1")), 0u);
}

TEST_F(RateLimitTest, counts_each_address_for_itself_and_of_ipv6_each_network) {
  RateLimit limit(1, clock_, account_);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(limit.take(address("192.0.2.1")), 0u);
  EXPECT_NE(limit.take(address("192.0.2.1")), 0u);
  EXPECT_EQ(limit.take(address("192.0.2.2")), 0u);
  EXPECT_EQ(limit.take(address("2001:db8::1")), 0u);
  EXPECT_EQ(limit.take(address("2001:db8::2")), 0u);
  EXPECT_NE(limit.take(address("2001:db8::3")), 0u);
  EXPECT_EQ(limit.take(address("2001:db8:0:1::1")), 0u);
}

TEST_F(RateLimitTest, forgets_who_was_not_heard_of_for_longest) {
  RateLimit limit(1, clock_, account_);
  auto used = account_.used();
  for (std::size_t i = 0; i < 3 * RateLimit::kMostCallers; ++i) {
    clock_.advance(milliseconds(1));
    EXPECT_EQ(limit.take(address(fmt::format("10.0.{}.{}", i / 256, i % 256))), 0u);
    EXPECT_LE(limit.callers(), RateLimit::kMostCallers);
  }
  EXPECT_EQ(account_.used(), used);
  EXPECT_GT(used, 0u);
}

TEST_F(RateLimitTest, of_nothing_holds_nothing) {
  RateLimit limit(0, clock_, account_);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(limit.take(address("192.0.2.1")), 0u);
  EXPECT_EQ(account_.used(), 0u);
}

TEST_F(RateLimitTest, who_is_known_takes_of_his_own_and_not_of_his_address) {
  RateLimits limits(1, clock_, account_);
  auto ask = [&](const char* from, std::uint64_t caller) {
    RequestRate rate(limits, address(from));
    auto wait = rate.begin();
    return wait > 0 ? wait : rate.know(caller);
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask("192.0.2.1", 7), 0U) << i;
  EXPECT_NE(ask("192.0.2.1", 7), 0U);
  // Others behind the same address are not kept out by him, also while he goes on.
  for (int i = 0; i < 50; ++i) EXPECT_NE(ask("192.0.2.1", 7), 0U) << i;
  EXPECT_EQ(ask("192.0.2.1", 8), 0U);
  // He is as limited elsewhere.
  EXPECT_NE(ask("192.0.2.2", 7), 0U);
  clock_.advance(seconds(1));
  EXPECT_EQ(ask("192.0.2.3", 7), 0U);
  EXPECT_NE(ask("192.0.2.4", 7), 0U);
}

TEST_F(RateLimitTest, who_is_not_known_takes_of_his_address) {
  RateLimits limits(1, clock_, account_);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(RequestRate(limits, address("192.0.2.1")).begin(), 0U);
  EXPECT_NE(RequestRate(limits, address("192.0.2.1")).begin(), 0U);
}

TEST_F(RateLimitTest, what_is_given_back_is_never_more_than_a_full_bucket) {
  RateLimit limit(1, clock_, account_);
  limit.give_back(address("192.0.2.1"));  // of whom it does not know
  EXPECT_EQ(limit.callers(), 0U);
  EXPECT_EQ(limit.take(address("192.0.2.1")), 0U);
  for (int i = 0; i < 10; ++i) limit.give_back(address("192.0.2.1"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(limit.take(address("192.0.2.1")), 0U);
  EXPECT_NE(limit.take(address("192.0.2.1")), 0U);
}

TEST_F(RateLimitTest, numbers_and_addresses_are_never_taken_for_each_other_and_are_forgotten_alike) {
  RateLimit limit(1, clock_, account_);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(limit.take(std::uint64_t{0}), 0U);
  EXPECT_NE(limit.take(std::uint64_t{0}), 0U);
  EXPECT_EQ(limit.take(address("0.0.0.0")), 0U);
  EXPECT_EQ(limit.take(address("::")), 0U);
  for (std::uint64_t i = 1; i < 3 * RateLimit::kMostCallers; ++i) {
    clock_.advance(milliseconds(1));
    EXPECT_EQ(limit.take(i), 0U);
  }
  EXPECT_EQ(limit.callers(), RateLimit::kMostCallers);
}

std::string as(std::string_view token) {
  return request("/api/v1/summary", fmt::format("Authorization: Bearer {}\r\n", token));
}

TEST(RateLimit, counts_each_token_for_itself_by_whatever_scheme_it_comes) {
  ServerOptions options;
  options.rate_limit = 2;
  TestServer server(options);
  RawClient client(server.port());
  int refused = 0;
  std::string last;
  for (int i = 0; i < 40; ++i) {
    client.send(i % 2 == 0 ? as("one") : request("/api/v1/summary", "authorization: BEARER  one\r\n"));
    auto answer = client.read_answer();
    if (answer.starts_with("HTTP/1.1 429 ")) ++refused, last = answer;
  }
  EXPECT_GE(refused, 1);
  EXPECT_TRUE(last.contains("Retry-After: 1\r\n")) << last;
  EXPECT_TRUE(last.contains("cannot answer more requests a second of one token (server.rate_limit)")) << last;
  EXPECT_FALSE(last.contains("one\r\n")) << "no token in what is said";
  client.send(as("two"));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
  client.send(request("/metrics", "Authorization: Bearer two\r\n"));
  auto metrics = client.read_until("refused_by_rate_total{by=\"caller\"}") + client.read_until("\n");
  EXPECT_TRUE(metrics.contains("refused_by_rate_total{by=\"address\"} 0\n")) << metrics;
  EXPECT_TRUE(metrics.ends_with(fmt::format(" {}\n", refused))) << metrics;
}

TEST(RateLimit, is_told_with_the_time_to_wait) {
  ServerOptions options;
  options.rate_limit = 2;
  TestServer server(options);
  RawClient client(server.port());
  std::string last;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    client.send(request("/healthz"));
    auto answer = client.read_answer();
    if (answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n")) ++refused, last = answer;
  }
  EXPECT_GE(refused, 1);
  EXPECT_TRUE(last.contains("Retry-After: 1\r\n")) << last;
  EXPECT_TRUE(last.contains("cannot answer more than 2 requests a second of 127.0.0.1 (server.rate_limit)")) << last;
}

}  // namespace
}  // namespace holter::api
