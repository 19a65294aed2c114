#include "stress/sampler.h"

#include <gtest/gtest.h>

namespace holter::stress {
namespace {

TEST(ReadMemory, takes_ledger_level_and_paused_monitors) {
  Sample sample;
  EXPECT_TRUE(read_memory(
      R"({"budget_bytes":1,"ledger_used_bytes":77,"level":{"name":"critical"},"paused":{"count":5}})", sample));
  EXPECT_EQ(sample.ledger, 77U);
  EXPECT_EQ(sample.level, 3);
  EXPECT_EQ(sample.paused, 5U);
}

TEST(ReadMemory, does_not_take_what_is_no_report) {
  Sample sample;
  for (const char* text : {"", "null", "[]", "{}", "{\"budget_bytes\":", "503 Service Unavailable"})
    EXPECT_FALSE(read_memory(text, sample)) << text;
  EXPECT_TRUE(read_memory(R"({"budget_bytes":1,"level":{"name":"purple"},"paused":7})", sample));
  EXPECT_EQ(sample.level, -1);
}

TEST(ReadSchedule, adds_up_dropped_rows_of_all_queues) {
  auto counters = read_schedule(
      R"({"due":9,"run":6,"skipped":2,"paused":1,"timeouts":4,"queues":[{"dropped_rows":3},{"dropped_rows":4}],
          "history":{"samples_sent":5,"samples_kept":4,"samples_lost":1,"restarts":2}})");
  EXPECT_TRUE(counters.known);
  EXPECT_EQ(counters.due, 9U);
  EXPECT_EQ(counters.dropped_rows, 7U);
  EXPECT_EQ(counters.restarts, 2U);
  EXPECT_FALSE(read_schedule("{}").known);
  EXPECT_FALSE(read_schedule("nonsense").known);
}

TEST(ReadLastWords, finds_the_counters_in_what_serve_prints_at_its_end) {
  auto counters = read_last_words(
      "holter 0.1.0 watches 9 monitors in 64.0 MiB: http://127.0.0.1:1/\n"
      "holter ran for 21s\n"
      "  monitors  9 up, 0 down, 0 unknown, 0 stale, 0 paused\n"
      "  checks    120 due = 100 run + 15 skipped + 5 paused; 3 late, 2 timed out\n"
      "  history   90 samples sent, 80 kept, 10 lost; 1 restarts\n"
      "  memory    40.0 MiB at most, of 64.0 MiB; history process 50.0 MiB at most\n");
  EXPECT_TRUE(counters.known);
  EXPECT_EQ(counters.due, 120U);
  EXPECT_EQ(counters.run, 100U);
  EXPECT_EQ(counters.skipped, 15U);
  EXPECT_EQ(counters.paused, 5U);
  EXPECT_EQ(counters.timeouts, 2U);
  EXPECT_EQ(counters.sent, 90U);
  EXPECT_EQ(counters.kept, 80U);
  EXPECT_EQ(counters.lost, 10U);
  EXPECT_EQ(counters.restarts, 1U);
  EXPECT_FALSE(read_last_words("holter: cannot start").known);
}

}  // namespace
}  // namespace holter::stress
