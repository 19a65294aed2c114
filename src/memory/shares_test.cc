#include "memory/shares.h"

#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holter::memory {
namespace {

constexpr std::size_t kMiB = 1 << 20;

/// Adds up to 62 %.
const Shares kExample{.percent = {10, 15, 3, 10, 8, 8, 8}};

Account& account(Budget& budget, Share share) {
  return budget.account(to_string(share));
}
std::size_t percent(double share, std::size_t limit) {
  return static_cast<std::size_t>(static_cast<double>(limit) * share / 100);
}

TEST(Shares, defaults_leave_a_common_pool) {
  Shares shares;
  EXPECT_TRUE(check(shares).has_value());
  double sum = 0;
  for (auto p : shares.percent) sum += p;
  EXPECT_DOUBLE_EQ(sum, 56);
}

TEST(Shares, that_add_up_to_more_than_the_whole_are_refused_with_all_their_names) {
  Shares shares;
  shares.percent = {40, 30, 3, 10, 13, 8, 8};
  auto status = check(shares);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      status.error().message(),
      "cannot divide memory.budget: the shares add up to 112 %, at most 100 % are there: monitors 40 %, collect 30 %, "
      "critical 3 %, latest 10 %, batches 13 %, history 8 %, api 8 %");
}

TEST(Shares, each_is_from_0_to_100_percent) {
  for (double bad : {-1.0, 100.5, 900.0, std::numeric_limits<double>::quiet_NaN(),
                     std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    Shares shares;
    shares.percent[3] = bad;
    auto status = check(shares);
    ASSERT_FALSE(status.has_value()) << bad;
    EXPECT_TRUE(status.error().message().starts_with("cannot divide memory.budget: memory.shares.latest is "))
        << status.error().message();
    Budget budget(kMiB);
    EXPECT_FALSE(apply(shares, budget, 2 * kMiB).has_value());
    EXPECT_EQ(budget.limit(), kMiB) << "nothing has changed";
  }
}

TEST(Shares, exactly_the_whole_leaves_nothing_to_borrow) {
  Shares shares;
  shares.percent = {20, 20, 10, 20, 10, 10, 10};
  ASSERT_TRUE(check(shares).has_value());
  Budget budget(0);
  EXPECT_EQ(apply(shares, budget, 100 * kMiB).value(), 0U);
  EXPECT_TRUE(account(budget, Share::kLatest).try_reserve(20 * kMiB));
  EXPECT_FALSE(account(budget, Share::kLatest).try_reserve(1));
  account(budget, Share::kLatest).release(20 * kMiB);
}

TEST(Shares, fractions_that_add_up_to_the_whole_in_decimal_are_the_whole) {
  Shares shares;
  shares.percent = {14.3, 14.3, 14.3, 14.3, 14.3, 14.3, 14.2};
  EXPECT_TRUE(check(shares).has_value());
  shares.percent[6] = 14.21;
  EXPECT_FALSE(check(shares).has_value());
}

TEST(Shares, guarantee_floors_and_let_all_but_two_borrow) {
  Budget budget(0);
  EXPECT_EQ(apply(kExample, budget, 100 * kMiB).value(), 0U);
  EXPECT_EQ(budget.limit(), 100 * kMiB);
  for (std::size_t i = 0; i < kShares; ++i) {
    auto share = static_cast<Share>(i);
    auto floor = percent(kExample.of(share), 100 * kMiB);
    EXPECT_EQ(account(budget, share).floor(), floor) << to_string(share);
    EXPECT_EQ(account(budget, share).limit(), floor + (may_borrow(share) ? 38 * kMiB : 0)) << to_string(share);
  }
  EXPECT_FALSE(account(budget, Share::kApi).try_reserve(8 * kMiB + 1));
  auto collect = account(budget, Share::kCollect).reserve(53 * kMiB).value();
  EXPECT_FALSE(account(budget, Share::kLatest).try_reserve(10 * kMiB + 1)) << "the pool is used up";
  EXPECT_TRUE(account(budget, Share::kLatest).try_reserve(10 * kMiB));
  EXPECT_TRUE(account(budget, Share::kCritical).try_reserve(3 * kMiB));
  EXPECT_TRUE(account(budget, Share::kApi).try_reserve(8 * kMiB));
  account(budget, Share::kLatest).release(10 * kMiB);
  account(budget, Share::kCritical).release(3 * kMiB);
  account(budget, Share::kApi).release(8 * kMiB);
}

TEST(Shares, a_flood_of_requests_to_the_api_is_not_the_ledgers_pressure) {
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, 100 * kMiB).has_value());
  auto flood = account(budget, Share::kApi).reserve(8 * kMiB).value();
  auto rounds = account(budget, Share::kCritical).reserve(3 * kMiB).value();
  EXPECT_EQ(budget.fullness(), 0);
  auto collect = account(budget, Share::kCollect).reserve(26'500 * 1024).value();
  EXPECT_NEAR(budget.fullness(), 0.488, 0.001);
}

TEST(Shares, a_larger_budget_is_in_force_at_once) {
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, 50 * kMiB).has_value());
  auto held = account(budget, Share::kCollect).reserve(26 * kMiB).value();
  EXPECT_EQ(apply(kExample, budget, 200 * kMiB).value(), 0U);
  EXPECT_EQ(account(budget, Share::kCritical).floor(), 6 * kMiB);
  EXPECT_TRUE(held.resize(100 * kMiB));
}

TEST(Shares, a_smaller_budget_that_fits_is_in_force_at_once) {
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, 200 * kMiB).has_value());
  auto held = account(budget, Share::kCollect).reserve(10 * kMiB).value();
  EXPECT_EQ(apply(kExample, budget, 50 * kMiB).value(), 0U);
  EXPECT_EQ(budget.limit(), 50 * kMiB);
  EXPECT_LE(budget.granted(), 50 * kMiB);
  EXPECT_EQ(account(budget, Share::kApi).floor(), 4 * kMiB);
}

TEST(Shares, a_budget_below_what_is_in_use_stops_growth_and_says_what_is_over) {
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, 100 * kMiB).has_value());
  auto held = account(budget, Share::kCollect).reserve(40 * kMiB).value();
  // 50 MiB: the floors of the others are 23.5 MiB, so 13.5 MiB of the 40 have to go.
  EXPECT_EQ(apply(kExample, budget, 50 * kMiB).value(), 40 * kMiB + percent(47, 50 * kMiB) - 50 * kMiB);
  EXPECT_LE(budget.granted(), 50 * kMiB);
  EXPECT_FALSE(account(budget, Share::kCollect).try_reserve(1));
  EXPECT_FALSE(account(budget, Share::kMonitors).try_reserve(6 * kMiB));
  EXPECT_EQ(account(budget, Share::kCritical).floor(), percent(3, 50 * kMiB)) << "the reserve is cut last";
  EXPECT_LT(account(budget, Share::kApi).floor(), percent(8, 50 * kMiB));

  ASSERT_TRUE(held.resize(20 * kMiB));
  EXPECT_EQ(apply(kExample, budget, 50 * kMiB).value(), 0U) << "called again, it restores the floors";
  EXPECT_EQ(account(budget, Share::kApi).floor(), percent(8, 50 * kMiB));
}

TEST(Shares, even_a_budget_below_everything_in_use_is_survived) {
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, 100 * kMiB).has_value());
  auto collect = account(budget, Share::kCollect).reserve(40 * kMiB).value();
  auto latest = account(budget, Share::kLatest).reserve(10 * kMiB).value();
  auto over = apply(kExample, budget, 10 * kMiB).value();
  EXPECT_GE(over, 40 * kMiB);
  EXPECT_EQ(account(budget, Share::kCritical).floor(), 0U);
  EXPECT_FALSE(account(budget, Share::kCritical).try_reserve(1));
  collect.reset();
  latest.reset();
  EXPECT_EQ(apply(kExample, budget, 10 * kMiB).value(), 0U);
  EXPECT_TRUE(account(budget, Share::kCritical).try_reserve(percent(3, 10 * kMiB)));
  account(budget, Share::kCritical).release(percent(3, 10 * kMiB));
}

TEST(Shares, other_percentages_move_the_floors_without_a_detour) {
  Budget budget(0);
  Shares one, other;
  one.percent = {60, 10, 5, 5, 5, 5, 10};
  other.percent = {5, 10, 5, 60, 5, 5, 10};
  ASSERT_EQ(apply(one, budget, 100 * kMiB).value(), 0U);
  EXPECT_EQ(apply(other, budget, 100 * kMiB).value(), 0U) << "floors that fall come first, so all fits";
  EXPECT_EQ(account(budget, Share::kLatest).floor(), 60 * kMiB);
  EXPECT_EQ(account(budget, Share::kMonitors).floor(), 5 * kMiB);
}

TEST(Shares, bytes_outside_of_all_shares_count) {
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, 100 * kMiB).has_value());
  auto outside = budget.account("elsewhere").reserve(30 * kMiB).value();
  EXPECT_EQ(apply(kExample, budget, 100 * kMiB).value(), 0U);
  EXPECT_EQ(apply(kExample, budget, 50 * kMiB).value(), percent(62, 50 * kMiB) - 20 * kMiB);
}

/// Whatever is in use, and whatever the budget becomes: nothing over the limit is guaranteed, and all of it again once
/// enough is free.
TEST(SharesProperty, any_sequence_of_budgets_ends_with_the_floors_that_were_asked_for) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    Budget budget(0);
    std::vector<Reservation> held;
    for (int step = 0; step < 100; ++step) {
      std::size_t limit = (1 + random() % 64) * kMiB + random() % 4096;
      Shares shares;
      for (auto& p : shares.percent) p = static_cast<double>(random() % 15);
      auto over = apply(shares, budget, limit);
      ASSERT_TRUE(over.has_value());
      std::size_t claimed = 0;
      for (std::size_t i = 0; i < kShares; ++i) {
        auto& a = account(budget, static_cast<Share>(i));
        auto wanted = percent(shares.percent[i], limit);
        ASSERT_LE(a.floor(), wanted);
        claimed += std::max(a.used(), wanted);
        if (*over == 0) {
          ASSERT_EQ(a.floor(), wanted);
        }
      }
      ASSERT_EQ(*over, claimed - std::min(claimed, limit));
      ASSERT_LE(budget.granted(), std::max(limit, budget.used()));
      for (int i = 0; i < 4; ++i) {
        auto got = account(budget, static_cast<Share>(random() % kShares)).reserve(random() % (8 * kMiB));
        if (got) held.push_back(std::move(*got));
      }
      while (held.size() > 8) held.erase(held.begin());
    }
    held.clear();
    ASSERT_EQ(apply(kExample, budget, 20 * kMiB).value(), 0U);
  }
}

TEST(SharesConcurrency, budgets_may_change_while_others_reserve) {
  constexpr std::size_t kMost = 32 * kMiB;
  Budget budget(0);
  ASSERT_TRUE(apply(kExample, budget, kMost).has_value());
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> truth{0}, highest{0};
  {
    std::vector<std::jthread> threads;
    for (auto share : {Share::kCollect, Share::kLatest, Share::kApi})
      threads.emplace_back([&, share, a = &account(budget, share).child("x")] {
        std::mt19937 random(static_cast<unsigned>(share));
        while (!stop) {
          std::size_t bytes = 1 + random() % (3 * kMiB);
          if (!a->try_reserve(bytes)) continue;
          auto now = truth.fetch_add(bytes) + bytes;
          auto seen = highest.load();
          while (now > seen && !highest.compare_exchange_weak(seen, now)) {
          }
          truth.fetch_sub(bytes);
          a->release(bytes);
        }
      });
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
      ASSERT_TRUE(apply(kExample, budget, (4 + random() % 28) * kMiB).has_value());
      (void)budget.fullness();
    }
    stop = true;
  }
  EXPECT_LE(highest.load(), kMost);
  EXPECT_EQ(apply(kExample, budget, kMost).value(), 0U);
}

}  // namespace
}  // namespace holter::memory
