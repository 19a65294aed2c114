#include "app/admission.h"

#include "app/test_rig.h"

namespace holter::app {
namespace {

using Verdict = api::AdmissionAnswer::Verdict;

constexpr MonitorCost kCost{.known = 300, .job = 400, .latest = 300};

class AdmissionTest : public ::testing::Test {
 protected:
  api::AdmissionAnswer ask(std::size_t count, std::int64_t interval_ms, const Room& room) {
    return admit({.app = "ping", .count = count, .interval_ms = interval_ms}, *rig_.definitions.find("ping"), kCost,
                 room);
  }
  TestRig rig_;
};

TEST_F(AdmissionTest, fits) {
  auto answer = ask(1000, 60'000, {.bytes = 10 << 20, .pings_now = 100, .pings_most = 35'000});
  EXPECT_EQ(answer.verdict, Verdict::kFits);
  EXPECT_EQ(answer.bytes_each, 1100U);
  EXPECT_EQ(answer.bytes_wanted, 1'100'000U);
  EXPECT_NEAR(answer.checks_wanted, 1000.0 / 60, 0.01);
  EXPECT_NE(answer.text.find("1000 ping monitors at 1m fit"), std::string::npos) << answer.text;
}

TEST_F(AdmissionTest, does_not_fit_by_memory_and_says_how_many_do) {
  auto answer = ask(10'000, 60'000, {.bytes = 1 << 20, .pings_now = 0, .pings_most = 35'000});
  EXPECT_EQ(answer.verdict, Verdict::kDoesNotFit);
  EXPECT_EQ(answer.most, (1U << 20) / 1100);
  EXPECT_NE(answer.text.find("953 of them do"), std::string::npos) << answer.text;
}

TEST_F(AdmissionTest, fits_at_a_longer_interval) {
  auto answer = ask(1000, 10, {.bytes = 1 << 30, .pings_now = 25'000, .pings_most = 35'000});
  EXPECT_EQ(answer.verdict, Verdict::kFitsAtInterval);
  EXPECT_EQ(answer.fits_at_ms, 100) << "1000 pings each 100 ms are the 10,000 a second that are left";
  EXPECT_DOUBLE_EQ(answer.checks_wanted, 100'000);
  EXPECT_DOUBLE_EQ(answer.checks_possible, 10'000);
}

TEST_F(AdmissionTest, does_not_fit_when_all_time_is_taken) {
  auto answer = ask(1, 60'000, {.bytes = 1 << 30, .pings_now = 40'000, .pings_most = 35'000});
  EXPECT_EQ(answer.verdict, Verdict::kDoesNotFit);
  EXPECT_DOUBLE_EQ(answer.checks_possible, 0);
}

TEST_F(AdmissionTest, a_sample_of_every_definition_can_run) {
  for (auto app : rig_.definitions.apps()) {
    auto sample = sample_monitor(rig_.definitions.find(app));
    auto share = rig_.fleet.try_out_share(sample);
    ASSERT_TRUE(share) << app << ": " << share.error().message();
    auto cost = cost_of(sample, share->job);
    EXPECT_GT(cost.job, 100U) << app;
    EXPECT_GT(cost.latest, 100U) << app;
    auto sets = sample.definition->sets.size();
    EXPECT_LT(cost.total(), 4096U * (1 + sets)) << app;
    EXPECT_LT(share->shared, (1U << 20)) << app;
  }
}

TEST_F(AdmissionTest, a_check_that_connects_counts_as_many_pings) {
  EXPECT_DOUBLE_EQ(pings_per_second(*rig_.definitions.find("ping"), seconds(10)), 0.1);
  EXPECT_DOUBLE_EQ(pings_per_second(*rig_.definitions.find("port"), seconds(10)), 0.1 * kPingsPerCheck);
}

}  // namespace
}  // namespace holter::app
