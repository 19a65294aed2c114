#include "history/child/store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "batch/builder.h"
#include "memory/arrow_pool.h"
#include "testing/fake_clock.h"

namespace holter::history::child {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::int64_t kHour = 3'600'000;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    char path[] = "/tmp/holter-store-XXXXXX";
    options.dir = ::mkdtemp(path);
    clock.set_wall(WallTime(milliseconds(now)));
    reopen();
  }
  ~StoreTest() override {
    store.reset();
    fs::remove_all(options.dir);
  }

  void reopen() {
    store.reset();
    auto opened = Store::open(options, &clock);
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    store = std::move(*opened);
  }
  void advance(std::chrono::milliseconds time) {
    clock.advance(time);
    now += time.count();
  }
  /// `count` samples and rounds of one series, one a second from `from_ms` on.
  void add(int count, std::int64_t from_ms, std::uint64_t series = 7) {
    batch::Builder builder(pool, 1'000'000);
    builder.add_series({series}, {series}, "summary", "field", "");
    for (int i = 0; i < count; ++i) {
      builder.add_sample({series}, from_ms + i * 1000, i);
      builder.add_round({series}, "summary", from_ms + i * 1000, 1000,
                        i == 0 ? model::ResultCode::kFail : model::ResultCode::kSuccess, "");
    }
    store->add(*builder.finish().value());
  }
  wire::Ack keep(int count, std::int64_t from_ms, std::uint64_t series = 7) {
    add(count, from_ms, series);
    return store->commit();
  }
  /// All background work that is due now.
  void work() {
    store->tick();
    while (store->busy()) store->step();
    store->tick();
    while (store->busy()) store->step();
    ASSERT_EQ(store->stats().error, "");
  }
  std::uint64_t count(std::uint64_t series = 7) {
    auto answer = store->query(RangeQuery{{{series}}, 0, kTimeEnd, kTimeEnd}, clock.mono() + 10s);
    if (!answer) ADD_FAILURE() << answer.error().message();
    std::uint64_t n = 0;
    for (const auto& bucket : answer.value().at(0).buckets) n += bucket.count;
    return n;
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(options.dir + "/parquet"))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  testing::FakeClock clock;
  std::int64_t now = 1'700'000'000'000 / kHour * kHour + 600'000;  // ten minutes past the hour
  memory::Account account{"test", nullptr, 64 << 20};
  memory::ArrowPool pool{account, "test"};
  StoreOptions options;
  std::unique_ptr<Store> store;
};

TEST_F(StoreTest, buckets_begin_at_multiples_of_the_step) {
  auto ack = keep(10, 95'000);  // 95 s to 104 s
  EXPECT_EQ(ack.samples, 10u);
  EXPECT_EQ(ack.rounds, 10u);
  EXPECT_EQ(ack.series, 1u);
  EXPECT_EQ(ack.error, "");
  auto answer = store->query(RangeQuery{{{7}}, 0, 200'000, 50'000}, clock.mono() + 10s).value();
  std::vector<Bucket> expected{{50'000, 0, 4, 2, 5}, {100'000, 5, 9, 7, 5}};
  EXPECT_EQ(answer.at(0).buckets, expected);
}

TEST_F(StoreTest, a_range_includes_its_start_and_excludes_its_end) {
  keep(10, 1000);
  auto answer = store->query(RangeQuery{{{7}}, 2000, 5000, 100'000}, clock.mono() + 10s).value();
  EXPECT_EQ(answer.at(0).buckets.at(0).count, 3u);
}

TEST_F(StoreTest, rows_may_come_in_any_order) {
  keep(10, now);
  keep(10, now - 5 * kHour);
  keep(10, now - kHour);
  EXPECT_EQ(count(), 30u);
  work();
  EXPECT_EQ(count(), 30u);
  keep(10, now - 3 * kHour);  // late: after its hour was closed
  EXPECT_EQ(count(), 40u);
  advance(1h);
  work();
  EXPECT_EQ(count(), 40u);
}

TEST_F(StoreTest, an_uncommitted_batch_is_not_there_and_its_series_is_stored_again) {
  add(10, now);
  store->fail_batch(Error(ErrorCode::kCorruption, "cannot decode"));
  auto ack = store->commit();
  EXPECT_EQ(ack.samples, 0u);
  EXPECT_EQ(ack.error, "cannot decode");
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(store->stats().series, 0u);
  EXPECT_EQ(keep(10, now).series, 1u);
  EXPECT_EQ(count(), 10u);
}

TEST_F(StoreTest, an_identity_is_stored_once_also_over_a_restart) {
  keep(1, now);
  keep(1, now + 1000);
  reopen();
  keep(1, now + 2000);
  keep(1, now, 8);
  EXPECT_EQ(store->stats().series, 2u);
  reopen();
  EXPECT_EQ(store->stats().series, 2u);
}

TEST_F(StoreTest, a_closed_hour_becomes_one_file_per_table_and_the_open_hour_stays) {
  keep(3600, now - 600'000 - kHour);  // the hour before
  keep(100, now);
  work();
  EXPECT_EQ(files(), (std::vector<std::string>{"rounds-00000002.parquet", "samples-00000001.parquet"}));
  EXPECT_EQ(count(), 3700u);
  auto rounds = store->query(RoundsQuery{{7}, 0, kTimeEnd, kTimeEnd}, clock.mono() + 10s).value();
  ASSERT_EQ(rounds.size(), 1u);
  EXPECT_EQ(rounds[0].total, 3700u);
  EXPECT_EQ(rounds[0].failed, 2u);
  EXPECT_EQ(rounds[0].avg_duration_ms, 1.0);
  work();
  EXPECT_EQ(files().size(), 2u);
  advance(1h);
  work();
  EXPECT_EQ(files().size(), 4u);
  EXPECT_EQ(count(), 3700u);
}

TEST_F(StoreTest, heartbeats_of_several_monitors_come_from_files_and_tables_together) {
  keep(10, now - kHour);
  work();  // into a file
  ASSERT_EQ(files().size(), 2u);
  keep(4, now);
  keep(2, now + 1000, 8);
  keep(5, now, 9);  // nobody asks for it
  HeartbeatsQuery query{{{8}, {7}, {6}}, now - kHour - 5000, now - kHour - 5000 + 120 * 60'000, 60'000};
  auto answer = store->query(query, clock.mono() + 10s).value();
  ASSERT_EQ(answer.size(), 3u);
  EXPECT_EQ(answer[0].monitor, MonitorId{8});
  std::vector<Heartbeat> of_eight{{now - 5000, 2, 1, 1.0, model::ResultCode::kFail, ""}};
  EXPECT_EQ(answer[0].buckets, of_eight);
  std::vector<Heartbeat> of_seven{{now - kHour - 5000, 10, 1, 1.0, model::ResultCode::kFail, ""},
                                  {now - 5000, 4, 1, 1.0, model::ResultCode::kFail, ""}};
  EXPECT_EQ(answer[1].buckets, of_seven);
  EXPECT_TRUE(answer[2].buckets.empty());
}

TEST_F(StoreTest, a_heartbeat_has_the_first_code_and_the_last_message_of_what_failed) {
  batch::Builder builder(pool, 1'000'000);
  std::string umlauts;
  for (int i = 0; i < 150; ++i) umlauts += "\xC3\xA4";
  using Code = model::ResultCode;
  builder.add_round({7}, "summary", 1000, 1000, Code::kSuccess, "");
  builder.add_round({7}, "summary", 2000, 3000, Code::kTimeout, "no answer");
  builder.add_round({7}, "other", 3000, 1000, Code::kFail, "x" + umlauts);
  builder.add_round({7}, "summary", 4000, 1000, Code::kSuccess, "");
  builder.add_round({7}, "summary", 11'000, 2000, Code::kSuccess, "");
  store->add(*builder.finish().value());
  ASSERT_EQ(store->commit().rounds, 5u);
  auto answer = store->query(HeartbeatsQuery{{{7}}, 1000, 21'000, 10'000}, clock.mono() + 10s).value();
  ASSERT_EQ(answer.at(0).buckets.size(), 2u);
  const auto& first = answer[0].buckets[0];
  EXPECT_EQ(first.total, 4u);
  EXPECT_EQ(first.failed, 2u);
  EXPECT_EQ(first.avg_duration_ms, 1.5);
  EXPECT_EQ(first.code, Code::kTimeout);
  EXPECT_EQ(first.message, "x" + umlauts.substr(0, 198));  // whole characters of at most 200 bytes
  EXPECT_EQ(answer[0].buckets[1], (Heartbeat{11'000, 1, 0, 2.0, Code::kSuccess, ""}));
}

TEST_F(StoreTest, single_rounds_are_listed_newest_first_page_by_page) {
  keep(10, now - kHour);
  work();
  keep(3, now);
  batch::Builder builder(pool, 1'000'000);
  builder.add_round({7}, "header", now, 5000, model::ResultCode::kTimeout, "it's \"late\"");
  store->add(*builder.finish().value());
  ASSERT_EQ(store->commit().rounds, 1u);
  auto list = [&](std::int64_t to, std::uint32_t limit, std::uint32_t skip) {
    return store->query(RoundListQuery{{7}, 0, to, limit, skip}, clock.mono() + 10s).value();
  };
  auto all = list(kTimeEnd, 501, 0);
  ASSERT_EQ(all.size(), 14u);
  EXPECT_EQ(all[0].time_ms, now + 2000);
  EXPECT_EQ(all[2], (RecordedRound{now, 5000, model::ResultCode::kTimeout, "header", "it's \"late\""}));
  EXPECT_EQ(all[3], (RecordedRound{now, 1000, model::ResultCode::kFail, "summary", ""}));
  EXPECT_EQ(all[13].time_ms, now - kHour);
  // A page that ends between two rounds of one millisecond goes on behind the first of them.
  auto front = list(kTimeEnd, 3, 0), rest = list(now + 1, 501, 1);
  front.insert(front.end(), rest.begin(), rest.end());
  EXPECT_EQ(front, all);
  EXPECT_TRUE(store->query(RoundListQuery{{8}, 0, kTimeEnd, 10, 0}, clock.mono() + 10s).value().empty());
}

TEST_F(StoreTest, an_hour_waits_for_late_rows) {
  keep(10, now - 700'000);
  advance(-8min);  // two minutes past the hour
  work();
  EXPECT_EQ(files().size(), 0u);
  advance(4min);
  work();
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(StoreTest, a_file_that_its_transaction_did_not_confirm_is_removed_and_counts_for_nothing) {
  keep(100, now - kHour);
  // As after a crash between the rename and the commit: a whole file and all rows in the table.
  auto orphan = options.dir + "/parquet/samples-00000001.parquet";
  std::ofstream(orphan) << "any";
  std::ofstream(orphan + ".tmp") << "any";
  reopen();
  EXPECT_EQ(files().size(), 0u);
  work();
  EXPECT_EQ(count(), 100u);
  reopen();
  EXPECT_EQ(count(), 100u);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(StoreTest, a_table_too_large_is_written_out_in_slices_before_its_hour_ends) {
  options.archive.most_rows = 1000;
  reopen();
  keep(3500, now - 4'000'000);  // up to eight minutes ago; 100 s of it lie in the closed hour
  work();
  EXPECT_GE(files().size(), 8u);
  EXPECT_LE(files().size(), 14u);
  EXPECT_EQ(count(), 3500u);
}

TEST_F(StoreTest, what_is_older_than_the_retention_goes_file_and_row) {
  options.archive.retention = 3h;
  reopen();
  keep(10, now - 2 * kHour);
  work();
  ASSERT_EQ(files().size(), 2u);
  keep(10, now - 4 * kHour, 8);  // too old already, and not in a file
  advance(2min);
  work();
  EXPECT_EQ(count(8), 0u);
  EXPECT_EQ(count(), 10u);
  for (int i = 0; i < 61; ++i) {
    advance(1min);
    work();
  }
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(files().size(), 0u);
  reopen();
  EXPECT_EQ(store->stats().files, 0u);
}

TEST_F(StoreTest, a_clock_that_is_set_forward_removes_nothing_for_an_hour) {
  options.archive.retention = 3h;
  reopen();
  keep(10, now);
  work();
  clock.set_wall(WallTime(milliseconds(now + 100 * kHour)));
  now += 100 * kHour;
  advance(2min);
  work();
  EXPECT_EQ(count(), 10u);
  now -= 100 * kHour;
  clock.set_wall(WallTime(milliseconds(now)));
  for (int i = 0; i < 70; ++i) {
    advance(1min);
    work();
  }
  EXPECT_EQ(count(), 10u);
}

TEST_F(StoreTest, rejects_times_outside_of_1970_to_2200_and_values_that_are_not_finite) {
  batch::Builder builder(pool, 100);
  builder.add_sample({7}, -1, 1);
  builder.add_sample({7}, kTimeEnd, 1);
  builder.add_sample({7}, 0, 1);
  builder.add_sample({7}, kTimeEnd - 1, 1);
  builder.add_sample({7}, 5, std::numeric_limits<double>::quiet_NaN());
  builder.add_sample({7}, 5, std::numeric_limits<double>::infinity());
  store->add(*builder.finish().value());
  auto ack = store->commit();
  EXPECT_EQ(ack.samples, 2u);
  EXPECT_EQ(ack.rejected, 4u);
  EXPECT_EQ(count(), 2u);
}

TEST_F(StoreTest, a_query_ends_at_its_deadline) {
  keep(10, now);
  auto answer = store->query(RangeQuery{{{7}}, 0, 1000, 10}, clock.mono());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(count(), 10u);
}

TEST_F(StoreTest, an_answer_with_too_many_buckets_is_an_error_that_names_the_limit) {
  RangeQuery query{{}, now, now + 11'000'000, 1000};
  for (std::uint64_t series = 1; series <= 10; ++series) {
    keep(11'000, now, series);
    query.series.push_back({series});
  }
  auto answer = store->query(query, clock.mono() + 10s);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(answer.error().message().find(std::to_string(wire::kMaxAnswerBuckets)), std::string::npos);
  query.series.resize(9);
  EXPECT_EQ(store->query(query, clock.mono() + 10s).value().at(8).buckets.size(), 11'000u);
}

TEST_F(StoreTest, too_little_memory_for_a_query_is_an_error_and_the_store_goes_on) {
  for (int i = 0; i < 10; ++i) keep(100'000, now + i * 100'000'000);
  options.engine_memory = 4 << 20;
  reopen();
  RangeQuery query{{{7}}, now, now + 1'000'000'000, 100'000};
  auto answer = store->query(query, clock.mono() + 10s);
  if (!answer) EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted) << answer.error().message();
  EXPECT_EQ(keep(10, now, 8).error, "");
  EXPECT_EQ(count(8), 10u);
}

TEST_F(StoreTest, a_second_store_on_the_same_directory_is_refused) {
  auto second = Store::open(options, &clock);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
}

TEST_F(StoreTest, a_history_of_a_newer_format_is_refused) {
  store.reset();
  {
    auto database = Database::open(options.dir + "/history.duckdb", {}).value();
    ASSERT_TRUE(database->connect().value()->run("UPDATE format SET version = 2").has_value());
  }
  auto opened = Store::open(options, &clock);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
}

TEST_F(StoreTest, a_directory_name_with_quotes_does_no_harm) {
  store.reset();
  options.dir += "/it's \"odd\"";
  reopen();
  keep(10, now - kHour);
  work();
  EXPECT_EQ(files().size(), 2u);
  EXPECT_EQ(count(), 10u);
  store.reset();
  options.dir = fs::path(options.dir).parent_path().string();
}

}  // namespace
}  // namespace holter::history::child
