#include "collect/recorder.h"

#include <gtest/gtest.h>

#include "batch/series_id.h"
#include "memory/arrow_pool.h"
#include "testing/fake_clock.h"

namespace holter::collect {
namespace {

namespace testing = holter::testing;
using model::FieldType;
using model::ResultCode;

class RecorderTest : public ::testing::Test {
 protected:
  static model::SetDef disks() {
    return {.name = "disks",
            .fields = {{.field = "disk", .type = FieldType::kString, .label = true},
                       {.field = "used", .type = FieldType::kNumber},
                       {.field = "state", .type = FieldType::kString}},
            .aliases = {"disk", "used", "state"}};
  }
  void row(std::string_view disk, double used, std::string_view state) {
    ASSERT_TRUE(table.add_row());
    ASSERT_TRUE(table.set(0, disk));
    table.set(1, used);
    ASSERT_TRUE(table.set(2, state));
  }
  void record(const Layout& layout, std::string_view set = "disks", ResultCode code = ResultCode::kSuccess) {
    recorder.record({{7}, set, layout, table, 1000, milliseconds(3), code, ""}, memory, series_count);
    recorder.flush();
  }

  testing::FakeClock clock;
  memory::Account account{"process", nullptr, 8 << 20};
  memory::ArrowPool pool{account, "test"};
  std::vector<std::shared_ptr<const batch::Batch>> batches;
  Recorder recorder{{}, clock, pool, account, [this](auto batch) { batches.push_back(std::move(batch)); }};
  SetMemory memory;
  std::atomic<std::uint32_t> series_count{0};
  RawTable table;
};

TEST_F(RecorderTest, makes_a_series_of_each_labelled_row) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  row("sda", 10, "fine");
  row("sd\"b", 20, "full");
  record(layout);
  const auto& batch = *batches.at(0);
  ASSERT_EQ(batch.series(), 4u);  // used and state of two disks
  EXPECT_EQ(batch.series_labels(0), "disk=\"sda\"");
  EXPECT_EQ(batch.series_labels(2), "disk=\"sd\\\"b\"");
  EXPECT_EQ(batch.samples(), 2u);
  EXPECT_EQ(batch.texts(), 2u);
  EXPECT_EQ(batch.sample_series()[0], batch::series_id({7}, "disks", "used", "disk=\"sda\"").value);
  EXPECT_EQ(batch.rounds(), 1u);
}

TEST_F(RecorderTest, sends_a_text_only_when_it_has_changed) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  for (auto state : {"fine", "fine", "full"}) {
    table.reset(3);
    row("sda", 1, state);
    record(layout);
  }
  EXPECT_EQ(batches.at(0)->texts(), 1u);
  EXPECT_EQ(batches.at(1)->texts(), 0u);
  EXPECT_EQ(batches.at(1)->samples(), 1u);
  EXPECT_EQ(batches.at(2)->texts(), 1u);
}

TEST_F(RecorderTest, tells_the_identity_of_a_series_again_after_an_hour) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  for (auto wait : {seconds(0), seconds(60), seconds(3600)}) {
    clock.advance(wait);
    table.reset(3);
    row("sda", 1, "fine");
    record(layout);
  }
  EXPECT_EQ(batches.at(0)->series(), 2u);
  EXPECT_EQ(batches.at(1)->series(), 0u);
  EXPECT_EQ(batches.at(2)->series(), 2u);
  EXPECT_EQ(batches.at(2)->texts(), 1u);  // with its text, for whoever lost the first
}

TEST_F(RecorderTest, tells_rows_without_labels_apart_by_their_place) {
  model::SetDef set{.name = "rows", .fields = {{.field = "v", .type = FieldType::kNumber}}, .aliases = {"v"}};
  auto layout = Layout::make(set, set.aliases, {}, {}).value();
  table.reset(1);
  for (double v : {1.0, 2.0}) {
    ASSERT_TRUE(table.add_row());
    table.set(0, v);
  }
  record(layout, "rows");
  EXPECT_EQ(batches.at(0)->series_labels(1), "row=\"1\"");
}

TEST_F(RecorderTest, records_a_failed_round_without_values) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  row("sda", 1, "fine");
  record(layout, "disks", ResultCode::kFail);
  EXPECT_EQ(batches.at(0)->rounds(), 1u);
  EXPECT_EQ(batches.at(0)->samples(), 0u);
}

TEST_F(RecorderTest, refuses_and_counts_series_beyond_its_limit) {
  Recorder tight({.max_series = 3}, clock, pool, account, [this](auto batch) { batches.push_back(std::move(batch)); });
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  for (int i = 0; i < 5; ++i) row("disk" + std::to_string(i), i, "fine");
  tight.record({{7}, "disks", layout, table, 1, milliseconds(1), ResultCode::kSuccess, ""}, memory, series_count);
  tight.flush();
  EXPECT_EQ(batches.back()->series(), 3u);
  EXPECT_EQ(tight.counters().refused_series.load(), 7u);
}

TEST_F(RecorderTest, refuses_series_of_a_monitor_beyond_its_limit_and_says_so_in_the_result) {
  Recorder tight({.max_series_per_monitor = 4}, clock, pool, account,
                 [this](auto batch) { batches.push_back(std::move(batch)); });
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  for (int i = 0; i < 5; ++i) row("disk" + std::to_string(i), i, "fine");
  tight.record({{7}, "disks", layout, table, 1, milliseconds(1), ResultCode::kSuccess, ""}, memory, series_count);
  tight.flush();
  EXPECT_EQ(series_count.load(), 4u);
  EXPECT_EQ(tight.counters().refused_series.load(), 6u);
  EXPECT_EQ(batches.back()->round_message(0), "6 values have no series: more than 4");
  SetMemory other;
  std::atomic<std::uint32_t> of_other{0};
  tight.record({{8}, "disks", layout, table, 1, milliseconds(1), ResultCode::kSuccess, ""}, other, of_other);
  EXPECT_EQ(of_other.load(), 4u);  // one monitor's explosion is not another's
  tight.forget(memory, series_count);
  EXPECT_EQ(series_count.load(), 0u);
  EXPECT_EQ(tight.counters().series.load(), 4u);
}

TEST_F(RecorderTest, forgets_series_that_were_not_seen_for_two_hours_and_gives_their_memory_back) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  for (int i = 0; i < 2000; ++i) row("disk" + std::to_string(i), i, "fine");
  record(layout);
  EXPECT_EQ(series_count.load(), 4000u);
  batches.clear();
  auto full = account.used();
  table.reset(3);
  row("disk1", 1, "fine");
  for (int hour = 0; hour < 3; ++hour) {
    clock.advance(std::chrono::hours(1));
    record(layout);
  }
  EXPECT_EQ(series_count.load(), 2u);
  EXPECT_EQ(recorder.counters().series.load(), 2u);
  EXPECT_EQ(recorder.counters().dropped_series.load(), 3998u);
  EXPECT_EQ(batches.back()->series(), 2u);
  batches.clear();
  EXPECT_LT(account.used(), full / 2);
}

TEST_F(RecorderTest, shrinks_to_the_series_of_this_hour) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  for (int i = 0; i < 100; ++i) row("disk" + std::to_string(i), i, "fine");
  record(layout);
  recorder.shrink(memory, series_count);
  EXPECT_EQ(series_count.load(), 200u);
  clock.advance(std::chrono::hours(1));
  recorder.shrink(memory, series_count);
  EXPECT_EQ(series_count.load(), 0u);
  record(layout);  // they are announced again
  EXPECT_EQ(batches.back()->series(), 200u);
}

TEST_F(RecorderTest, flushes_by_age_and_small_and_soon_when_asked_to) {
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  auto add = [&](std::size_t rounds) {
    for (std::size_t i = 0; i < rounds; ++i)
      recorder.record({{7}, "disks", layout, table, 1, milliseconds(1), ResultCode::kFail, ""}, memory, series_count);
  };
  table.reset(3);
  add(600);
  EXPECT_TRUE(batches.empty());
  recorder.flush_old();
  EXPECT_TRUE(batches.empty());
  clock.advance(milliseconds(900));
  recorder.flush_old();
  EXPECT_EQ(batches.size(), 1u);
  recorder.set_flush_early(true);
  add(1100);
  EXPECT_EQ(batches.size(), 3u);  // two of 512
  clock.advance(milliseconds(240));
  recorder.flush_old();
  EXPECT_EQ(batches.size(), 4u);
  recorder.set_flush_early(false);
  add(8192);
  EXPECT_EQ(batches.size(), 5u);  // one full batch
}

TEST_F(RecorderTest, loses_and_counts_rows_when_the_pool_is_full_and_goes_on) {
  memory::Account small("small", nullptr, 20 << 10);
  memory::ArrowPool small_pool{small, "small"};
  std::size_t rows = 0;
  Recorder tight({}, clock, small_pool, account, [&](auto batch) { rows += batch->rows(); });
  auto layout = Layout::make(disks(), disks().aliases, {}, {}).value();
  table.reset(3);
  for (int i = 0; i < 5000; ++i)
    tight.record({{7}, "disks", layout, table, 1, milliseconds(1), ResultCode::kFail, "x"}, memory, series_count);
  tight.flush();
  EXPECT_EQ(rows + tight.counters().dropped_rows.load(), 5000u);
  EXPECT_GT(tight.counters().dropped_rows.load(), 1000u);
  tight.record({{7}, "disks", layout, table, 1, milliseconds(1), ResultCode::kFail, "x"}, memory, series_count);
  tight.flush();
  EXPECT_EQ(rows + tight.counters().dropped_rows.load(), 5001u);
}

TEST_F(RecorderTest, leaves_out_rows_that_no_filter_wants_and_counts_them) {
  auto set = disks();
  auto layout = Layout::make(set, set.aliases, {}, {}, {"used > 50", "state == 'full'"}).value();
  table.reset(3);
  row("sda", 10, "fine");
  row("sdb", 95, "fine");
  row("sdc", 20, "full");
  record(layout);
  EXPECT_EQ(batches.at(0)->samples(), 2u);
  EXPECT_EQ(batches.at(0)->series_labels(0), "disk=\"sdb\"");
  EXPECT_EQ(recorder.counters().filtered_rows.load(), 1u);
  EXPECT_EQ(batches.at(0)->rounds(), 1u);
}

TEST_F(RecorderTest, leaves_out_the_only_row_of_a_plain_set) {
  model::SetDef set{.name = "one", .fields = {{.field = "v", .type = FieldType::kNumber}}, .aliases = {"v"}};
  auto layout = Layout::make(set, set.aliases, {}, {}, {"v > 5"}).value();
  for (double v : {1.0, 7.0}) {
    table.reset(1);
    ASSERT_TRUE(table.add_row());
    table.set(0, v);
    record(layout, "one");
  }
  EXPECT_EQ(batches.at(0)->samples(), 0u);
  EXPECT_EQ(batches.at(1)->samples(), 1u);
}

TEST_F(RecorderTest, computes_with_the_time_of_the_result) {
  model::SetDef set{.name = "age", .fields = {{.field = "age", .type = FieldType::kNumber}}, .aliases = {"start"}};
  auto layout = Layout::make(set, set.aliases, {{"age", "now() - start"}}, {}).value();
  table.reset(1);
  ASSERT_TRUE(table.add_row());
  table.set(0, std::int64_t{400});
  record(layout, "age");
  EXPECT_EQ(batches.at(0)->sample_value()[0], 600) << "of 1000 ms";
}

TEST_F(RecorderTest, says_in_the_result_that_no_memory_was_left_to_compute_it) {
  memory::Account small("small", nullptr, 64 << 10);
  Recorder tight({}, clock, pool, small, [this](auto batch) { batches.push_back(std::move(batch)); });
  model::SetDef set{.name = "sum", .fields = {{.field = "sum", .type = FieldType::kNumber}}, .aliases = {"a"}};
  auto layout = Layout::make(set, set.aliases, {{"sum", "a + a"}}, {}).value();
  table.reset(1);
  ASSERT_TRUE(table.add_row());
  table.set(0, 1.0);
  tight.record({{7}, "sum", layout, table, 1, milliseconds(1), ResultCode::kSuccess, ""}, memory, series_count);
  tight.flush();
  EXPECT_EQ(batches.at(0)->samples(), 0u);
  EXPECT_EQ(batches.at(0)->round_message(0), "a part of the result is lost: no memory is left for it");
  EXPECT_EQ(tight.counters().lost_results.load(), 1u);
}

TEST(RawTable, charges_what_it_holds_and_refuses_beyond_its_account) {
  memory::Account account("rounds", nullptr, 64 << 10);
  RawTable table;
  table.charge_to(account);
  table.reset(1);
  std::size_t rows = 0;
  while (table.add_row() && table.set(0, std::string_view("0123456789abcdef"))) ++rows;
  EXPECT_GT(rows, 500u);
  EXPECT_LT(rows, 64u << 10);
  EXPECT_GT(account.used(), 32u << 10);
  table.reset(1);
  EXPECT_EQ(account.used(), 0u);
}

}  // namespace
}  // namespace holter::collect
