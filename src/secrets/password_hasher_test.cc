#include "secrets/password_hasher.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/shard.h"
#include "runtime/task_scope.h"
#include "testing/run_task.h"
#include "testing/run_to_end.h"

namespace holter::secrets {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::run_task;
using testing::soon;

constexpr PasswordCost kCheap{1024, 1};
constexpr std::size_t kMiB = 1 << 20;

class PasswordHasherTest : public ::testing::Test {
 protected:
  PasswordHasher::Options options(PasswordCost cost = kCheap, std::size_t max_waiting = 8) {
    return {.account = &account_, .cost = cost, .max_waiting = max_waiting};
  }
  Result<std::string> hash(PasswordHasher& hasher, std::string_view password, MonoTime deadline = soon()) {
    return run_task(context_, hasher.hash(SecretText(password), "alice", deadline));
  }
  Result<PasswordVerdict> verify(PasswordHasher& hasher, std::optional<std::string> stored, std::string_view password,
                                 MonoTime deadline = soon()) {
    return run_task(context_, hasher.verify(std::move(stored), SecretText(password), deadline));
  }

  memory::Budget budget_{80 * kMiB};
  memory::Account& account_ = budget_.account("api/passwords");
  asio::io_context context_{1};
};

TEST_F(PasswordHasherTest, verifies_what_it_hashed) {
  PasswordHasher hasher(options(cost_for(1024 * kMiB)));
  auto stored = hash(hasher, "correct horse battery");
  ASSERT_TRUE(stored.has_value()) << stored.error().message();
  EXPECT_TRUE(stored->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *stored;
  auto right = verify(hasher, *stored, "correct horse battery");
  ASSERT_TRUE(right.has_value()) << right.error().message();
  EXPECT_TRUE(right->matches);
  EXPECT_FALSE(right->needs_rehash);
  EXPECT_FALSE(verify(hasher, *stored, "correct horse batteries")->matches);
  EXPECT_EQ(hasher.stats().calculated, 3U);
}

TEST_F(PasswordHasherTest, a_hash_of_another_cost_asks_for_another_hash_once_it_matches) {
  PasswordHasher old(options({2048, 2}));
  auto stored = hash(old, "correct horse battery");
  ASSERT_TRUE(stored.has_value());
  PasswordHasher hasher(options());
  auto right = verify(hasher, *stored, "correct horse battery");
  EXPECT_TRUE(right->matches);
  EXPECT_TRUE(right->needs_rehash);
  auto wrong = verify(hasher, *stored, "something else");
  EXPECT_FALSE(wrong->matches);
  EXPECT_FALSE(wrong->needs_rehash);
}

TEST_F(PasswordHasherTest, an_unknown_user_costs_what_a_known_one_does) {
  PasswordHasher hasher(options({8192, 1}));
  auto unknown = verify(hasher, std::nullopt, "correct horse battery");
  ASSERT_TRUE(unknown.has_value());
  EXPECT_FALSE(unknown->matches);
  EXPECT_EQ(hasher.stats().calculated, 1U);
  EXPECT_GE(account_.peak(), 8 * kMiB) << "the same memory has been filled";
  auto unreadable = verify(hasher, "$2a$10$rubbish", "correct horse battery");
  ASSERT_FALSE(unreadable.has_value());
  EXPECT_EQ(unreadable.error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(hasher.stats().calculated, 2U);
}

TEST_F(PasswordHasherTest, a_password_that_nobody_can_have_is_not_calculated) {
  PasswordHasher hasher(options());
  EXPECT_EQ(hash(hasher, "short").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(hash(hasher, "alicealice").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(verify(hasher, std::nullopt, std::string(1025, 'x'))->matches);
  EXPECT_EQ(hasher.stats().calculated, 0U);
}

TEST_F(PasswordHasherTest, without_memory_on_the_account_it_is_refused) {
  account_.set_limit(4 * kMiB);
  PasswordHasher hasher(options({8192, 1}));
  auto refused = verify(hasher, std::nullopt, "correct horse battery");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(hasher.stats().calculated, 0U);
  EXPECT_EQ(hasher.stats().refused, 1U);
  account_.set_limit(0);
  EXPECT_EQ(hash(hasher, "correct horse battery").error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(hasher.stats().refused, 2U);
  account_.set_limit(16 * kMiB);
  EXPECT_TRUE(verify(hasher, std::nullopt, "correct horse battery").has_value()) << "and it goes on afterwards";
}

TEST_F(PasswordHasherTest, memory_is_charged_by_what_the_stored_hash_wants) {
  PasswordHasher old(options({16 * 1024, 1}));
  auto stored = hash(old, "correct horse battery");
  ASSERT_TRUE(stored.has_value());
  account_.set_limit(8 * kMiB);
  PasswordHasher hasher(options());
  EXPECT_EQ(verify(hasher, *stored, "correct horse battery").error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(PasswordHasherTest, a_flood_of_logins_takes_the_memory_of_one) {
  constexpr int kLogins = 200;
  std::vector<std::future<Result<PasswordVerdict>>> logins;
  std::uint64_t answered = 0, refused = 0;
  {
    runtime::Shard a("a"), b("b");
    a.start();
    b.start();
    PasswordHasher hasher(options({8192, 1}, 4));
    for (int i = 0; i < kLogins; ++i)
      logins.push_back(
          asio::co_spawn((i % 2 == 0 ? a : b).executor(),
                         hasher.verify(std::nullopt, SecretText(std::string_view("correct horse battery")), soon(60s)),
                         asio::use_future));
    for (auto& login : logins) {
      auto verdict = login.get();
      if (verdict) ++answered;
      if (!verdict && verdict.error().code() == ErrorCode::kResourceExhausted) ++refused;
    }
    EXPECT_EQ(hasher.stats().calculated, answered);
    EXPECT_EQ(hasher.stats().refused, refused);
  }
  EXPECT_EQ(answered + refused, static_cast<std::uint64_t>(kLogins));
  EXPECT_GE(answered, 4U) << "as many as may wait";
  EXPECT_GT(refused, 0U);
  EXPECT_LT(account_.peak(), 9 * kMiB);
  EXPECT_EQ(account_.held(), 0U);
}

asio::awaitable<void> keep(PasswordHasher* hasher, MonoTime deadline, std::vector<ErrorCode>* codes) {
  auto verdict = co_await hasher->verify(std::nullopt, SecretText(std::string_view("correct horse battery")), deadline);
  codes->push_back(verdict ? ErrorCode{} : verdict.error().code());
}

TEST_F(PasswordHasherTest, who_waits_goes_on_at_the_deadline_and_is_not_calculated) {
  std::vector<ErrorCode> codes;
  {
    PasswordHasher hasher(options({64 * 1024, 16}));  // a second or more
    asio::co_spawn(context_, keep(&hasher, soon(60s), &codes), [](const std::exception_ptr&) {});
    ASSERT_TRUE(testing::run_until(context_, [&] { return account_.peak() > 60 * kMiB; })) << "the first is at work";
    asio::co_spawn(context_, keep(&hasher, soon(10ms), &codes), [](const std::exception_ptr&) {});
    ASSERT_TRUE(testing::run_until(context_, [&] { return !codes.empty(); }));
    EXPECT_EQ(codes.front(), ErrorCode::kTimeout);
    ASSERT_TRUE(testing::run_until(context_, [&] { return codes.size() == 2; }));
    EXPECT_EQ(codes.back(), ErrorCode{});
    EXPECT_EQ(hasher.stats().calculated, 1U);
  }
  EXPECT_EQ(account_.held(), 0U);
}

TEST_F(PasswordHasherTest, whose_caller_left_keeps_its_memory_charged_until_it_has_ended) {
  std::vector<ErrorCode> codes;
  {
    PasswordHasher hasher(options({64 * 1024, 16}));
    runtime::TaskScope scope(context_.get_executor());
    scope.spawn(keep(&hasher, soon(60s), &codes));
    ASSERT_TRUE(testing::run_until(context_, [&] { return account_.held() > 60 * kMiB; }));
    testing::run_to_end(context_, scope.close());
    ASSERT_EQ(codes.size(), 1U);
    EXPECT_EQ(codes.front(), ErrorCode::kCancelled);
    EXPECT_GT(account_.held(), 60 * kMiB) << "it still runs";
  }
  EXPECT_EQ(account_.held(), 0U);
}

}  // namespace
}  // namespace holter::secrets
