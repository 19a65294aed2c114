#include "alert/preview.h"

#include "alert/test_evaluator.h"

namespace holter::alert {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000, kMinute = 60'000;

class PreviewTest : public ::testing::Test {
 protected:
  PreviewTest() {
    monitor_.id = {stable_hash(std::string("web"))};
    monitor_.name = "web";
    monitor_.definition = linux_definition();
    monitor_.labels = std::make_shared<model::Labels>();
    rule_.name = "DiskFull";
    rule_.expression = "used > 90";
    rule_.selector = {.app = "linux", .set = "disk"};
  }
  bool disk(Preview& preview, std::int64_t time_ms, double used) {
    const expr::Value fields[] = {expr::Value::of("/"), expr::Value::of(used), expr::Value::of(100.0)};
    const RowView rows[] = {{"mount=\"/\"", fields}};
    return preview.on_result({.monitor = monitor_,
                              .folder = "",
                              .set = monitor_.definition->sets[1],
                              .state = model::State::kUp,
                              .time_ms = time_ms,
                              .rows = rows});
  }
  memory::Account account_{"test", nullptr, std::size_t{16} << 20};
  model::Monitor monitor_;
  Rule rule_;
};

TEST_F(PreviewTest, tells_from_when_to_when_it_would_have_fired_and_why) {
  {
    auto preview = Preview::open(rule_, account_).value();
    int minute = 0;
    for (double used : {50, 95, 96, 80, 99}) EXPECT_TRUE(disk(*preview, kStart + minute++ * kMinute, used));
    preview->finish(kStart + 5 * kMinute);
    ASSERT_EQ(preview->incidents().size(), 2U);
    const auto& first = preview->incidents()[0];
    EXPECT_EQ(first.from_ms, kStart + kMinute);
    EXPECT_EQ(first.to_ms, kStart + 3 * kMinute);
    EXPECT_EQ(first.resolution, model::Resolution::kRecovered);
    EXPECT_EQ(first.evidence.values, (model::Labels{{"used", "95.0"}}));
    EXPECT_EQ(model::label_of(first.labels, "mount"), "/");
    EXPECT_EQ(preview->incidents()[1].to_ms, 0) << "it still fires";
    EXPECT_FALSE(preview->cut());
    EXPECT_EQ(preview->evaluations(), 5U);
  }
  EXPECT_EQ(account_.held(), 0U);
}

TEST_F(PreviewTest, lets_time_pass_between_results) {
  rule_.hold_for = milliseconds(90'000);
  auto preview = Preview::open(rule_, account_).value();
  disk(*preview, kStart, 95);
  disk(*preview, kStart + kMinute, 95);
  preview->finish(kStart + 60 * kMinute);
  ASSERT_EQ(preview->incidents().size(), 1U);
  EXPECT_EQ(preview->incidents()[0].from_ms, kStart + 90'000);
  EXPECT_EQ(preview->incidents()[0].to_ms, kStart + 4 * kMinute) << "three intervals behind the last result";
  EXPECT_EQ(preview->incidents()[0].resolution, model::Resolution::kVanished);
}

TEST_F(PreviewTest, is_cut_at_its_most_incidents) {
  auto preview = Preview::open(rule_, account_).value();
  std::int64_t time = kStart;
  bool more = true;
  for (int i = 0; i < 3000 && more; ++i) more = disk(*preview, time += kMinute, i % 2 == 0 ? 95 : 5);
  EXPECT_FALSE(more);
  EXPECT_EQ(preview->incidents().size(), Preview::kMostIncidents);
}

TEST_F(PreviewTest, takes_the_answers_of_a_periodic_rule) {
  rule_ = {};
  rule_.name = "Query";
  rule_.kind = RuleKind::kPeriodic;
  rule_.query = "SELECT 1";
  rule_.interval = milliseconds(kMinute);
  rule_.hold_for = milliseconds(kMinute);
  auto preview = Preview::open(rule_, account_).value();
  for (int minute = 0; minute < 6; ++minute) {
    std::vector<QueryRow> rows;
    if (minute != 0 && minute != 4) rows.push_back({{{"mount", "/"}}, fmt::format("{}", minute)});
    EXPECT_TRUE(preview->on_query(rows, kStart + minute * kMinute, nullptr));
  }
  preview->finish(kStart + 5 * kMinute);
  ASSERT_EQ(preview->incidents().size(), 1U) << "for says a minute";
  EXPECT_EQ(preview->incidents()[0].from_ms, kStart + 2 * kMinute);
  EXPECT_EQ(preview->incidents()[0].to_ms, kStart + 4 * kMinute);
  EXPECT_EQ(preview->incidents()[0].evidence.summary, "value=2");
}

TEST_F(PreviewTest, refuses_what_is_not_asked_of_results_and_tells_what_cannot_be) {
  Rule stale;
  stale.name = kMonitorStale;
  stale.kind = RuleKind::kBuiltin;
  EXPECT_EQ(Preview::open(stale, account_).error().code(), ErrorCode::kInvalidArgument);
  rule_.expression = "usd > 1";
  auto preview = Preview::open(rule_, account_).value();
  EXPECT_FALSE(disk(*preview, kStart, 95));
  EXPECT_TRUE(preview->error().contains("did you mean \"used\"")) << preview->error();
}

}  // namespace
}  // namespace holter::alert
