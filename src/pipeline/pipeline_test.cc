#include "pipeline/pipeline.h"

#include <boost/asio/io_context.hpp>
#include <thread>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "batch/schema.h"
#include "memory/arrow_pool.h"

namespace holter::pipeline {
namespace {

class PipelineTest : public ::testing::Test {
 protected:
  /// A batch of `rows` samples whose values count up from `first`, in memory of pool_.
  BatchPtr samples(std::size_t rows, double first = 0) {
    arrow::UInt64Builder series(&pool_);
    arrow::Int64Builder time(&pool_);
    arrow::DoubleBuilder value(&pool_);
    for (std::size_t i = 0; i < rows; ++i) {
      EXPECT_TRUE(series.Append(i).ok());
      EXPECT_TRUE(time.Append(1'700'000'000'000).ok());
      EXPECT_TRUE(value.Append(first + static_cast<double>(i)).ok());
    }
    auto columns = std::vector{*series.Finish(), *time.Finish(), *value.Finish()};
    auto table = arrow::RecordBatch::Make(batch::samples_schema(), static_cast<std::int64_t>(rows), columns);
    auto made = batch::Batch::make(table, nullptr, nullptr, nullptr);
    EXPECT_TRUE(made.has_value()) << made.error().message();
    return *made;
  }

  memory::Budget budget_{64 << 20};
  memory::Account& account_ = budget_.account("batch");
  memory::ArrowPool pool_{account_, "test"};
  boost::asio::io_context context_{1};
  Pipeline pipeline_;
};

TEST_F(PipelineTest, every_consumer_gets_every_batch_in_order) {
  auto& latest = pipeline_.subscribe("latest", context_.get_executor(), 1 << 20);
  auto& history = pipeline_.subscribe("history", context_.get_executor(), 1 << 20);
  for (int i = 0; i < 3; ++i) pipeline_.publish(samples(10, i * 100));
  for (auto* consumer : {&latest, &history}) {
    for (int i = 0; i < 3; ++i) {
      auto batch = consumer->pop();
      ASSERT_NE(batch, nullptr);
      EXPECT_EQ(batch->sample_value()[9], i * 100 + 9);
    }
    EXPECT_EQ(consumer->pop(), nullptr);
  }
}

TEST_F(PipelineTest, a_full_queue_drops_and_counts_rows_and_hurts_nobody_else) {
  auto one = samples(100);
  auto& slow = pipeline_.subscribe("slow", context_.get_executor(), one->bytes() * 2);
  auto& quick = pipeline_.subscribe("quick", context_.get_executor(), one->bytes() * 100);
  for (int i = 0; i < 5; ++i) pipeline_.publish(one);
  auto stats = slow.stats();
  EXPECT_EQ(stats.batches, 2U);
  EXPECT_EQ(stats.rows, 200U);
  EXPECT_EQ(stats.dropped_batches, 3U);
  EXPECT_EQ(stats.dropped_rows, 300U);
  EXPECT_EQ(stats.queued_bytes, one->bytes() * 2);
  EXPECT_EQ(stats.limit_bytes, one->bytes() * 2);
  auto other = quick.stats();
  EXPECT_EQ(other.rows, 500U);
  EXPECT_EQ(other.dropped_rows, 0U);
  ASSERT_EQ(pipeline_.stats().size(), 2U);
  EXPECT_EQ(pipeline_.stats()[0].name, "slow");
  (void)slow.pop();
  pipeline_.publish(one);
  EXPECT_EQ(slow.stats().rows, 300U) << "room again";
}

TEST_F(PipelineTest, memory_is_freed_with_the_last_consumer) {
  auto& first = pipeline_.subscribe("first", context_.get_executor(), 1 << 20);
  auto& second = pipeline_.subscribe("second", context_.get_executor(), 1 << 20);
  pipeline_.publish(samples(1000));
  auto held = account_.used();
  EXPECT_GE(held, 1000 * 24U);
  auto batch = first.pop();
  batch.reset();
  EXPECT_EQ(account_.used(), held) << "the second consumer still has it";
  batch = second.pop();
  batch.reset();
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(PipelineTest, a_batch_that_nobody_wants_is_freed_at_once) {
  pipeline_.publish(samples(10));
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(PipelineTest, tells_the_consumer_on_its_own_executor_when_there_is_something_to_do) {
  auto& consumer = pipeline_.subscribe("latest", context_.get_executor(), 1 << 20);
  int told = 0, taken = 0;
  consumer.on_ready([&] {
    ++told;
    while (consumer.pop()) ++taken;
  });
  pipeline_.publish(samples(1));
  pipeline_.publish(samples(1));
  EXPECT_EQ(told, 0) << "not within publish()";
  context_.run();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(taken, 2);
  context_.restart();
  pipeline_.publish(samples(1));
  context_.run();
  EXPECT_EQ(told, 2);
  EXPECT_EQ(taken, 3);
}

/// Several shards publish, two consumers read on threads of their own; nothing is lost between taken in and read.
TEST_F(PipelineTest, many_publishers_and_slow_consumers_add_up) {
  constexpr int kPublishers = 3, kBatches = 500;
  auto one = samples(20);
  runtime::Shard a("consumer-a"), b("consumer-b");
  std::atomic<std::uint64_t> rows_a{0}, rows_b{0};
  auto& roomy = pipeline_.subscribe("roomy", a.executor(), 1 << 30);
  auto& tight = pipeline_.subscribe("tight", b.executor(), one->bytes() * 4);
  roomy.on_ready([&] {
    while (auto batch = roomy.pop()) rows_a += batch->rows();
  });
  tight.on_ready([&] {
    while (auto batch = tight.pop()) rows_b += batch->rows();
  });
  a.start();
  b.start();
  {
    std::vector<std::jthread> publishers;
    for (int p = 0; p < kPublishers; ++p)
      publishers.emplace_back([&] {
        for (int i = 0; i < kBatches; ++i) pipeline_.publish(one);
      });
  }
  a.stop();
  b.stop();
  EXPECT_EQ(rows_a, kPublishers * kBatches * 20U);
  auto stats = tight.stats();
  EXPECT_EQ(stats.rows + stats.dropped_rows, kPublishers * kBatches * 20U);
  EXPECT_EQ(stats.rows, rows_b);
}

}  // namespace
}  // namespace holter::pipeline
