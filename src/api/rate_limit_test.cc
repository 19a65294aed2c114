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
