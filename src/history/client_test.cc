#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "batch/builder.h"
#include "history/test_client.h"
#include "memory/arrow_pool.h"
#include "runtime/task_scope.h"
#include "testing/small_disk.h"

namespace holter::history {
namespace {

TEST_F(ClientTest, keeps_samples_and_gives_them_back_in_buckets) {
  ASSERT_TRUE(start().has_value());
  publish(120);
  ASSERT_TRUE(kept(120));
  auto answer = ask(kStart, kStart + 120'000, 60'000).value();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].series.value, 7u);
  // kStart lies 20 s after a full minute: 40 s, 60 s and 20 s fall into three buckets.
  std::vector<Bucket> expected{
      {kStart - 20'000, 0, 9, 4.5, 40}, {kStart + 40'000, 0, 9, 4.5, 60}, {kStart + 100'000, 0, 9, 4.5, 20}};
  EXPECT_EQ(answer[0].buckets, expected);
  auto rounds = run(client->query_rounds({7}, kStart, kStart + 120'000, 3'600'000, clock.mono() + 20s)).value();
  ASSERT_EQ(rounds.size(), 1u);
  EXPECT_EQ(rounds[0].total, 120u);
  EXPECT_EQ(rounds[0].failed, 30u);
  EXPECT_EQ(rounds[0].avg_duration_ms, 2.0);
  auto stats = client->stats();
  EXPECT_EQ(stats.samples_sent, 120u);
  EXPECT_EQ(stats.samples_lost, 0u);
  EXPECT_EQ(stats.queries, 2u);
  EXPECT_EQ(stats.last_error, "");
}

TEST_F(ClientTest, gives_heartbeats_and_single_rounds) {
  ASSERT_TRUE(start().has_value());
  publish(120);
  ASSERT_TRUE(kept(120));
  auto beats =
      run(client->query_heartbeats({{{7}, {9}}, kStart, kStart + 120'000, 60'000}, clock.mono() + 20s)).value();
  ASSERT_EQ(beats.size(), 2u);
  std::vector<Heartbeat> expected{{kStart, 60, 15, 2.0, model::ResultCode::kTimeout, "no"},
                                  {kStart + 60'000, 60, 15, 2.0, model::ResultCode::kTimeout, "no"}};
  EXPECT_EQ(beats[0].buckets, expected);
  EXPECT_TRUE(beats[1].buckets.empty());
  auto rounds = run(client->list_rounds({{7}, kStart, kStart + 120'000, 2, 3}, clock.mono() + 20s)).value();
  std::vector<RecordedRound> two{{kStart + 116'000, 2000, model::ResultCode::kTimeout, "summary", "no"},
                                 {kStart + 115'000, 2000, model::ResultCode::kSuccess, "summary", ""}};
  EXPECT_EQ(rounds, two);
  auto refused = run(client->query_heartbeats({{}, 0, 1, 1}, clock.mono() + 20s));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(ClientTest, answers_nothing_for_a_series_without_samples) {
  ASSERT_TRUE(start().has_value());
  auto answer = run(client->query({{{1}, {2}}, 0, 1000, 1000}, clock.mono() + 20s)).value();
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_TRUE(answer[0].buckets.empty());
  EXPECT_EQ(answer[1].series.value, 2u);
}

TEST_F(ClientTest, keeps_everything_over_an_orderly_restart) {
  ASSERT_TRUE(start().has_value());
  publish(50);
  restart();
  EXPECT_EQ(count_all(), 50u);
  publish(50, kStart + 100'000);
  ASSERT_TRUE(kept(50));
  EXPECT_EQ(count_all(), 100u);
}

TEST_F(ClientTest, close_sends_all_that_is_queued) {
  ASSERT_TRUE(start().has_value());
  for (int i = 0; i < 50; ++i) publish(100, kStart + i * 100'000);
  close();
  auto stats = client->stats();
  EXPECT_EQ(stats.samples_kept, 5000u);
  EXPECT_EQ(stats.samples_lost, 0u);
  EXPECT_FALSE(stats.running);
  client.reset();
  ASSERT_TRUE(start().has_value());
  EXPECT_EQ(count_all(), 5000u);
}

TEST_F(ClientTest, gathers_batches_for_one_commit_and_close_does_not_wait_for_that) {
  options.gather = std::chrono::hours(1);
  ASSERT_TRUE(start().has_value());
  publish(10);
  ASSERT_TRUE(kept(10));  // the first goes at once
  publish(10, kStart + 10'000);
  publish(10, kStart + 20'000);
  EXPECT_EQ(count_all(), 10u);
  close();
  EXPECT_EQ(client->stats().samples_kept, 30u);
}

TEST_F(ClientTest, close_ends_at_its_deadline_when_the_child_is_stuck) {
  ASSERT_TRUE(start().has_value());
  publish(10);
  ASSERT_TRUE(kept(10));
  ::kill(client->stats().pid, SIGSTOP);
  publish(10);
  auto began = clock.mono();
  close(100ms);
  EXPECT_LT(clock.mono() - began, 5s);
  auto stats = client->stats();
  EXPECT_EQ(stats.samples_sent, 20u);
  EXPECT_EQ(stats.samples_lost, 10u);
}

TEST_F(ClientTest, restarts_a_killed_child_and_counts_what_it_had_not_acknowledged) {
  ASSERT_TRUE(start().has_value());
  publish(1000);
  ASSERT_TRUE(kept(1000));
  auto first = client->stats().pid;
  for (int i = 0; i < 20; ++i) publish(5000, kStart + (i + 1) * 10'000'000);
  ASSERT_TRUE(until([&] { return client->stats().samples_kept >= 11'000; }));
  kill_child();
  ASSERT_TRUE(until([&] { return client->stats().running && client->stats().pid != first; }));
  ASSERT_TRUE(settled());
  auto stats = client->stats();
  EXPECT_EQ(stats.restarts, 1u);
  EXPECT_EQ(stats.samples_sent, 101'000u);
  EXPECT_LE(stats.samples_lost, 30'000u);  // one group was in flight
  EXPECT_NE(stats.last_error.find("signal 9"), std::string::npos) << stats.last_error;
  // A batch that was on disk when its acknowledgement was lost counts as lost, and may be there.
  auto there = count_all();
  EXPECT_GE(there, stats.samples_kept);
  EXPECT_LE(there, stats.samples_sent);
}

TEST_F(ClientTest, a_query_fails_at_once_when_the_child_dies_and_works_again_later) {
  ASSERT_TRUE(start().has_value());
  publish(10);
  ASSERT_TRUE(kept(10));
  ::kill(client->stats().pid, SIGSTOP);
  auto began = clock.mono();
  asio::steady_timer timer(context, 50ms);
  timer.async_wait([&](auto) { kill_child(); });
  auto answer = ask(0, 1000, 1000);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable);
  EXPECT_LT(clock.mono() - began, 10s);
  EXPECT_EQ(ask(0, 1000, 1000).error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(until([&] { return client->stats().running; }));
  EXPECT_EQ(count_all(), 10u);
}

TEST_F(ClientTest, a_query_ends_at_its_deadline_and_its_late_answer_disturbs_nobody) {
  ASSERT_TRUE(start().has_value());
  publish(10);
  ASSERT_TRUE(kept(10));
  ::kill(client->stats().pid, SIGSTOP);
  EXPECT_EQ(ask(0, 1000, 1000, 50ms).error().code(), ErrorCode::kTimeout);
  ::kill(client->stats().pid, SIGCONT);
  EXPECT_EQ(count_all(), 10u);
  EXPECT_EQ(client->stats().queries_failed, 1u);
}

TEST_F(ClientTest, an_answer_that_the_account_has_no_room_for_fails_and_the_link_goes_on) {
  ASSERT_TRUE(start().has_value());
  publish(5000);
  ASSERT_TRUE(kept(5000));
  auto all = account.reserve(account.limit() - account.used() - 100'000).value();
  auto answer = ask(kStart, kStart + 5'000'000, 1000);  // 200 kB
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(ask(kStart, kStart + 5'000'000, 1'000'000).value().at(0).buckets.size(), 5u);
  all.reset();
  EXPECT_EQ(ask(kStart, kStart + 5'000'000, 1000).value().at(0).buckets.size(), 5000u);
}

TEST_F(ClientTest, refuses_more_than_sixteen_waiting_queries) {
  ASSERT_TRUE(start().has_value());
  ::kill(client->stats().pid, SIGSTOP);
  int ended = 0;
  for (int i = 0; i < 16; ++i)
    asio::co_spawn(context, client->query({{{7}}, 0, 1000, 1000}, clock.mono() + 20s),
                   [&](std::exception_ptr, auto) { ++ended; });
  auto refused = ask(0, 1000, 1000);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  ::kill(client->stats().pid, SIGCONT);
  EXPECT_TRUE(until([&] { return ended == 16; }));
}

TEST_F(ClientTest, kills_and_restarts_a_child_that_does_not_answer) {
  options.hang_limit = 500ms;
  ASSERT_TRUE(start().has_value());
  auto first = client->stats().pid;
  ::kill(first, SIGSTOP);
  publish(10);
  ASSERT_TRUE(until([&] { return client->stats().running && client->stats().pid != first; }));
  EXPECT_EQ(client->stats().samples_lost, 10u);
  EXPECT_NE(client->stats().last_error.find("no answer for 500ms"), std::string::npos) << client->stats().last_error;
}

TEST_F(ClientTest, keeps_batches_queued_while_the_child_is_away_and_counts_what_does_not_fit) {
  options.restart_least = 300ms;
  ASSERT_TRUE(start().has_value());
  kill_child();
  ASSERT_TRUE(until([&] { return !client->stats().running; }));
  for (int i = 0; i < 1000; ++i) publish(1000, kStart + i * 1'000'000);
  ASSERT_TRUE(settled());
  auto stats = client->stats();
  auto queue = subscription.stats();
  EXPECT_GT(stats.rows_dropped, 0u);
  EXPECT_EQ(stats.rows_dropped, queue.dropped_rows);
  EXPECT_EQ(stats.samples_kept, queue.batches * 1000);
  EXPECT_EQ(stats.samples_lost, 0u);
  EXPECT_EQ(count_all(), stats.samples_kept);
}

TEST_F(ClientTest, rejects_and_counts_rows_with_impossible_times) {
  ASSERT_TRUE(start().has_value());
  publish(2, -1500);           // the second is 500 ms before 1970
  publish(2, kTimeEnd - 500);  // the second is in 2200
  publish(2, INT64_MAX - 1000);
  ASSERT_TRUE(settled());
  auto stats = client->stats();
  EXPECT_EQ(stats.samples_kept, 1u);
  EXPECT_EQ(stats.samples_lost, 5u);
  EXPECT_EQ(stats.rows_rejected, 5u + 5u + 2u);  // samples, rounds, texts
}

TEST_F(ClientTest, refuses_a_query_outside_of_the_limits_without_asking) {
  ASSERT_TRUE(start().has_value());
  EXPECT_EQ(ask(0, 12'000'000, 1000).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ask(0, 1000, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(client->stats().queries, 0u);
}

TEST_F(ClientTest, a_full_disk_is_reported_and_history_recovers_when_there_is_space) {
  options.data_dir = testing::make_small_disk(24 << 20);
  ASSERT_TRUE(start().has_value());
  publish(1000);
  ASSERT_TRUE(kept(1000));
  std::string filler(1 << 20, 'x');
  {
    std::ofstream file(options.data_dir + "/filler", std::ios::binary);
    while (file.write(filler.data(), static_cast<std::streamsize>(filler.size())).flush()) {
    }
  }
  for (int i = 0; i < 5; ++i) publish(10'000, kStart + (i + 1) * 10'000'000);
  ASSERT_TRUE(settled());
  auto full = client->stats();
  EXPECT_GT(full.samples_lost, 0u);
  EXPECT_NE(full.last_error.find("No space left"), std::string::npos) << full.last_error;
  EXPECT_LE(full.restarts, 1u);

  fs::remove(options.data_dir + "/filler");
  auto recovered = [&] { return client->stats().samples_kept > full.samples_kept; };
  for (auto end = clock.mono() + 30s; !recovered() && clock.mono() < end;) {
    publish(1, kStart);
    ASSERT_TRUE(settled());
    run(runtime::sleep_for(20ms));
  }
  EXPECT_TRUE(recovered());
  EXPECT_EQ(count_all(), client->stats().samples_kept);
}

TEST_F(ClientTest, closed_periods_become_files_and_answers_stay_the_same) {
  options.file_every = 200ms;
  options.file_after = 0ms;
  ASSERT_TRUE(start().has_value());
  publish(5000);
  ASSERT_TRUE(kept(5000));
  auto before = ask(kStart, kStart + 5'000'000, 600'000).value();
  ASSERT_TRUE(until([&] { return client->stats().files >= 3; }));
  EXPECT_EQ(ask(kStart, kStart + 5'000'000, 600'000).value(), before);
  kill_child();
  ASSERT_TRUE(until([&] { return !client->stats().running; }));
  ASSERT_TRUE(until([&] { return client->stats().running; }));
  EXPECT_EQ(ask(kStart, kStart + 5'000'000, 600'000).value(), before);
}

TEST_F(ClientTest, a_program_that_cannot_be_started_is_an_error_that_names_it) {
  options.program = "/nowhere/holter-history";
  auto status = start();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
  EXPECT_EQ(status.error().message(),
            "cannot start history: cannot start /nowhere/holter-history: No such file or directory");
}

TEST_F(ClientTest, a_program_that_is_something_else_is_an_error) {
  options.program = "/bin/true";
  auto status = start();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
}

TEST_F(ClientTest, a_data_directory_that_cannot_be_used_is_an_error_that_names_it) {
  std::ofstream(dir + "/file") << "not a directory";
  options.data_dir = dir + "/file";
  auto status = start();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
  EXPECT_NE(status.error().message().find(dir + "/file"), std::string::npos);
}

TEST_F(ClientTest, a_database_that_is_none_is_an_error_that_names_it) {
  fs::create_directories(options.data_dir + "/history");
  std::ofstream(options.data_dir + "/history/history.duckdb") << std::string(10'000, 'x');
  auto status = start();
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message().find("history.duckdb"), std::string::npos) << status.error().message();
}

}  // namespace
}  // namespace holter::history
