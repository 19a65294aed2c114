#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/intake.h"
#include "intake/property.h"

namespace holter::intake {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class Bounds : public ::testing::Test {
 protected:
  Options options() {
    return {.account = budget_.account("intake"), .now = WallTime(std::chrono::seconds(1796068800))};
  }
  Batch batch(std::string_view body) {
    auto read = intake::read("prometheus", body, options());
    EXPECT_TRUE(read) << (read ? "" : read.error().message());
    if (!read) return {};
    check_batch(*read, "prometheus", options());
    return std::move(*read);
  }
  static std::string alert(const std::string& labels, const std::string& more = "") {
    return R"({"labels":{"alertname":"A")" + labels + "}" + more + "}";
  }
  std::string_view label(const Batch& batch, std::size_t index, std::string_view name) {
    return model::label_of(batch.alerts.at(index).alert.labels, name);
  }

  memory::Budget budget_{64 << 20};
};

TEST_F(Bounds, a_body_may_have_4_mib_and_no_more) {
  std::string body(kMostBody, ' ');
  body[0] = '[';
  body[kMostBody - 1] = ']';
  EXPECT_EQ(batch(body).alerts.size(), 0U);
  body += ' ';
  auto more = intake::read("prometheus", body, options());
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), ErrorCode::kTooLarge);
  EXPECT_THAT(more.error().message(), HasSubstr("4.00 MiB are allowed"));
}

TEST_F(Bounds, alerts_behind_the_ten_thousandth_are_refused) {
  std::string body = "[";
  for (std::size_t i = 0; i < kMostAlerts + 30; ++i) body += (i > 0 ? "," : "") + alert(fmt::format(R"(,"n":"{}")", i));
  auto taken = batch(body + "]");
  EXPECT_EQ(taken.alerts.size(), kMostAlerts);
  EXPECT_EQ(taken.refused, 30U);
  EXPECT_EQ(taken.reasons.size(), kMostReasons);
  EXPECT_EQ(taken.reasons.front(), "[10000]: more than 10000 alerts in a body");
  EXPECT_EQ(label(taken, kMostAlerts - 1, "n"), "9999");
}

TEST_F(Bounds, labels_are_at_most_64_with_those_added) {
  auto with = [&](std::size_t count) {
    std::string labels;
    for (std::size_t i = 0; i < count; ++i) labels += fmt::format(R"(,"l{}":"x")", i);
    return batch("[" + alert(labels) + "]");
  };
  auto most = with(kMostLabels - 3);  // alertname, severity, source
  ASSERT_EQ(most.alerts.size(), 1U);
  EXPECT_EQ(most.alerts[0].alert.labels.size(), kMostLabels);
  auto more = with(kMostLabels - 2);
  EXPECT_EQ(more.alerts.size(), 0U);
  EXPECT_EQ(more.reasons.at(0), "[0]: it has 65 labels with those added here, more than 64");
}

TEST_F(Bounds, long_label_values_are_cut_and_stay_different) {
  std::string most(kMostLabelBytes, 'x'), umlauts;
  for (int i = 0; i < 600; ++i) umlauts += "ü";
  auto taken = batch("[" + alert(",\"a\":\"" + most + "\"") + "," + alert(",\"a\":\"" + most + "1\"") + "," +
                     alert(",\"a\":\"" + most + "2\"") + "," + alert(",\"a\":\"" + umlauts + "\"") + "]");
  ASSERT_EQ(taken.alerts.size(), 4U);
  EXPECT_EQ(label(taken, 0, "a"), most);
  EXPECT_EQ(label(taken, 1, "a").size(), kMostLabelBytes);
  EXPECT_THAT(std::string(label(taken, 1, "a")), HasSubstr("xxx…"));
  EXPECT_NE(label(taken, 1, "a"), label(taken, 2, "a"));
  EXPECT_NE(taken.alerts[1].alert.fingerprint, taken.alerts[2].alert.fingerprint);
  EXPECT_THAT(std::string(label(taken, 3, "a")), HasSubstr("üü…"));
  EXPECT_EQ(taken.cut, 3U);
}

TEST_F(Bounds, names_longer_than_a_kibibyte_refuse_the_alert) {
  std::string name(kMostLabelBytes, 'n');
  EXPECT_EQ(batch("[" + alert(",\"" + name + "\":\"x\"") + "]").alerts.size(), 1U);
  auto longer = batch("[" + alert(",\"" + name + "n\":\"x\"") + "]");
  EXPECT_EQ(longer.reasons.at(0), "[0]: the name of a label has 1025 bytes, more than 1024");
}

TEST_F(Bounds, annotations_are_cut_and_left_out_with_a_count) {
  std::string annotations = R"(,"annotations":{"a":")" + std::string(kMostAnnotationText + 1, 'x') + "\"";
  for (int i = 0; i < 65; ++i) annotations += fmt::format(R"(,"b{:02}":"y")", i);
  auto taken = batch("[" + alert("", annotations + "}") + "]");
  ASSERT_EQ(taken.alerts.size(), 1U);
  const auto& kept = taken.alerts[0].alert.annotations;
  EXPECT_EQ(kept.size(), kMostAnnotations);
  EXPECT_THAT(kept.front().second, EndsWith("x…"));
  EXPECT_EQ(kept.back().first, "b62");
  EXPECT_EQ(taken.cut, 3U);
}

TEST_F(Bounds, an_address_that_is_too_long_is_left_out) {
  auto taken = batch("[" + alert("", ",\"generatorURL\":\"http://h/" + std::string(3000, 'x') + "\"") + "]");
  ASSERT_EQ(taken.alerts.size(), 1U);
  EXPECT_EQ(taken.alerts[0].alert.generator_url, "");
  EXPECT_EQ(taken.cut, 1U);
}

TEST_F(Bounds, json_nests_at_most_32_levels) {
  auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(intake::read("prometheus", nested(32), options()));
  auto deeper = intake::read("prometheus", nested(33), options());
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(deeper.error().message(), HasSubstr("it nests deeper than 32 levels"));
}

TEST_F(Bounds, memory_that_is_refused_is_an_error_and_comes_back) {
  std::string values = "[";
  while (values.size() < 1 << 20) values += "1,";
  values += "1]";
  memory::Budget small(4 << 20);
  auto& account = small.account("intake");
  Options with{.account = account, .now = options().now};
  auto tree = intake::read("prometheus", values, with);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(account.held(), 0U);

  // A body whose tree fits, but not beside the alerts that it becomes: each has the long texts of its rule.
  std::string resources;
  for (int i = 0; i < 2000; ++i) resources += fmt::format(R"({}{{"Id":"i-{}"}})", i > 0 ? "," : "", i);
  auto body = fmt::format(R"({{"RuleName":"{}","RuleCondition":"{}","Resources":[{}]}})", std::string(1000, 'n'),
                          std::string(4000, 'c'), resources);
  auto alerts = intake::read("volcengine", body, with);
  ASSERT_FALSE(alerts);
  EXPECT_EQ(alerts.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(account.held(), 0U);
  EXPECT_TRUE(intake::read("volcengine", body, options()));
}

TEST_F(Bounds, a_batch_holds_its_bytes_until_it_goes) {
  auto& account = budget_.account("intake");
  {
    auto taken = batch("[" + alert("") + "]");
    EXPECT_EQ(account.held(), taken.bytes.bytes());
    EXPECT_GT(taken.bytes.bytes(), 0U);
  }
  EXPECT_EQ(account.held(), 0U);
}

}  // namespace
}  // namespace holter::intake
