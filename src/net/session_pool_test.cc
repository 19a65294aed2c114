#include "net/session_pool.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/task_scope.h"
#include "testing/fake_clock.h"
#include "testing/run_task.h"

namespace holter::net {
namespace {

struct FakeSession {
  explicit FakeSession(int n) : number(n) {}
  bool usable() const { return open; }
  int number;
  bool open = true;
};
using Pool = SessionPool<FakeSession>;
using Lease = Pool::Lease;

class SessionPoolTest : public ::testing::Test {
 public:
  Pool make(SessionPoolOptions options) {
    options.bytes_each = 1000;
    return {options, context.get_executor(), clock, account};
  }
  boost::asio::awaitable<Result<Lease>> lease(Pool& pool, std::string key, std::string target = "t",
                                              bool fresh = false) {
    co_return co_await pool.lease(
        std::move(key), std::move(target), clock.mono() + seconds(60), [this] { return open(); }, fresh);
  }
  boost::asio::awaitable<Result<std::unique_ptr<FakeSession>>> open() {
    if (refuse) co_return Error(ErrorCode::kUnavailable, "cannot connect");
    co_return std::make_unique<FakeSession>(++opened);
  }
  Result<Lease> get(Pool& pool, std::string key, std::string target = "t", bool fresh = false) {
    return testing::run_task(context, lease(pool, std::move(key), std::move(target), fresh));
  }

  boost::asio::io_context context{1};
  testing::FakeClock clock;
  memory::Account account{"sessions", nullptr, 100'000};
  int opened = 0;
  bool refuse = false;
};

TEST_F(SessionPoolTest, uses_a_session_again_for_the_same_key_only) {
  auto pool = make({});
  {
    auto first = get(pool, "a");
  }
  {
    auto again = get(pool, "a");
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->number, 1);
    EXPECT_TRUE(again->reused());
    auto other = get(pool, "a");  // the first is in use
    EXPECT_EQ((*other)->number, 2);
    EXPECT_FALSE(other->reused());
  }
  EXPECT_EQ((*get(pool, "b"))->number, 3);
  EXPECT_EQ(pool.stats().open, 3u);
  EXPECT_EQ(account.used(), 3000u);
}

struct SharedSession : FakeSession {
  using FakeSession::FakeSession;
  bool in_use() const { return serving; }
  bool serving = false;
};

TEST_F(SessionPoolTest, leaves_alone_what_serves_somebody_without_a_lease) {
  SessionPool<SharedSession> pool({.bytes_each = 1000, .max_sessions = 1}, context.get_executor(), clock, account);
  auto shared = [&](std::string key) {
    return testing::run_task(
        context,
        pool.lease(key, "t", clock.mono(), [this]() -> boost::asio::awaitable<Result<std::unique_ptr<SharedSession>>> {
          co_return std::make_unique<SharedSession>(++opened);
        }));
  };
  shared("a").value()->serving = true;
  pool.shrink();
  clock.advance(seconds(601));
  EXPECT_FALSE(shared("b")) << "the only place is taken";
  auto again = shared("a");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->reused());
  (*again)->serving = false;
  {
    auto back = std::move(*again);
  }
  EXPECT_TRUE(shared("b"));
  EXPECT_EQ(opened, 2);
}

TEST_F(SessionPoolTest, closes_what_is_discarded_unusable_or_idle_for_long) {
  auto pool = make({.idle = seconds(10)});
  get(pool, "a")->discard();
  EXPECT_EQ(pool.stats().open, 0u);
  {
    auto lease = get(pool, "a");
    (*lease)->open = false;
  }
  EXPECT_EQ(pool.stats().open, 0u);
  {
    auto lease = get(pool, "a");
  }
  clock.advance(seconds(10));
  EXPECT_EQ((*get(pool, "a"))->number, 4);
  EXPECT_EQ(pool.stats().expired, 1u);
  {
    auto fresh = get(pool, "a", "t", true);
    EXPECT_EQ((*fresh)->number, 5);
  }
  pool.shrink();
  EXPECT_EQ(account.used(), 0u);
}

TEST_F(SessionPoolTest, makes_room_by_closing_what_was_idle_longest) {
  auto pool = make({.max_sessions = 2});
  {
    auto a = get(pool, "a", "x");
  }
  clock.advance(seconds(1));
  {
    auto b = get(pool, "b", "y");
  }
  {
    auto c = get(pool, "c", "z");
  }
  EXPECT_EQ(pool.stats().evicted, 1u);
  EXPECT_TRUE(get(pool, "b", "y")->reused());
  EXPECT_FALSE(get(pool, "a", "x")->reused());
}

TEST_F(SessionPoolTest, makes_who_comes_late_wait_for_a_place_in_order) {
  auto pool = make({.max_per_target = 1});
  auto first = std::make_optional(get(pool, "a"));
  ASSERT_TRUE(*first);
  std::vector<int> order;
  runtime::TaskScope scope(context.get_executor());
  auto ask = [](SessionPoolTest* test, Pool* p, std::vector<int>* out, int n) -> boost::asio::awaitable<void> {
    auto lease = co_await test->lease(*p, "a");
    if (lease) out->push_back(n);
  };
  for (int n : {1, 2, 3}) scope.spawn(ask(this, &pool, &order, n));
  testing::run_until(context, [&] { return pool.stats().waiting == 3; });
  EXPECT_TRUE(order.empty());
  first.reset();
  testing::run_until(context, [&] { return order.size() == 3; });
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(opened, 1);
  bool closed = false;
  boost::asio::co_spawn(context, scope.close(), [&](std::exception_ptr) { closed = true; });
  EXPECT_TRUE(testing::run_until(context, [&] { return closed; }));
}

TEST_F(SessionPoolTest, gives_the_place_back_when_opening_fails_and_refuses_without_memory) {
  auto pool = make({.max_per_target = 1});
  refuse = true;
  EXPECT_EQ(get(pool, "a").error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(account.used(), 0u);
  refuse = false;
  EXPECT_TRUE(get(pool, "a"));
  memory::Account tiny("tiny", nullptr, 500);
  Pool poor({.bytes_each = 1000}, context.get_executor(), clock, tiny);
  EXPECT_EQ(get(poor, "a").error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(SessionPoolTest, holds_no_more_than_its_share_of_the_account) {
  auto pool = make({.max_per_target = 100, .share = 20});  // of 100,000 bytes: 5 sessions
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(get(pool, std::to_string(i)));
  EXPECT_EQ(pool.stats().most, 5u);
  EXPECT_EQ(pool.stats().open, 5u);
  EXPECT_EQ(pool.stats().evicted, 3u);
  EXPECT_EQ(account.used(), 5000u);
  account.set_limit(40'000);  // the budget was made smaller
  EXPECT_TRUE(get(pool, "a"));
  EXPECT_TRUE(get(pool, "b"));
  EXPECT_EQ(pool.stats().most, 2u);
  EXPECT_EQ(pool.stats().open, 2u);
  account.set_limit(1500);
  EXPECT_TRUE(get(pool, "c")) << "one may be open always";
}

TEST_F(SessionPoolTest, closes_idle_sessions_before_it_is_refused_memory) {
  auto pool = make({.share = 1});
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(get(pool, key));
  auto others = account.reserve(96'500);
  ASSERT_TRUE(others);
  EXPECT_TRUE(get(pool, "d"));
  EXPECT_EQ(pool.stats().open, 3u);
  EXPECT_EQ(pool.stats().evicted, 1u);
  auto more = account.reserve(500);
  auto held = get(pool, "d");
  EXPECT_TRUE(held);
  EXPECT_TRUE(get(pool, "e"));
  EXPECT_EQ(pool.stats().refused, 0u);
}

TEST_F(SessionPoolTest, closes_what_nobody_asks_for_any_more) {
  auto pool = make({.idle = seconds(10)});
  EXPECT_TRUE(get(pool, "a"));
  EXPECT_EQ(pool.sweep().open, 1u);
  clock.advance(seconds(10));
  EXPECT_EQ(pool.sweep().open, 0u);
  EXPECT_EQ(pool.stats().expired, 1u);
  EXPECT_EQ(account.used(), 0u);
}

TEST_F(SessionPoolTest, stops_waiting_at_the_deadline) {
  auto pool = make({.max_per_target = 1});
  auto first = get(pool, "a");
  auto wait = [](SessionPoolTest* test, Pool* p) -> boost::asio::awaitable<Result<Lease>> {
    co_return co_await p->lease("a", "t", std::chrono::steady_clock::now() + milliseconds(30),
                                [test] { return test->open(); });
  };
  SystemClock real;
  Pool timed({.bytes_each = 1, .max_per_target = 1}, context.get_executor(), real, account);
  auto held = testing::run_task(context, wait(this, &timed));
  auto late = testing::run_task(context, wait(this, &timed));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
}

}  // namespace
}  // namespace holter::net
