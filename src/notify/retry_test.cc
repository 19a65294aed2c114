#include "notify/retry.h"

#include <gtest/gtest.h>

namespace holter::notify {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const RetryPolicy kPolicy;
constexpr WallTime kStart{seconds(1'700'000'000)};

milliseconds wait(const Outcome& outcome, unsigned attempts, std::uint64_t random, WallTime now = kStart) {
  return next_attempt(kPolicy, outcome, attempts, kStart, now, random).value() - now;
}

TEST(Retry, waits_longer_each_time_up_to_ten_minutes) {
  auto retry = Outcome::retry("x");
  auto longest = [&](unsigned attempts) {
    milliseconds most{};
    for (std::uint64_t random = 0; random < 1'000'000; random += 99)
      most = std::max(most, wait(retry, attempts, random));
    return most;
  };
  EXPECT_GT(longest(1), milliseconds(950));
  EXPECT_LE(longest(1), seconds(1));
  EXPECT_GT(longest(4), milliseconds(7'900));
  EXPECT_LE(longest(4), seconds(8));
  EXPECT_GT(longest(50), milliseconds(590'000));
  EXPECT_LE(longest(50), minutes(10));
  EXPECT_LE(longest(4'000'000'000U), minutes(10));
}

TEST(Retry, jitter_is_full) {
  EXPECT_EQ(wait(Outcome::retry("x"), 1, 0), milliseconds(0));
  EXPECT_EQ(wait(Outcome::retry("x"), 1, 1'000), seconds(1));
  EXPECT_EQ(wait(Outcome::retry("x"), 1, 1'001), milliseconds(0));
}

TEST(Retry, does_what_the_provider_asks_but_at_most_an_hour) {
  EXPECT_EQ(wait(Outcome::retry("x", seconds(90)), 1, 500), seconds(90));
  EXPECT_EQ(wait(Outcome::retry("x", hours(20)), 1, 500), hours(1));
  EXPECT_EQ(wait(Outcome::retry("x", milliseconds(0)), 1, 500), milliseconds(500));
}

TEST(Retry, gives_up_by_age_or_at_once) {
  EXPECT_FALSE(next_attempt(kPolicy, Outcome::give_up("x"), 1, kStart, kStart, 0));
  EXPECT_FALSE(next_attempt(kPolicy, Outcome::delivered("x"), 1, kStart, kStart, 0));
  EXPECT_FALSE(next_attempt(kPolicy, Outcome::retry("x"), 90, kStart, kStart + hours(24), 0));
  // The last one is made at the very end.
  EXPECT_EQ(next_attempt(kPolicy, Outcome::retry("x", hours(1)), 90, kStart, kStart + hours(23) + minutes(30), 0),
            kStart + hours(24));
}

}  // namespace
}  // namespace holter::notify
