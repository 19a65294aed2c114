#include "model/alert.h"

#include <gtest/gtest.h>

namespace holter::model {
namespace {

TEST(Fingerprint, is_the_same_for_ever_and_tells_names_from_values) {
  Labels labels{{"alertname", "Down"}, {"monitor", "web"}};
  EXPECT_EQ(fingerprint_of(labels), fingerprint_of(labels));
  EXPECT_NE(fingerprint_of({{"a", "bc"}}), fingerprint_of({{"ab", "c"}}));
  EXPECT_NE(fingerprint_of({{"a", "b"}, {"c", "d"}}), fingerprint_of({{"a", "b"}}));
}

TEST(Severity, is_a_word_and_comes_back_from_it) {
  for (auto severity : {Severity::kInfo, Severity::kWarning, Severity::kCritical, Severity::kEmergency})
    EXPECT_EQ(parse_severity(to_string(severity)), severity);
  EXPECT_EQ(parse_severity("Critical"), std::nullopt);
  EXPECT_EQ(parse_severity(""), std::nullopt);
}

TEST(Alert, fires_until_there_is_a_reason_why_not) {
  Alert alert;
  EXPECT_TRUE(alert.firing());
  alert.resolution = Resolution::kVanished;
  EXPECT_FALSE(alert.firing());
  EXPECT_EQ(to_string(alert.resolution), "vanished");
  EXPECT_EQ(to_string(Resolution::kExpired), "expired");
}

TEST(LabelOf, is_empty_where_there_is_none) {
  Labels labels{{"a", "1"}, {"c", "3"}};
  EXPECT_EQ(label_of(labels, "a"), "1");
  EXPECT_EQ(label_of(labels, "c"), "3");
  EXPECT_EQ(label_of(labels, "b"), "");
  EXPECT_EQ(label_of({}, "a"), "");
}

}  // namespace
}  // namespace holter::model
