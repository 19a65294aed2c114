#include "collect/pushes.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::collect {
namespace {

class PushesTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  memory::Budget budget_{64 << 10};
  Pushes pushes_{clock_, budget_.account("collect/pushes")};
};

TEST_F(PushesTest, keeps_the_newest_of_each_job) {
  EXPECT_FALSE(pushes_.newest("backup"));
  ASSERT_TRUE(pushes_.put("backup", "a 1\n", false));
  auto first = pushes_.newest("backup");
  ASSERT_TRUE(pushes_.put("backup", "a 2\n", true));
  ASSERT_TRUE(pushes_.put("backup/instance/db1", "a 3\n", false));
  EXPECT_EQ(*first->text, "a 1\n") << "who reads it goes on reading it";
  EXPECT_EQ(*pushes_.newest("backup")->text, "a 2\n");
  EXPECT_TRUE(pushes_.newest("backup")->openmetrics);
  EXPECT_EQ(*pushes_.newest("backup/instance/db1")->text, "a 3\n");
  EXPECT_EQ(pushes_.jobs(), 2U);
}

TEST_F(PushesTest, tells_when_it_came) {
  ASSERT_TRUE(pushes_.put("backup", "a 1\n", false));
  auto then = clock_.mono();
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(pushes_.newest("backup")->received, then);
}

TEST_F(PushesTest, forgets_who_was_not_heard_of_for_the_longest_time_where_memory_is_short) {
  std::string text(25 << 10, 'x');
  ASSERT_TRUE(pushes_.put("a", text, false));
  ASSERT_TRUE(pushes_.put("b", text, false));
  ASSERT_TRUE(pushes_.put("a", text, false));
  ASSERT_TRUE(pushes_.put("c", text, false));
  EXPECT_FALSE(pushes_.newest("b"));
  EXPECT_TRUE(pushes_.newest("a"));
  EXPECT_TRUE(pushes_.newest("c"));
  auto refused = pushes_.put("d", std::string(100 << 10, 'x'), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(PushesTest, refuses_what_is_too_long) {
  EXPECT_EQ(pushes_.put("a", std::string(Pushes::kMostText + 1, 'x'), false).error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(pushes_.put("", "", false).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(pushes_.put(std::string(Pushes::kLongestJob + 1, 'j'), "", false).error().code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace holter::collect
