#include "stress/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::stress {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// One that kept every promise.
Outcome good() {
  Outcome outcome{.name = "incident", .budget = 64 << 20, .child_limit = 128 << 20, .peak = 40 << 20};
  outcome.critical = {.checks = 100, .p99_ms = 12, .most_ms = 30};
  outcome.counters = {.due = 10, .run = 7, .skipped = 2, .paused = 1, .sent = 5, .kept = 3, .lost = 2, .known = true};
  outcome.before = 30 << 20;
  outcome.after = 31 << 20;
  return outcome;
}

std::vector<std::string> problems_of(Outcome outcome) {
  judge(outcome);
  return outcome.problems;
}

TEST(Judge, passes_what_kept_every_promise) {
  EXPECT_THAT(problems_of(good()), IsEmpty());
}

TEST(Judge, names_a_process_over_its_budget) {
  auto outcome = good();
  outcome.peak = 65 << 20;
  outcome.child_peak = 129 << 20;
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("main process had 65.0 MiB, its budget is 64.0 MiB"),
                                                HasSubstr("history process had 129 MiB")));
}

TEST(Judge, names_a_crash_and_a_kill_by_the_kernel) {
  auto outcome = good();
  outcome.end = {.code = -1, .signal = 6};
  outcome.kills = 1;
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("killed a process"), HasSubstr("signal 6 (Aborted)")));
}

TEST(Judge, names_late_critical_monitors_and_those_that_never_came) {
  auto outcome = good();
  outcome.critical.p99_ms = 1000;
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("p99 1000 ms")));
  outcome.critical = {};
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("no check of a critical monitor")));
}

TEST(Judge, names_counters_that_do_not_add_up) {
  auto outcome = good();
  outcome.counters.due = 11;
  outcome.counters.kept = 1;
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("11 checks were due"), HasSubstr("5 samples were sent")));
  outcome.counters.known = false;
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("last words")));
}

TEST(Judge, names_memory_that_did_not_come_back) {
  auto outcome = good();
  outcome.after = allowed_after(outcome.before) + 1;
  EXPECT_THAT(problems_of(outcome), ElementsAre(HasSubstr("did not come back")));
}

TEST(AllowedAfter, is_five_percent_or_a_mebibyte_whichever_is_more) {
  EXPECT_EQ(allowed_after(10 << 20), 11U << 20);
  EXPECT_EQ(allowed_after(100 << 20), 105U << 20);
}

TEST(LineOf, has_name_result_and_figures) {
  auto line = line_of(good());
  EXPECT_THAT(line, HasSubstr("incident  PASS    main 40.0 MiB = 62% of 64.0 MiB"));
  EXPECT_THAT(line, HasSubstr("lost 2"));
  Outcome not_run{.name = "disk", .ran = false, .problems = {"cannot mount"}};
  EXPECT_THAT(line_of(not_run), HasSubstr("disk      NOT RUN cannot mount"));
}

}  // namespace
}  // namespace holter::stress
