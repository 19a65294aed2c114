#include "intake/severity.h"

#include <gtest/gtest.h>

namespace holter::intake {
namespace {

using model::Severity;

TEST(SeverityWords, are_known_in_any_case) {
  EXPECT_EQ(severity_of("Disaster"), Severity::kEmergency);
  EXPECT_EQ(severity_of("CRITICAL"), Severity::kCritical);
  EXPECT_EQ(severity_of("High"), Severity::kCritical);
  EXPECT_EQ(severity_of("warn"), Severity::kWarning);
  EXPECT_EQ(severity_of("Not classified"), Severity::kInfo);
  EXPECT_EQ(severity_of("紧急"), Severity::kCritical);
  EXPECT_EQ(severity_of("urgent-ish"), std::nullopt);
  EXPECT_EQ(severity_of(""), std::nullopt);
}

TEST(SeverityWords, of_holter_mean_themselves) {
  for (auto severity : {Severity::kInfo, Severity::kWarning, Severity::kCritical, Severity::kEmergency})
    EXPECT_EQ(severity_of(model::to_string(severity)), severity);
}

TEST(StateWords, fire_or_are_over_or_are_not_known) {
  EXPECT_EQ(state_of("PROBLEM"), State::kFiring);
  EXPECT_EQ(state_of("1"), State::kFiring);
  EXPECT_EQ(state_of("OK"), State::kResolved);
  EXPECT_EQ(state_of("Resolved"), State::kResolved);
  EXPECT_EQ(state_of("pending"), std::nullopt);
  EXPECT_EQ(state_of(""), std::nullopt);
}

}  // namespace
}  // namespace holter::intake
