#include "memory/account.h"

#include <algorithm>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "memory/test_info.h"

namespace holter::memory {
namespace {

constexpr std::size_t kMiB = 1 << 20;

TEST(Account, grants_up_to_the_limit_and_refuses_one_byte_more) {
  Budget budget(kMiB);
  auto& account = budget.account("collect");
  auto all = account.reserve(kMiB);
  ASSERT_TRUE(all.has_value());
  EXPECT_FALSE(account.try_reserve(1));
  all->reset();
  EXPECT_TRUE(account.try_reserve(1));
  account.release(1);
}

TEST(Account, refusal_changes_nothing_but_the_counter) {
  Budget budget(kMiB);
  auto& account = budget.account("collect");
  auto held = account.reserve(kMiB / 2).value();
  auto before = budget.snapshot();
  EXPECT_FALSE(account.try_reserve(kMiB));
  auto after = budget.snapshot();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].used, after[i].used) << before[i].name;
    EXPECT_EQ(before[i].peak, after[i].peak) << before[i].name;
  }
  EXPECT_EQ(info_of(budget, "process/collect").refused, 1U);
}

TEST(Account, refusal_names_the_account_the_bytes_wanted_and_the_bytes_in_use) {
  Budget budget(kMiB);
  auto held = budget.account("api/requests").reserve(kMiB / 2).value();
  auto refused = budget.account("api/requests").reserve(2 * kMiB);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(refused.error().message().starts_with("cannot reserve 2.00 MiB of memory for process/api/requests"))
      << refused.error().message();
  EXPECT_NE(refused.error().message().find("512 KiB"), std::string::npos) << refused.error().message();
}

TEST(Account, refuses_a_request_so_large_that_the_sum_would_wrap) {
  Budget budget(~std::size_t{0});
  auto& account = budget.account("net");
  auto held = account.reserve(100).value();
  EXPECT_FALSE(account.try_reserve(~std::size_t{0} - 50));
  EXPECT_FALSE(budget.root().try_reserve(~std::size_t{0} - 50));
  EXPECT_EQ(account.used(), 100U);
}

TEST(Account, child_limit_holds_though_the_parent_has_room) {
  Budget budget(kMiB);
  auto& child = budget.root().child("latest", 1000);
  EXPECT_TRUE(child.try_reserve(1000));
  EXPECT_FALSE(child.try_reserve(1));
  EXPECT_EQ(info_of(budget, "process/latest").limit, 1000U);
  child.release(1000);
}

TEST(Account, parent_limit_holds_though_the_child_has_none) {
  Budget budget(100'000);
  auto& first = budget.account("first");
  auto& second = budget.account("second");
  EXPECT_TRUE(first.try_reserve(60'000));
  EXPECT_FALSE(second.try_reserve(60'000));
  EXPECT_EQ(info_of(budget, "process/second").limit, 100'000U) << "a report shows what is reachable";
  first.release(60'000);
  EXPECT_TRUE(second.try_reserve(60'000));
  second.release(60'000);
}

TEST(Account, takes_the_last_bytes_of_a_parent_that_has_no_whole_chunk_left) {
  Budget budget(Account::kChunk + 10);
  auto& first = budget.account("first");
  auto& second = budget.account("second");
  EXPECT_TRUE(first.try_reserve(Account::kChunk));
  EXPECT_TRUE(second.try_reserve(10));
  EXPECT_FALSE(second.try_reserve(1));
  EXPECT_EQ(info_of(budget, "process").refused, 1U) << "the chunk that was tried first is no refusal";
  first.release(Account::kChunk);
  second.release(10);
}

TEST(Account, gives_chunks_back_but_for_one_spare) {
  Budget budget(64 * kMiB);
  auto& account = budget.account("a");
  ASSERT_TRUE(account.try_reserve(32 * kMiB));
  EXPECT_GE(budget.used(), 32 * kMiB);
  account.release(32 * kMiB);
  EXPECT_LE(budget.used(), 2 * Account::kChunk);
  EXPECT_EQ(account.used(), 0U);
  EXPECT_EQ(account.peak(), 32 * kMiB);
}

TEST(Account, a_lowered_limit_refuses_until_enough_is_released) {
  Budget budget(kMiB);
  auto& account = budget.root().child("api", 1000);
  ASSERT_TRUE(account.try_reserve(800));
  EXPECT_EQ(&budget.root().child("api", 500), &account);
  EXPECT_FALSE(account.try_reserve(1));
  account.release(400);
  EXPECT_TRUE(account.try_reserve(100));
  account.release(500);
}

TEST(Account, the_same_path_is_the_same_account) {
  Budget budget(kMiB);
  EXPECT_EQ(&budget.account("collect/rounds"), &budget.account("collect").child("rounds"));
  EXPECT_EQ(budget.account("collect/rounds").name(), "process/collect/rounds");
  EXPECT_EQ(&budget.account(""), &budget.root());
}

TEST(Reservation, moves_without_counting_twice) {
  Budget budget(kMiB);
  auto& account = budget.account("x");
  auto a = account.reserve(100).value();
  auto b = account.reserve(50).value();
  b = std::move(a);
  EXPECT_EQ(account.used(), 100U);
  auto c = std::move(b);
  EXPECT_EQ(c.bytes(), 100U);
  c.reset();
  c.reset();
  EXPECT_EQ(account.used(), 0U);
}

TEST(Reservation, resizes_or_stays_as_it_was) {
  Budget budget(1000);
  auto& account = budget.account("x");
  auto held = account.reserve(100).value();
  EXPECT_TRUE(held.resize(900));
  EXPECT_FALSE(held.resize(1001));
  EXPECT_EQ(held.bytes(), 900U);
  EXPECT_TRUE(held.resize(10));
  EXPECT_EQ(account.used(), 10U);
}

TEST(AccountDeathTest, notices_a_reservation_that_outlives_its_account) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto budget = std::make_unique<Budget>(kMiB);
        (void)budget->account("x").try_reserve(1);
        budget.reset();
      },
      "BUG: ");
}

TEST(AccountDeathTest, notices_more_released_than_reserved) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Budget budget(kMiB);
  EXPECT_DEATH(budget.account("x").release(1), "BUG: ");
}

/// Random operations on a tree of six leaves, against a model: a plain map of bytes. With one thread, a request is
/// refused exactly when the bytes held leave no room for it, whatever spare chunks others keep.
TEST(AccountProperty, agrees_with_a_simple_model) {
  constexpr const char* kLeaves[] = {"a/x", "a/y", "b/x", "b/y", "c", "d"};
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const std::size_t limit = 4 * kMiB;
    Budget budget(limit);
    std::map<std::string, std::vector<Reservation>> held;
    auto sum = [&] {
      std::size_t total = 0;
      for (auto& [name, reservations] : held)
        for (auto& r : reservations) total += r.bytes();
      return total;
    };
    std::uint64_t refused = 0;
    for (int step = 0; step < 3000; ++step) {
      std::string leaf = kLeaves[random() % std::size(kLeaves)];
      auto& mine = held[leaf];
      std::size_t bytes = random() % (random() % 4 == 0 ? kMiB : 5000);
      auto before = sum();
      if (random() % 2 == 0 || mine.empty()) {
        auto got = budget.account(leaf).reserve(bytes);
        if (got) {
          ASSERT_LE(before + bytes, limit);
          mine.push_back(std::move(*got));
        } else {
          ++refused;
          ASSERT_GT(before + bytes, limit) << "refused though there was room, seed " << seed;
        }
      } else if (random() % 3 == 0) {
        auto& one = mine[random() % mine.size()];
        auto old = one.bytes();
        if (one.resize(bytes)) {
          ASSERT_LE(before - old + bytes, limit);
        } else {
          ++refused;
          ASSERT_GT(before - old + bytes, limit);
          ASSERT_EQ(one.bytes(), old);
        }
      } else {
        std::swap(mine[random() % mine.size()], mine.back());
        mine.pop_back();
      }
      std::size_t own = 0;
      for (auto& r : mine) own += r.bytes();
      ASSERT_EQ(budget.account(leaf).used(), own);
      ASSERT_GE(budget.used(), sum());
      ASSERT_LE(budget.used(), limit);
    }
    EXPECT_GT(refused, 0U) << "the model never met the limit: the test is too soft";
    held.clear();
    for (const char* leaf : kLeaves) EXPECT_EQ(budget.account(leaf).used(), 0U);
  }
}

/// The bytes really held, summed by the test in one counter, must never exceed the root's limit.
TEST(AccountConcurrency, many_threads_never_hold_more_than_the_parents_limit) {
  constexpr std::size_t kLimit = 2 * kMiB;
  constexpr int kThreads = 8, kSteps = 20'000;
  Budget budget(kLimit);
  std::atomic<std::size_t> truth{0}, highest{0};
  std::atomic<std::uint64_t> granted{0}, refused{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      // Two threads share each account, so that grow() and shrink() of one account meet.
      auto& account = budget.account("part" + std::to_string(t / 2));
      threads.emplace_back([&, t, account = &account] {
        std::mt19937 random(static_cast<unsigned>(t));
        std::vector<std::size_t> mine;
        for (int step = 0; step < kSteps; ++step) {
          if (mine.size() < 40 && random() % 3 != 0) {  // enough to meet the limit alone
            std::size_t bytes = 1 + random() % (200 * 1024);
            if (account->try_reserve(bytes)) {
              auto now = truth.fetch_add(bytes) + bytes;
              auto seen = highest.load();
              while (now > seen && !highest.compare_exchange_weak(seen, now)) {
              }
              mine.push_back(bytes);
              granted.fetch_add(1, std::memory_order_relaxed);
            } else {
              refused.fetch_add(1, std::memory_order_relaxed);
            }
          } else if (!mine.empty()) {
            truth.fetch_sub(mine.back());
            account->release(mine.back());
            mine.pop_back();
          }
        }
        for (auto bytes : mine) {
          truth.fetch_sub(bytes);
          account->release(bytes);
        }
      });
    }
  }
  EXPECT_LE(highest.load(), kLimit);
  EXPECT_GT(granted.load(), 1000U);
  EXPECT_GT(refused.load(), 100U);
  for (const auto& info : budget.snapshot())
    if (info.name != "process") {
      EXPECT_EQ(info.used, 0U) << info.name;
    }
  EXPECT_LE(budget.used(), 4 * 2 * Account::kChunk) << "only spare chunks stay";
  EXPECT_LE(info_of(budget, "process").peak, kLimit);
}

/// Accounts below different parents are refused, and trim each other, at once: nobody may wait for the other's lock.
TEST(AccountConcurrency, branches_that_are_refused_at_once_do_not_wait_for_each_other) {
  constexpr std::size_t kLimit = 10 * Account::kChunk;
  Budget budget(kLimit);
  std::atomic<std::size_t> truth{0};
  std::atomic<bool> overrun{false};
  {
    std::vector<std::jthread> threads;
    for (const char* leaf : {"a/x", "a/y", "b/x", "b/y"})
      threads.emplace_back([&, account = &budget.account(leaf)] {
        for (std::size_t step = 0; step < 20'000; ++step) {
          auto bytes = (1 + step % 7) * Account::kChunk - step % 100;
          if (!account->try_reserve(bytes)) continue;
          if (truth.fetch_add(bytes) + bytes > kLimit) overrun = true;
          truth.fetch_sub(bytes);
          account->release(bytes);
        }
      });
  }
  EXPECT_FALSE(overrun);
}

TEST(AccountConcurrency, accounts_may_be_made_while_others_report) {
  Budget budget(64 * kMiB);
  std::atomic<bool> stop{false};
  std::jthread reporter([&] {
    while (!stop) (void)budget.snapshot();
  });
  std::vector<std::jthread> makers;
  for (int t = 0; t < 4; ++t)
    makers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto held = budget.account("api/r" + std::to_string(i % 20)).reserve(100);
        EXPECT_TRUE(held.has_value());
      }
    });
  makers.clear();
  stop = true;
  reporter.join();
  EXPECT_EQ(budget.snapshot().size(), 22U);
}

}  // namespace
}  // namespace holter::memory
