#include "collect/login_breaker.h"

#include <gmock/gmock.h>

#include "testing/fake_clock.h"

namespace holter::collect {
namespace {

namespace testing = holter::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LoginBreakerTest : public ::testing::Test {
 protected:
  bool may_ask(const std::string& key) { return breaker_.check(key, "host:22").has_value(); }
  void refuse(const std::string& key, int times = LoginBreaker::kMostRefusals) {
    for (int i = 0; i < times; ++i) breaker_.refused(key);
  }
  testing::FakeClock clock_;
  LoginBreaker breaker_{clock_};
};

TEST_F(LoginBreakerTest, holds_back_after_refusals_in_a_row_and_says_until_when) {
  for (int i = 0; i < LoginBreaker::kMostRefusals; ++i) {
    EXPECT_TRUE(may_ask("a")) << i;
    breaker_.refused("a");
  }
  clock_.set_wall(WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)));
  auto held = breaker_.check("a", "host:22");
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code(), ErrorCode::kUnauthenticated);
  EXPECT_THAT(held.error().message(), StartsWith("cannot log in to host:22: it refused the login 3 times in a row"));
  EXPECT_THAT(held.error().message(), HasSubstr("until 2026-11-30T00:05:00.000Z"));
  EXPECT_TRUE(may_ask("b")) << "other credentials are no matter";
}

TEST_F(LoginBreakerTest, asks_once_after_the_pause_and_one_more_refusal_is_enough) {
  refuse("a");
  clock_.advance(LoginBreaker::kPause - milliseconds(1));
  EXPECT_FALSE(may_ask("a"));
  clock_.advance(milliseconds(1));
  EXPECT_TRUE(may_ask("a"));
  breaker_.refused("a");
  EXPECT_FALSE(may_ask("a"));
  clock_.advance(LoginBreaker::kPause);
  EXPECT_TRUE(may_ask("a"));
}

TEST_F(LoginBreakerTest, a_login_that_is_accepted_begins_the_count_anew) {
  refuse("a", LoginBreaker::kMostRefusals - 1);
  breaker_.accepted("a");
  refuse("a", LoginBreaker::kMostRefusals - 1);
  EXPECT_TRUE(may_ask("a"));
  breaker_.refused("a");
  EXPECT_FALSE(may_ask("a"));
  breaker_.accepted("b");  // is not known, which is no matter
  EXPECT_FALSE(may_ask("a"));
}

TEST_F(LoginBreakerTest, a_clock_that_is_set_back_holds_nobody_longer) {
  refuse("a");
  clock_.set_wall(WallTime());
  clock_.advance(LoginBreaker::kPause);
  EXPECT_TRUE(may_ask("a"));
}

TEST_F(LoginBreakerTest, forgets_whom_it_refused_longest_ago_when_it_is_full) {
  refuse("first");
  clock_.advance(milliseconds(1));
  refuse("second");
  clock_.advance(milliseconds(1));
  for (std::size_t i = 0; i + 2 < LoginBreaker::kMostKeys; ++i) refuse("key " + std::to_string(i));
  EXPECT_FALSE(may_ask("first"));
  clock_.advance(milliseconds(1));
  refuse("one more");
  EXPECT_TRUE(may_ask("first"));
  for (auto key : {"second", "key 0", "one more"}) EXPECT_FALSE(may_ask(key)) << key;
}

}  // namespace
}  // namespace holter::collect
