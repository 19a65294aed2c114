#include "runtime/deadline.h"

#include <new>
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

asio::awaitable<Result<int>> answer(int n) {
  co_return n;
}

asio::awaitable<Result<int>> answer_never(bool* cancelled) {
  *cancelled = !co_await sleep_for(1h);
  co_return 1;
}

asio::awaitable<Result<int>> fail_with(std::exception_ptr failure) {
  std::rethrow_exception(failure);
  co_return 1;
}

/// Runs `work` under `deadline` and keeps what came of it.
asio::awaitable<void> keep(MonoTime deadline, asio::awaitable<Result<int>> work, Result<int>* out) {
  *out = co_await with_deadline(deadline, std::move(work), "ask the peer");
}

class Deadline : public ::testing::Test {
 protected:
  Result<int> run(MonoTime deadline, asio::awaitable<Result<int>> work) {
    Result<int> out = 0;
    run_to_end(context_, keep(deadline, std::move(work), &out));
    return out;
  }
  asio::io_context context_{1};
};

TEST_F(Deadline, hands_on_a_result_that_comes_before) {
  EXPECT_EQ(run(in(1h), answer(7)).value(), 7);
}

TEST_F(Deadline, cancels_work_that_takes_too_long_and_says_so) {
  bool cancelled = false;
  auto late = run(in(5ms), answer_never(&cancelled));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(late.error().message(), "cannot ask the peer: no answer in time");
  EXPECT_TRUE(cancelled);
}

TEST_F(Deadline, with_no_time_left_does_not_begin) {
  bool cancelled = false;
  auto late = run(in(-1ms), answer_never(&cancelled));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(late.error().message(), "cannot ask the peer: no time left");
  EXPECT_FALSE(cancelled);
}

TEST_F(Deadline, an_exception_is_an_error_at_once_and_not_a_timeout) {
  auto bug = run(in(1h), fail_with(std::make_exception_ptr(std::runtime_error("surprise"))));
  ASSERT_FALSE(bug.has_value());
  EXPECT_EQ(bug.error().code(), ErrorCode::kInternal);
  EXPECT_EQ(bug.error().message(), "BUG: cannot ask the peer: surprise");
  auto memory = run(in(1h), fail_with(std::make_exception_ptr(std::bad_alloc())));
  ASSERT_FALSE(memory.has_value());
  EXPECT_EQ(memory.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(Deadline, a_cancelled_caller_sees_no_timeout) {
  TaskScope scope(context_.get_executor());
  Result<int> out = 0;
  bool cancelled = false;
  scope.spawn(keep(in(1h), answer_never(&cancelled), &out));
  context_.poll();
  run_to_end(context_, scope.close());
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(out.has_value() || out.error().code() == ErrorCode::kCancelled) << out.error().message();
}

asio::awaitable<Result<int>> in_turn(int depth) {
  if (depth == 0) co_return 42;
  co_return co_await with_deadline(in(1h), in_turn(depth - 1), "descend");
}

TEST_F(Deadline, may_be_nested) {
  EXPECT_EQ(run(in(1h), in_turn(5)).value(), 42);
}

}  // namespace
}  // namespace holter::runtime
