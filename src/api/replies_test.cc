#include "api/replies.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::api {
namespace {

using Found = Replies::Found;

class RepliesTest : public ::testing::Test {
 protected:
  void answer(std::string key, std::uint64_t request = 1, std::string body = "{}") {
    ASSERT_EQ(replies.begin(key, request).found, Found::kNew) << key;
    replies.finish(key, {201, {{"Location", "/x"}}, std::move(body)});
  }

  memory::Budget budget{1 << 20};
  memory::Account& account = budget.account("api");
  testing::FakeClock clock;
  Replies replies{clock, account};
};

TEST_F(RepliesTest, the_same_request_gets_the_same_answer) {
  answer("k", 7, "first");
  auto again = replies.begin("k", 7);
  ASSERT_EQ(again.found, Found::kAnswered);
  EXPECT_EQ(again.reply->status, 201U);
  EXPECT_EQ(again.reply->body, "first");
  EXPECT_EQ(again.reply->headers.at(0).second, "/x");
  EXPECT_EQ(replies.begin("k", 8).found, Found::kOther);
}

TEST_F(RepliesTest, a_request_that_runs_is_told_from_one_that_is_answered) {
  EXPECT_EQ(replies.begin("k", 1).found, Found::kNew);
  EXPECT_EQ(replies.begin("k", 1).found, Found::kRuns);
  replies.drop("k");
  EXPECT_EQ(replies.begin("k", 1).found, Found::kNew);
}

TEST_F(RepliesTest, whoever_does_not_finish_leaves_no_key_behind) {
  ASSERT_EQ(replies.begin("k", 1).found, Found::kNew);
  {
    Replying replying(replies, "k");
  }
  EXPECT_EQ(replies.size(), 0U);
  ASSERT_EQ(replies.begin("k", 1).found, Found::kNew);
  {
    Replying replying(replies, "k");
    replying.finish({200, {}, "x"});
  }
  EXPECT_EQ(replies.begin("k", 1).found, Found::kAnswered);
}

TEST_F(RepliesTest, answers_go_after_an_hour) {
  answer("old");
  clock.advance(std::chrono::minutes(59));
  EXPECT_EQ(replies.begin("old", 1).found, Found::kAnswered);
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(replies.begin("old", 1).found, Found::kNew);
}

TEST_F(RepliesTest, the_oldest_answer_makes_room) {
  for (std::size_t i = 0; i <= Replies::kMost; ++i) answer("k" + std::to_string(i));
  EXPECT_EQ(replies.size(), Replies::kMost);
  EXPECT_EQ(replies.begin("k1", 1).found, Found::kAnswered);
  EXPECT_EQ(replies.begin("k0", 1).found, Found::kNew);
}

TEST_F(RepliesTest, requests_that_run_are_never_forgotten) {
  for (std::size_t i = 0; i < Replies::kMost; ++i)
    ASSERT_EQ(replies.begin("k" + std::to_string(i), 1).found, Found::kNew);
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(replies.begin("more", 1).found, Found::kFull);
  EXPECT_EQ(replies.begin("k0", 1).found, Found::kRuns);
}

TEST_F(RepliesTest, bytes_are_on_the_account_and_the_oldest_go_where_it_refuses) {
  for (int i = 0; i < 100; ++i) answer("k" + std::to_string(i), 1, std::string(32 * 1024, 'x'));
  EXPECT_LE(account.used(), std::size_t{1} << 20);
  EXPECT_GT(account.used(), std::size_t{512} << 10);
  EXPECT_EQ(replies.begin("k99", 1).found, Found::kAnswered);
  EXPECT_EQ(replies.begin("k0", 1).found, Found::kNew);
  answer("too long", 1, std::string(2 << 20, 'x'));
  EXPECT_EQ(replies.begin("too long", 1).found, Found::kNew);  // it was not kept
  EXPECT_LT(account.used(), std::size_t{64} << 10);
}

}  // namespace
}  // namespace holter::api
