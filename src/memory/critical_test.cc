#include "memory/critical.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holter::memory {
namespace {

class ReserveTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kKiB = 1024;

  ReserveTest() { EXPECT_TRUE(critical_.set_floor(100 * kKiB).has_value()); }

  Budget budget_{1000 * kKiB};
  Account& common_ = budget_.account("collect/rounds");
  Account& critical_ = budget_.root().child("critical", 100 * kKiB);
  Reserve reserve_{common_, critical_};
};

TEST_F(ReserveTest, takes_from_the_common_account_while_it_has_room) {
  auto normal = reserve_.reserve(10 * kKiB, false);
  auto critical = reserve_.reserve(10 * kKiB, true);
  ASSERT_TRUE(normal.has_value());
  ASSERT_TRUE(critical.has_value());
  EXPECT_EQ(common_.used(), 20 * kKiB);
  EXPECT_EQ(critical_.used(), 0U);
  EXPECT_EQ(reserve_.from_reserve(), 0U);
}

TEST_F(ReserveTest, critical_rounds_go_on_when_others_hold_all_the_rest) {
  auto hog = budget_.account("latest").reserve(900 * kKiB).value();
  EXPECT_FALSE(reserve_.reserve(1, false).has_value());
  auto critical = reserve_.reserve(60 * kKiB, true);
  ASSERT_TRUE(critical.has_value());
  EXPECT_EQ(critical_.used(), 60 * kKiB);
  EXPECT_EQ(reserve_.from_reserve(), 1U);
  EXPECT_EQ(reserve_.refused(), 1U);
  EXPECT_EQ(reserve_.refused_critical(), 0U);
  critical->reset();
  EXPECT_EQ(critical_.used(), 0U) << "back to the account that it came from";
}

TEST_F(ReserveTest, an_empty_reserve_refuses_and_says_so) {
  auto hog = budget_.account("latest").reserve(900 * kKiB).value();
  auto all = reserve_.reserve(100 * kKiB, true).value();
  auto refused = reserve_.reserve(kKiB, true);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(refused.error().message(),
            "cannot reserve 1.00 KiB of memory for process/critical: 100 KiB of 100 KiB are in use");
  EXPECT_EQ(reserve_.refused_critical(), 1U);
  auto normal = reserve_.reserve(kKiB, false);
  ASSERT_FALSE(normal.has_value());
  EXPECT_NE(normal.error().message().find("process/collect/rounds"), std::string::npos) << normal.error().message();
}

TEST_F(ReserveTest, a_reservation_from_the_reserve_grows_within_it) {
  auto hog = budget_.account("latest").reserve(900 * kKiB).value();
  auto critical = reserve_.reserve(10 * kKiB, true).value();
  EXPECT_TRUE(critical.resize(100 * kKiB));
  EXPECT_FALSE(critical.resize(100 * kKiB + 1));
}

TEST_F(ReserveTest, critical_rounds_are_never_refused_under_a_storm_of_others) {
  std::atomic<bool> stop{false};
  std::vector<std::jthread> storm;
  for (int t = 0; t < 3; ++t)
    storm.emplace_back([&, account = &budget_.account("part" + std::to_string(t))] {
      while (!stop)
        for (std::size_t bytes = 400 * kKiB; bytes > kKiB; bytes /= 2)
          if (account->try_reserve(bytes)) account->release(bytes);
    });
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(reserve_.reserve(90 * kKiB, true).has_value()) << i;
  stop = true;
}

}  // namespace
}  // namespace holter::memory
