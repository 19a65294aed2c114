#include "collect/coro_probe.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include <gmock/gmock.h>

#include "testing/probe_harness.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

/// Ends as the test says.
class TestProbe final : public CoroProbe {
 public:
  enum class Behaviour { kAnswers, kThrows, kNoMemory, kWaitsForEver };
  explicit TestProbe(Behaviour behaviour) : behaviour_(behaviour) {}

  std::string_view target() const override { return "test"; }
  milliseconds timeout() const override { return milliseconds(50); }
  std::size_t bytes() const override { return sizeof(*this); }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    if (behaviour_ == Behaviour::kThrows) throw std::runtime_error("surprise");
    if (behaviour_ == Behaviour::kNoMemory) throw std::bad_alloc();
    if (behaviour_ == Behaviour::kWaitsForEver) {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, MonoTime::max());
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    if (attempt.table().add_row()) attempt.table().set(0, std::int64_t{7});
    co_return Outcome{};
  }
  const Behaviour behaviour_;
};

class CoroProbeTest : public testing::ProbeTest {
 protected:
  std::unique_ptr<OneShot> run_one(TestProbe::Behaviour behaviour) {
    TestProbe probe(behaviour);
    return run(probe, 1);
  }
};

TEST_F(CoroProbeTest, finishes_with_what_run_returns) {
  auto shot = run_one(TestProbe::Behaviour::kAnswers);
  EXPECT_EQ(shot->code(), ResultCode::kSuccess);
  EXPECT_EQ(shot->table().at(0, 0).integer, 7);
}

TEST_F(CoroProbeTest, turns_an_exception_into_a_failure) {
  EXPECT_EQ(run_one(TestProbe::Behaviour::kThrows)->code(), ResultCode::kFail);
  EXPECT_EQ(run_one(TestProbe::Behaviour::kThrows)->message(), "surprise");
  EXPECT_EQ(run_one(TestProbe::Behaviour::kNoMemory)->code(), ResultCode::kUnavailable);
}

TEST_F(CoroProbeTest, ends_a_run_that_does_not_keep_to_its_deadline_after_the_grace) {
  auto shot = run_one(TestProbe::Behaviour::kWaitsForEver);
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
  EXPECT_GE(shot->duration(), milliseconds(50 + 250));
}

TEST_F(CoroProbeTest, charges_an_attempt_while_it_runs) {
  auto before = account_.used();
  TestProbe probe(TestProbe::Behaviour::kWaitsForEver);
  OneShot shot(services_, 1, account_);
  bool done = false;
  shot.run(probe, [&] { done = true; });
  EXPECT_EQ(account_.used(), before + CoroProbe::kRunningBytes);
  ASSERT_TRUE(testing::run_until(context_, [&] { return done; }));
  EXPECT_EQ(account_.used(), before);
}

TEST_F(CoroProbeTest, fails_at_once_when_the_account_has_no_room) {
  account_.set_limit(account_.used() + 100);
  TestProbe probe(TestProbe::Behaviour::kAnswers);
  OneShot shot(services_, 1, account_);
  bool done = false;
  shot.run(probe, [&] { done = true; });
  EXPECT_TRUE(done);
  EXPECT_EQ(shot.code(), ResultCode::kUnavailable);
  EXPECT_THAT(shot.message(), ::testing::StartsWith("cannot reserve "));
}

TEST_F(CoroProbeTest, fails_when_its_scope_is_closed) {
  scope_.cancel();
  auto shot = run_one(TestProbe::Behaviour::kAnswers);
  EXPECT_EQ(shot->code(), ResultCode::kUnavailable);
  EXPECT_EQ(shot->message(), "cannot collect: shutting down");
}

TEST(OutcomeOf, maps_errors_to_the_codes_of_the_format) {
  auto code = [](ErrorCode error) { return outcome_of(Error(error, "m")).code; };
  EXPECT_EQ(code(ErrorCode::kNotFound), ResultCode::kUnreachable);
  EXPECT_EQ(code(ErrorCode::kUnavailable), ResultCode::kUnconnectable);
  EXPECT_EQ(code(ErrorCode::kTimeout), ResultCode::kUnconnectable);
  EXPECT_EQ(code(ErrorCode::kProtocolViolation), ResultCode::kUnconnectable);
  EXPECT_EQ(code(ErrorCode::kInvalidArgument), ResultCode::kFail);
  EXPECT_EQ(code(ErrorCode::kResourceExhausted), ResultCode::kUnavailable);
  EXPECT_EQ(code(ErrorCode::kTooLarge), ResultCode::kFail);
  EXPECT_EQ(outcome_of(Error(ErrorCode::kTimeout, "late")).message, "late");
}

}  // namespace
}  // namespace holter::collect
