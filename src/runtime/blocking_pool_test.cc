#include "runtime/blocking_pool.h"

#include <atomic>
#include <boost/asio/use_future.hpp>
#include <future>
#include <latch>
#include <stdexcept>

#include <gtest/gtest.h>

#include "runtime/task_scope.h"
#include "testing/run_to_end.h"

namespace holter::runtime {
namespace {

using namespace std::chrono_literals;
using testing::run_to_end;

MonoTime in(std::chrono::milliseconds d) {
  return std::chrono::steady_clock::now() + d;
}

asio::awaitable<void> keep(BlockingPool* pool, std::function<Result<int>()> work, MonoTime deadline, Result<int>* out) {
  *out = co_await pool->run<int>(std::move(work), deadline, "sync the file");
}

class BlockingPoolTest : public ::testing::Test {
 protected:
  Result<int> run(BlockingPool& pool, std::function<Result<int>()> work, MonoTime deadline) {
    Result<int> out = 0;
    run_to_end(context_, keep(&pool, std::move(work), deadline, &out));
    return out;
  }
  asio::io_context context_{1};
};

TEST_F(BlockingPoolTest, runs_work_on_another_thread_and_resumes_on_the_callers) {
  BlockingPool pool(2, 10);
  std::thread::id worker;
  auto result = run(
      pool,
      [&]() -> Result<int> {
        worker = std::this_thread::get_id();
        return 5;
      },
      in(10s));
  EXPECT_EQ(result.value(), 5);
  EXPECT_NE(worker, std::this_thread::get_id());
}

TEST_F(BlockingPoolTest, hands_on_errors_and_turns_exceptions_into_them) {
  BlockingPool pool(1, 10);
  auto failed = run(pool, [] { return Result<int>(Error(ErrorCode::kIo, "cannot write")); }, in(10s));
  EXPECT_EQ(failed.error().message(), "cannot write");
  auto bug = run(pool, []() -> Result<int> { throw std::runtime_error("surprise"); }, in(10s));
  EXPECT_EQ(bug.error().message(), "BUG: cannot sync the file: surprise");
  auto memory = run(pool, []() -> Result<int> { throw std::bad_alloc(); }, in(10s));
  EXPECT_EQ(memory.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(run(pool, [] { return Result<int>(1); }, in(10s)).value(), 1) << "the thread lives on";
}

TEST_F(BlockingPoolTest, refuses_one_call_more_than_may_wait) {
  std::promise<void> release;
  std::latch busy(1);
  BlockingPool pool(1, 2);
  ASSERT_TRUE(pool.post_job([&] {
    busy.count_down();
    release.get_future().wait();
  }));
  busy.wait();
  EXPECT_TRUE(pool.post_job([] {}));
  EXPECT_TRUE(pool.post_job([] {}));
  EXPECT_FALSE(pool.post_job([] {}));
  auto refused = run(pool, [] { return Result<int>(1); }, in(10s));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(refused.error().message(), "cannot sync the file: all 1 blocking threads are busy and 2 calls wait");
  auto stats = pool.stats();
  EXPECT_EQ(stats.threads, 1U);
  EXPECT_EQ(stats.busy, 1U);
  EXPECT_EQ(stats.waiting, 2U);
  EXPECT_EQ(stats.refused, 2U);
  release.set_value();
}

TEST_F(BlockingPoolTest, caller_goes_on_at_the_deadline_while_the_call_blocks) {
  struct Call {
    std::promise<void> release, ended;
    std::atomic<bool> begun = false;
  };
  BlockingPool pool(1, 2);
  // On a busy machine a short deadline passes before the call begins, and then it never does: a longer one then.
  for (auto deadline = 5ms; deadline < 60s; deadline *= 4) {
    auto call = std::make_shared<Call>();
    auto late = run(
        pool,
        [call]() -> Result<int> {
          call->begun = true;
          call->release.get_future().wait();
          call->ended.set_value();
          return 1;
        },
        in(deadline));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
    EXPECT_EQ(late.error().message(), "cannot sync the file: no answer in time");
    call->release.set_value();  // also for one that begins only now
    if (!call->begun) continue;
    call->ended.get_future().wait();
    return;
  }
  FAIL() << "the pool's thread never began a call";
}

TEST_F(BlockingPoolTest, a_call_whose_deadline_passed_in_the_queue_never_begins) {
  std::promise<void> release;
  std::latch busy(1);
  bool begun = false;
  BlockingPool pool(1, 2);
  ASSERT_TRUE(pool.post_job([&] {
    busy.count_down();
    release.get_future().wait();
  }));
  busy.wait();
  auto late = run(
      pool,
      [&]() -> Result<int> {
        begun = true;
        return 1;
      },
      in(5ms));
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
  release.set_value();
  EXPECT_EQ(run(pool, [] { return Result<int>(2); }, in(10s)).value(), 2);
  EXPECT_FALSE(begun);
}

TEST_F(BlockingPoolTest, a_cancelled_caller_sees_no_timeout) {
  auto release = std::make_shared<std::promise<void>>();
  Result<int> out = 0;
  BlockingPool pool(1, 2);
  TaskScope scope(context_.get_executor());
  scope.spawn(keep(
      &pool,
      [release]() -> Result<int> {
        release->get_future().wait();
        return 1;
      },
      in(1h), &out));
  context_.poll();
  run_to_end(context_, scope.close());
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code(), ErrorCode::kCancelled);
  release->set_value();
}

TEST_F(BlockingPoolTest, destruction_waits_for_running_jobs_and_drops_waiting_ones) {
  std::promise<void> release;
  std::latch busy(1);
  std::atomic<bool> first_ended{false}, second_begun{false};
  auto dropped = std::make_shared<int>(0);
  std::weak_ptr<int> captured = dropped;
  // Lets the running job end once the waiting one is gone: so the destructor has to wait, and to drop.
  std::jthread releaser([&] {
    while (!captured.expired()) std::this_thread::yield();
    release.set_value();
  });
  {
    BlockingPool pool(1, 5);
    ASSERT_TRUE(pool.post_job([&] {
      busy.count_down();
      release.get_future().wait();
      first_ended = true;
    }));
    busy.wait();
    ASSERT_TRUE(pool.post_job([&, dropped = std::move(dropped)] { second_begun = true; }));
  }
  EXPECT_TRUE(first_ended);
  EXPECT_FALSE(second_begun);
}

asio::awaitable<void> add_up(BlockingPool* pool, int calls, std::uint64_t* sum) {
  for (int i = 0; i < calls; ++i) {
    auto result = co_await pool->run<int>([i] { return Result<int>(i); }, in(60s), "add");
    if (result) *sum += static_cast<std::uint64_t>(*result);
  }
}

TEST(BlockingPoolConcurrency, serves_several_shards_at_once) {
  constexpr int kCalls = 500;
  Shard a("a"), b("b");
  a.start();
  b.start();
  std::uint64_t sums[2] = {};
  {
    BlockingPool pool(3, 100);
    auto first = asio::co_spawn(a.executor(), add_up(&pool, kCalls, &sums[0]), asio::use_future);
    auto second = asio::co_spawn(b.executor(), add_up(&pool, kCalls, &sums[1]), asio::use_future);
    first.get();
    second.get();
    EXPECT_EQ(pool.stats().refused, 0U);
  }
  EXPECT_EQ(sums[0], kCalls * (kCalls - 1) / 2U);
  EXPECT_EQ(sums[1], kCalls * (kCalls - 1) / 2U);
}

}  // namespace
}  // namespace holter::runtime
