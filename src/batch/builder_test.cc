#include "batch/builder.h"

#include <arrow/memory_pool.h>
#include <gtest/gtest.h>

#include "memory/arrow_pool.h"

namespace holter::batch {
namespace {

using model::ResultCode;

class BuilderTest : public ::testing::Test {
 protected:
  memory::Account account{"process", nullptr, 8 << 20};
  memory::ArrowPool pool{account, "test"};
};

TEST_F(BuilderTest, freezes_what_was_added) {
  Builder builder(pool, 100);
  builder.add_sample({7}, 1000, 1.5);
  builder.add_text({8}, 1001, "text/html");
  builder.add_text({9}, 1002, "text/html");
  builder.add_round({1}, "summary", 1000, 250, ResultCode::kSuccess, "");
  builder.add_round({2}, "summary", 1001, 6'000'000, ResultCode::kUnreachable, "no echo reply");
  builder.add_series({7}, {1}, "summary", "responseTime", "");
  auto batch = builder.finish().value();
  ASSERT_EQ(batch->samples(), 1u);
  EXPECT_EQ(batch->sample_series()[0], 7u);
  EXPECT_EQ(batch->sample_time_ms()[0], 1000);
  EXPECT_EQ(batch->sample_value()[0], 1.5);
  ASSERT_EQ(batch->texts(), 2u);
  EXPECT_EQ(batch->text_value(1), "text/html");
  ASSERT_EQ(batch->rounds(), 2u);
  EXPECT_EQ(batch->round_set(1), "summary");
  EXPECT_EQ(batch->round_message(0), "");
  EXPECT_EQ(batch->round_message(1), "no echo reply");
  EXPECT_EQ(batch->round_duration_us()[1], 6'000'000u);
  EXPECT_EQ(batch->round_code()[1], static_cast<std::uint8_t>(ResultCode::kUnreachable));
  ASSERT_EQ(batch->series(), 1u);
  EXPECT_EQ(batch->series_field(0), "responseTime");
  EXPECT_EQ(batch->series_labels(0), "");
  EXPECT_EQ(batch->rows(), 6u);
}

TEST_F(BuilderTest, begins_anew_after_finish_and_gives_memory_back_with_the_last_owner) {
  Builder builder(pool, 100'000);
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(builder.empty());
    for (int i = 0; i < 10'000; ++i) builder.add_sample({static_cast<std::uint64_t>(i)}, i, i);
    auto batch = builder.finish().value();
    EXPECT_EQ(batch->samples(), 10'000u);
    auto other = batch;
    batch.reset();
    EXPECT_GE(account.used(), 240'000u);  // 24 bytes a row, and shared still
    EXPECT_LE(other->bytes(), 600'000u);
    other.reset();
    EXPECT_EQ(pool.bytes_allocated(), 0);
  }
}

TEST_F(BuilderTest, is_full_at_its_limit_of_rows) {
  Builder builder(pool, 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(builder.full());
    builder.add_round({1}, "s", i, 0, ResultCode::kSuccess, "");
  }
  EXPECT_TRUE(builder.full());
}

TEST_F(BuilderTest, drops_and_counts_rows_when_the_pool_refuses_and_keeps_the_others_whole) {
  memory::Account small("small", nullptr, 64 << 10);
  memory::ArrowPool tight(small, "tight");
  Builder builder(tight, 1'000'000);
  for (int i = 0; i < 20'000; ++i) builder.add_round({1}, "set", i, 1, ResultCode::kSuccess, "");
  auto dropped = builder.dropped_rows();
  EXPECT_GT(dropped, 0u);
  auto batch = builder.finish();
  if (batch) {  // freezing needs a little memory itself; both ends are legal, neither loses count
    EXPECT_EQ((*batch)->rounds() + dropped, 20'000u);
    for (std::size_t i = 0; i < (*batch)->rounds(); ++i) ASSERT_EQ((*batch)->round_set(i), "set");
  } else {
    EXPECT_EQ(batch.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(builder.dropped_rows(), 20'000u);
  }
  EXPECT_TRUE(builder.empty());
}

TEST_F(BuilderTest, stores_a_text_that_many_rows_share_once) {
  Builder builder(pool, 10'000);
  std::string message(1000, 'm');
  for (int i = 0; i < 5000; ++i) builder.add_round({1}, i % 2 == 0 ? "a" : "b", i, 1, ResultCode::kFail, message);
  auto batch = builder.finish().value();
  EXPECT_LT(batch->bytes(), 600'000u);  // not 5 MB
  EXPECT_EQ(batch->round_set(4999), "b");
  EXPECT_EQ(batch->round_message(4999), message);
}

TEST_F(BuilderTest, makes_utf8_of_what_peers_sent) {
  Builder builder(pool, 10);
  builder.add_round({1}, "set", 1, 1, ResultCode::kFail, "bad \xff byte");
  builder.add_text({1}, 1, "\xc3");
  auto batch = builder.finish().value();
  EXPECT_EQ(batch->round_message(0), "bad \xef\xbf\xbd byte");
  EXPECT_EQ(batch->text_value(0), "\xef\xbf\xbd");
}

TEST_F(BuilderTest, leaves_arrows_default_pool_alone) {
  auto before = arrow::default_memory_pool()->total_bytes_allocated();
  Builder builder(pool, 10'000);
  for (int i = 0; i < 5000; ++i) {
    builder.add_round({1}, "a", i, 1, ResultCode::kFail, "x");
    builder.add_series({1}, {2}, "s", "f", "l");
    builder.add_text({1}, 2, "t");
    builder.add_sample({1}, 2, 3);
  }
  auto batch = builder.finish().value();
  EXPECT_EQ(batch->rows(), 20'000u);
  EXPECT_EQ(arrow::default_memory_pool()->total_bytes_allocated(), before);
}

}  // namespace
}  // namespace holter::batch
