#include "runtime/task_scope.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "testing/run_to_end.h"

namespace holter::runtime {
namespace {

using namespace std::chrono_literals;
using testing::run_to_end;

struct Seen {
  int begun = 0, ended = 0, cancelled = 0;
};

asio::awaitable<void> wait_long(Seen* seen) {
  ++seen->begun;
  if (!co_await sleep_for(1h)) ++seen->cancelled;
  ++seen->ended;
}

asio::awaitable<void> yield() {
  co_await asio::post(asio::use_awaitable);
}

asio::awaitable<void> end_at_once(Seen* seen) {
  ++seen->begun;
  ++seen->ended;
  co_return;
}

asio::awaitable<void> yield_and_end(Seen* seen) {
  ++seen->begun;
  co_await yield();
  ++seen->ended;
}

asio::awaitable<void> close_all(TaskScope* scope) {
  co_await scope->close();
}

class TaskScopeTest : public ::testing::Test {
 protected:
  void close(TaskScope& scope) { run_to_end(context_, close_all(&scope)); }

  asio::io_context context_{1};
  TaskScope scope_{context_.get_executor()};
  Seen seen_;
};

TEST_F(TaskScopeTest, close_cancels_all_tasks_and_waits_for_them) {
  for (int i = 0; i < 100; ++i) scope_.spawn(wait_long(&seen_));
  context_.poll();
  EXPECT_EQ(seen_.begun, 100);
  EXPECT_EQ(scope_.tasks(), 100U);
  close(scope_);
  EXPECT_EQ(seen_.cancelled, 100);
  EXPECT_EQ(seen_.ended, 100);
  EXPECT_EQ(scope_.tasks(), 0U);
}

TEST_F(TaskScopeTest, a_task_does_not_begin_within_spawn) {
  asio::post(context_, [&] {
    EXPECT_NE(scope_.spawn(end_at_once(&seen_)), nullptr);
    EXPECT_EQ(seen_.begun, 0) << "even on the shard's own thread";
  });
  context_.poll();
  EXPECT_EQ(seen_.ended, 1);
  EXPECT_EQ(scope_.tasks(), 0U);
}

TEST_F(TaskScopeTest, spawn_after_close_is_dropped) {
  close(scope_);
  EXPECT_EQ(scope_.spawn(wait_long(&seen_)), nullptr);
  context_.restart();
  context_.poll();
  EXPECT_EQ(seen_.begun, 0);
  EXPECT_EQ(scope_.tasks(), 0U);
}

TEST_F(TaskScopeTest, close_of_an_empty_scope_returns_and_may_be_called_again) {
  close(scope_);
  close(scope_);
}

TEST_F(TaskScopeTest, a_task_cancelled_before_it_begins_begins_and_learns_of_it) {
  scope_.spawn(wait_long(&seen_));
  close(scope_);
  EXPECT_EQ(seen_.begun, 1);
  EXPECT_EQ(seen_.cancelled, 1);
}

TEST_F(TaskScopeTest, cancel_ends_one_task_and_no_other) {
  Seen other;
  auto task = scope_.spawn(wait_long(&seen_));
  scope_.spawn(wait_long(&other));
  context_.poll();
  TaskScope::cancel(task);
  context_.poll();
  EXPECT_EQ(seen_.cancelled, 1);
  EXPECT_EQ(other.ended, 0);
  EXPECT_EQ(scope_.tasks(), 1U);
  close(scope_);
  EXPECT_EQ(other.cancelled, 1);
}

asio::awaitable<void> throw_something() {
  co_await yield();
  throw std::runtime_error("surprise");
}

TEST_F(TaskScopeTest, a_task_that_throws_is_logged_and_leaves_the_others_alone) {
  scope_.spawn(wait_long(&seen_));
  scope_.spawn(throw_something());
  ::testing::internal::CaptureStderr();
  context_.poll();
  auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("BUG: a task ended with: surprise"), std::string::npos) << log;
  EXPECT_EQ(scope_.tasks(), 1U);
  close(scope_);
  EXPECT_EQ(seen_.cancelled, 1);
}

asio::awaitable<void> wait_and_let_it_throw() {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
}

TEST_F(TaskScopeTest, a_cancelled_wait_that_nobody_translates_is_no_bug) {
  scope_.spawn(wait_and_let_it_throw());
  context_.poll();
  ::testing::internal::CaptureStderr();
  close(scope_);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(TaskScopeTest, cancel_while_tasks_end_by_themselves) {
  for (int step = 0; step < 12; ++step) {
    TaskScope scope(context_.get_executor());
    Seen ends;
    for (int i = 0; i < 10; ++i) {
      scope.spawn(yield_and_end(&ends));
      scope.spawn(end_at_once(&ends));
      scope.spawn(wait_long(&seen_));
    }
    context_.restart();
    for (int i = 0; i < step * 5; ++i) context_.poll_one();  // stop at a different point each time
    scope.cancel();
    close(scope);
    EXPECT_EQ(scope.tasks(), 0U);
    EXPECT_EQ(ends.begun, 20);
  }
}

/// A task with a scope of its own, which it closes as it ends, however it ends.
asio::awaitable<void> own_a_scope(asio::io_context* context, Seen* seen, int depth) {
  TaskScope inner(context->get_executor());
  inner.spawn(depth > 1 ? own_a_scope(context, seen, depth - 1) : wait_long(seen));
  (void)co_await sleep_for(1h);  // both ends are right
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await inner.close();
  EXPECT_EQ(inner.tasks(), 0U);
  ++seen->ended;
}

TEST_F(TaskScopeTest, nested_scopes_close_from_the_outside_in) {
  scope_.spawn(own_a_scope(&context_, &seen_, 3));
  context_.poll();
  EXPECT_EQ(seen_.begun, 1);
  close(scope_);
  EXPECT_EQ(seen_.cancelled, 1);
  EXPECT_EQ(seen_.ended, 4);
}

asio::awaitable<void> close_then_wait(asio::io_context* context, Seen* seen) {
  TaskScope inner(context->get_executor());
  inner.spawn(wait_long(seen));
  co_await yield();
  co_await inner.close();
  ++seen->begun;
  if (!co_await sleep_for(1h)) ++seen->cancelled;
  ++seen->ended;
}

TEST_F(TaskScopeTest, who_has_closed_a_scope_can_still_be_cancelled) {
  scope_.spawn(close_then_wait(&context_, &seen_));
  context_.poll();
  EXPECT_EQ(seen_.begun, 2);
  close(scope_);
  EXPECT_EQ(seen_.cancelled, 2);
  EXPECT_EQ(seen_.ended, 2);
}

/// Ends only when told, deaf to cancellation.
asio::awaitable<void> deaf(asio::steady_timer* until) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  boost::system::error_code ignored;
  co_await until->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> close_deaf_one(asio::io_context* context, asio::steady_timer* until, Seen* seen) {
  TaskScope inner(context->get_executor());
  inner.spawn(deaf(until));
  co_await yield();
  ++seen->begun;
  co_await inner.close();
  EXPECT_EQ(inner.tasks(), 0U);
  ++seen->ended;
}

TEST_F(TaskScopeTest, a_cancelled_closer_still_waits_for_the_last_task) {
  asio::steady_timer until(context_, asio::steady_timer::time_point::max());
  scope_.spawn(close_deaf_one(&context_, &until, &seen_));
  context_.poll();
  scope_.cancel();
  context_.poll();
  EXPECT_EQ(seen_.begun, 1);
  EXPECT_EQ(seen_.ended, 0) << "the inner task is not over";
  until.cancel();
  close(scope_);
  EXPECT_EQ(seen_.ended, 1);
}

TEST(TaskScopeDeathTest, notices_destruction_with_tasks) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        asio::io_context context{1};
        Seen seen;
        TaskScope scope(context.get_executor());
        scope.spawn(wait_long(&seen));
      },
      "BUG: ");
}

TEST(WaitUntil, ends_when_it_is_so_and_when_it_is_cancelled) {
  asio::io_context context;
  int asked = 0;
  bool so = false, cancelled = false;
  TaskScope scope(context.get_executor());
  scope.spawn([](int* count, bool* done) -> asio::awaitable<void> {
    *done = co_await wait_until([count] { return ++*count == 3; }, 1ms);
  }(&asked, &so));
  scope.spawn([](bool* gave_up) -> asio::awaitable<void> {
    *gave_up = !co_await wait_until([] { return false; }, 1ms);
  }(&cancelled));
  context.run_for(100ms);
  EXPECT_TRUE(so);
  EXPECT_EQ(asked, 3);
  EXPECT_FALSE(cancelled);
  asio::co_spawn(context, scope.close(), asio::detached);
  context.restart();
  context.run_for(1s);
  EXPECT_TRUE(cancelled);
}

}  // namespace
}  // namespace holter::runtime
