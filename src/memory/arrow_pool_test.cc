#include "memory/arrow_pool.h"

#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holter::memory {
namespace {

constexpr std::size_t kMiB = 1 << 20;
constexpr std::int64_t kAlign = 64;

TEST(ArrowPool, charges_the_account_before_it_allocates_and_refuses_as_out_of_memory) {
  Budget budget(kMiB);
  auto& account = budget.account("batch");
  ArrowPool pool(account, "samples");
  std::uint8_t* p = nullptr;
  ASSERT_TRUE(pool.Allocate(1000, kAlign, &p).ok());
  EXPECT_EQ(account.used(), 1024U) << "padded to the alignment";
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % kAlign, 0U);
  std::uint8_t* q = nullptr;
  auto refused = pool.Allocate(kMiB, kAlign, &q);
  EXPECT_TRUE(refused.IsOutOfMemory());
  EXPECT_NE(refused.message().find("process/batch (samples)"), std::string::npos) << refused.message();
  EXPECT_EQ(account.used(), 1024U);
  pool.Free(p, 1000, kAlign);
  EXPECT_EQ(account.used(), 0U);
  EXPECT_EQ(pool.bytes_allocated(), 0);
  EXPECT_EQ(pool.max_memory(), 1000);
  EXPECT_EQ(pool.num_allocations(), 1);
}

TEST(ArrowPool, refuses_negative_sizes) {
  Budget budget(kMiB);
  ArrowPool pool(budget.account("batch"), "t");
  std::uint8_t* p = nullptr;
  EXPECT_TRUE(pool.Allocate(-1, kAlign, &p).IsInvalid());
  EXPECT_TRUE(pool.Allocate(std::numeric_limits<std::int64_t>::max(), kAlign, &p).IsOutOfMemory());
}

TEST(ArrowPool, gives_an_address_for_nothing_and_charges_nothing) {
  Budget budget(kMiB);
  auto& account = budget.account("batch");
  ArrowPool pool(account, "t");
  std::uint8_t* p = nullptr;
  ASSERT_TRUE(pool.Allocate(0, kAlign, &p).ok());
  EXPECT_NE(p, nullptr);
  EXPECT_EQ(account.used(), 0U);
  ASSERT_TRUE(pool.Reallocate(0, 100, kAlign, &p).ok());
  EXPECT_EQ(account.used(), 128U);
  ASSERT_TRUE(pool.Reallocate(100, 0, kAlign, &p).ok());
  EXPECT_EQ(account.used(), 0U);
  pool.Free(p, 0, kAlign);
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

TEST(ArrowPool, reallocation_keeps_the_bytes_and_a_refused_one_keeps_the_block) {
  Budget budget(kMiB);
  auto& account = budget.account("batch");
  ArrowPool pool(account, "t");
  std::uint8_t* p = nullptr;
  ASSERT_TRUE(pool.Allocate(100, kAlign, &p).ok());
  std::memset(p, 0x5a, 100);
  ASSERT_TRUE(pool.Reallocate(100, 120, kAlign, &p).ok());  // within the padding
  ASSERT_TRUE(pool.Reallocate(120, 5000, kAlign, &p).ok());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(p[i], 0x5a);
  auto* kept = p;
  EXPECT_TRUE(pool.Reallocate(5000, static_cast<std::int64_t>(kMiB), kAlign, &p).IsOutOfMemory());
  EXPECT_EQ(p, kept);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(p[i], 0x5a);
  EXPECT_EQ(pool.bytes_allocated(), 5000);
  ASSERT_TRUE(pool.Reallocate(5000, 10, kAlign, &p).ok());
  EXPECT_EQ(account.used(), 64U);
  pool.Free(p, 10, kAlign);
  EXPECT_EQ(account.used(), 0U);
}

TEST(ArrowPool, concurrent_callers_do_not_overrun_the_cap) {
  constexpr std::size_t kCap = kMiB;
  Budget budget(16 * kMiB);
  auto& account = budget.root().child("batch", kCap);
  ArrowPool pool(account, "t");
  std::atomic<std::int64_t> held{0};
  std::atomic<bool> overrun{false};
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 6; ++t)
      threads.emplace_back([&, t] {
        std::mt19937 random(t);
        std::vector<std::pair<std::uint8_t*, std::int64_t>> mine;
        for (int step = 0; step < 5000; ++step) {
          if (mine.size() < 8 && random() % 2 == 0) {
            std::int64_t size = 1 + random() % 60'000;
            std::uint8_t* p = nullptr;
            if (!pool.Allocate(size, kAlign, &p).ok()) continue;
            p[0] = p[size - 1] = static_cast<std::uint8_t>(t);
            if (held.fetch_add(size) + size > static_cast<std::int64_t>(kCap)) overrun = true;
            mine.emplace_back(p, size);
          } else if (!mine.empty()) {
            held.fetch_sub(mine.back().second);
            pool.Free(mine.back().first, mine.back().second, kAlign);
            mine.pop_back();
          }
        }
        for (auto [p, size] : mine) {
          held.fetch_sub(size);
          pool.Free(p, size, kAlign);
        }
      });
  }
  EXPECT_FALSE(overrun);
  EXPECT_LE(account.peak(), kCap);
  EXPECT_EQ(account.used(), 0U);
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

TEST(ArrowPoolDeathTest, notices_a_buffer_that_outlives_it) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Budget budget(kMiB);
        auto* pool = new ArrowPool(budget.account("batch"), "t");
        std::uint8_t* p = nullptr;
        (void)pool->Allocate(64, kAlign, &p);
        delete pool;
      },
      "BUG: ");
}

}  // namespace
}  // namespace holter::memory
