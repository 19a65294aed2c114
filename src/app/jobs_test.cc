#include "app/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::app {
namespace {

using api::JobProgress;
using ::testing::HasSubstr;
using Phase = JobProgress::Phase;
using State = JobProgress::State;

class JobsTest : public ::testing::Test {
 protected:
  std::vector<api::Event> told() const { return events_.since(0, 1'000); }

  holter::testing::FakeClock clock_;
  memory::Budget budget_{1 << 20};
  Events events_{clock_, budget_.account("api/events"), ""};
  Jobs jobs_{clock_, events_};
};

TEST_F(JobsTest, of_few_monitors_are_not_told) {
  auto job = jobs_.begin("monitors.edit", "eva");
  job.begin_phase(Phase::kStore, Jobs::kQuiet);
  for (std::size_t i = 1; i <= Jobs::kQuiet; ++i) job.advance(i);
  job.finish(Jobs::kQuiet);
  auto other = jobs_.begin("monitors.edit", "eva");
  other.fail("cannot store it");
  EXPECT_TRUE(told().empty());
}

TEST_F(JobsTest, are_told_at_their_begin_twice_a_second_and_at_their_end) {
  auto job = jobs_.begin("monitors.edit", "eva");
  job.begin_phase(Phase::kApply, 1'000);
  for (std::size_t i = 1; i <= 1'000; ++i) {
    clock_.advance(milliseconds(2));  // two seconds in all
    job.advance(i);
  }
  job.finish(998);
  auto all = told();
  ASSERT_EQ(all.size(), 6U);  // the begin, after 0.5, 1, 1.5 and 2 s, the end
  for (const auto& event : all) {
    EXPECT_EQ(event.kind, "job");
    EXPECT_EQ(event.severity, "info");
    ASSERT_NE(event.job, nullptr);
    EXPECT_EQ(event.job->id, 1U);
    EXPECT_EQ(event.job->kind, "monitors.edit");
    EXPECT_EQ(event.job->started_by, "eva");
  }
  EXPECT_EQ(all[0].job->done, 0U);
  EXPECT_EQ(all[0].job->total, 1'000U);
  EXPECT_EQ(all[0].job->state, State::kRunning);
  EXPECT_EQ(all[2].job->done, 500U);
  EXPECT_EQ(all[5].job->state, State::kDone);
  EXPECT_EQ(all[5].job->done, 998U);
  EXPECT_THAT(all[5].text, HasSubstr("monitors.edit by 'eva': 998 of 1000 monitors, done (apply)"));
}

TEST_F(JobsTest, of_nobody_knows_how_many_are_told_once_they_are_many) {
  auto job = jobs_.begin("monitors.import", "eva");
  job.begin_phase(Phase::kCheck, 0);
  for (std::size_t i = 1; i <= 201; ++i) job.advance(i);
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(told()[0].job->total, 0U);
  EXPECT_EQ(told()[0].job->done, 201U);
  job.begin_phase(Phase::kStore, 300);
  ASSERT_EQ(told().size(), 2U);
  EXPECT_EQ(told()[1].job->phase, Phase::kStore);
  EXPECT_EQ(told()[1].job->done, 0U);
  job.finish(300);
}

TEST_F(JobsTest, fail_with_the_reason_also_when_they_are_dropped) {
  {
    auto job = jobs_.begin("reload", "");
    job.begin_phase(Phase::kApply, 500);
    auto moved = std::move(job);
    moved.advance(3);
    moved.fail("cannot commit: the disk is full");
  }
  {
    auto job = jobs_.begin("definition", "root");
    job.begin_phase(Phase::kApply, 500);
  }
  auto all = told();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].job->state, State::kFailed);
  EXPECT_EQ(all[1].severity, "warning");
  EXPECT_THAT(all[1].text, HasSubstr("the disk is full"));
  EXPECT_EQ(all[3].job->id, 2U);
  EXPECT_EQ(all[3].job->state, State::kFailed);
}

TEST_F(JobsTest, have_ids_of_their_own_side_by_side) {
  auto first = jobs_.begin("monitors.edit", "eva");
  auto second = jobs_.begin("monitors.import", "adam");
  first.begin_phase(Phase::kApply, 400);
  second.begin_phase(Phase::kApply, 300);
  second.finish(300);
  first.finish(400);
  auto all = told();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].job->id, all[3].job->id);
  EXPECT_EQ(all[1].job->id, all[2].job->id);
  EXPECT_NE(all[0].job->id, all[1].job->id);
}

}  // namespace
}  // namespace holter::app
