#include "runtime/byte_queue.h"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holter::runtime {
namespace {

TEST(ByteQueue, gives_items_in_order) {
  ByteQueue<int> queue(nullptr, 1000);
  EXPECT_TRUE(queue.push(1, 10) && queue.push(2, 10) && queue.push(3, 10));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(ByteQueue, refuses_what_does_not_fit_and_counts_it) {
  ByteQueue<int> queue(nullptr, 100);
  EXPECT_TRUE(queue.push(1, 60));
  EXPECT_FALSE(queue.push(2, 41));
  EXPECT_TRUE(queue.push(3, 40));
  EXPECT_FALSE(queue.push(4, 1));
  auto stats = queue.stats();
  EXPECT_EQ(stats.pushed, 2U);
  EXPECT_EQ(stats.dropped, 2U);
  EXPECT_EQ(stats.size, 2U);
  EXPECT_EQ(stats.bytes, 100U);
  EXPECT_EQ(stats.limit_bytes, 100U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.push(5, 60));
}

TEST(ByteQueue, refuses_a_size_at_which_the_sum_would_wrap) {
  ByteQueue<int> queue(nullptr, 100);
  EXPECT_TRUE(queue.push(1, 50));
  EXPECT_FALSE(queue.push(2, ~std::size_t{0} - 10));
  EXPECT_EQ(queue.stats().bytes, 50U);
}

TEST(ByteQueue, bounds_items_without_bytes_too) {
  ByteQueue<std::uint64_t> queue(nullptr, 100 * sizeof(std::uint64_t));
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += queue.push(1, 0);
  EXPECT_EQ(taken, 100);
}

TEST(ByteQueue, charges_its_account_and_gives_all_back) {
  memory::Budget budget(1000);
  auto& account = budget.account("queue");
  {
    ByteQueue<int> queue(&account, 1 << 20);
    EXPECT_TRUE(queue.push(1, 600));
    EXPECT_FALSE(queue.push(2, 600)) << "the account says no before the queue does";
    EXPECT_EQ(queue.stats().dropped, 1U);
    EXPECT_EQ(account.used(), 600U);
    queue.pop();
    EXPECT_EQ(account.used(), 0U);
    EXPECT_TRUE(queue.push(3, 700));
  }
  EXPECT_EQ(account.used(), 0U);
}

TEST(ByteQueue, calls_on_ready_only_when_it_turns_from_empty_to_not_empty) {
  int calls = 0;
  ByteQueue<int> queue(nullptr, 1000, [&] { ++calls; });
  queue.push(1, 10);
  queue.push(2, 10);
  EXPECT_EQ(calls, 1);
  queue.pop();
  queue.push(3, 10);
  EXPECT_EQ(calls, 1);
  queue.pop();
  queue.pop();
  EXPECT_FALSE(queue.push(4, 2000));
  EXPECT_EQ(calls, 1) << "a refused push makes nothing ready";
  queue.push(5, 10);
  EXPECT_EQ(calls, 2);
}

TEST(ByteQueue, carries_items_that_only_move) {
  ByteQueue<std::unique_ptr<int>> queue(nullptr, 1000);
  EXPECT_TRUE(queue.push(std::make_unique<int>(5), 10));
  EXPECT_EQ(**queue.pop(), 5);
}

/// Producers and consumers at once: every item is either popped once or counted as dropped, and per producer in order.
TEST(ByteQueueConcurrency, loses_and_doubles_nothing) {
  constexpr int kProducers = 4, kItems = 20'000;
  memory::Budget budget(1 << 20);
  auto& account = budget.account("queue");
  std::atomic<int> ready{0};
  ByteQueue<std::pair<int, int>> queue(&account, 5'000, [&] { ready.fetch_add(1); });
  std::atomic<int> running{kProducers};
  std::vector<int> last(kProducers, -1);
  std::uint64_t popped = 0;
  {
    std::vector<std::jthread> producers;
    for (int p = 0; p < kProducers; ++p)
      producers.emplace_back([&, p] {
        for (int i = 0; i < kItems; ++i) (void)queue.push({p, i}, 50);  // what is dropped is counted
        --running;
      });
    while (true) {
      bool over = running == 0;
      auto item = queue.pop();
      if (!item) {
        if (over) break;
        std::this_thread::yield();
        continue;
      }
      ++popped;
      EXPECT_GT(item->second, last[static_cast<std::size_t>(item->first)]);
      last[static_cast<std::size_t>(item->first)] = item->second;
    }
  }
  auto stats = queue.stats();
  EXPECT_EQ(stats.pushed, popped);
  EXPECT_EQ(stats.pushed + stats.dropped, static_cast<std::uint64_t>(kProducers) * kItems);
  EXPECT_GE(ready.load(), 1);
  EXPECT_LE(account.peak(), 5'000U);
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::runtime
