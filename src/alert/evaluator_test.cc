#include "alert/evaluator.h"

#include "alert/test_evaluator.h"

namespace holter::alert {
namespace {

using model::ResultCode;
using model::State;

constexpr const char* kFull = "used / total > 0.9";

TEST_F(EvaluatorTest, says_that_a_monitor_is_down_without_any_rule_written) {
  const auto& web = add("web", {{"team", "shop"}});
  folder_ = "prod/eu";
  basic(web, 1);
  EXPECT_EQ(sink_.take(), Lines{});
  now_ += kMinute;
  basic(web, 0, State::kDown, ResultCode::kTimeout);
  EXPECT_EQ(sink_.take(), Lines{"fired MonitorDown web"});
  EXPECT_EQ(sink_.last.labels, (model::Labels{{"alertname", "MonitorDown"},
                                              {"app", "linux"},
                                              {"folder", "prod/eu"},
                                              {"monitor", "web"},
                                              {"severity", "critical"},
                                              {"team", "shop"}}));
  EXPECT_EQ(epoch_ms(sink_.last.starts), now_);
  EXPECT_EQ(sink_.evidence.values, (model::Labels{{"state", "\"DOWN\""}}));
  now_ += kMinute;
  basic(web, 0, State::kDown, ResultCode::kTimeout);
  EXPECT_EQ(sink_.take(), Lines{}) << "it fires already";
  now_ += kMinute;
  basic(web, 1);
  EXPECT_EQ(sink_.take(), Lines{"resolved MonitorDown web: recovered"});
  EXPECT_EQ(epoch_ms(sink_.last.ends), now_);
}

TEST_F(EvaluatorTest, does_not_take_a_monitor_for_up_because_nobody_asks_it_any_more) {
  const auto& web = add("web");
  basic(web, 0, State::kDown, ResultCode::kTimeout);
  sink_.take();
  now_ += 100 * kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{});
  EXPECT_EQ(evaluator_->stats().alerts, 1U);
}

TEST_F(EvaluatorTest, makes_an_alert_of_each_row_and_says_what_it_read) {
  auto full = rule("DiskFull", kFull, "disk");
  full.labels = {{"team", "storage"}};
  set_rules({full});
  const auto& web = add("web", {{"team", "shop"}});
  disks(web, {{"/", 95}, {"/home", 10}, {"/var", 99}});
  EXPECT_EQ(sink_.take(), (Lines{"fired DiskFull web /", "fired DiskFull web /var"}));
  EXPECT_EQ(model::label_of(sink_.last.labels, "set"), "disk");
  EXPECT_EQ(model::label_of(sink_.last.labels, "team"), "storage") << "the rule's labels win";
  EXPECT_EQ(sink_.evidence.values, (model::Labels{{"used", "99.0"}, {"total", "100.0"}}));
  EXPECT_EQ(evaluator_->stats().series, 2U) << "what is inactive is not kept";
  now_ += kMinute;
  disks(web, {{"/", 95}, {"/home", 95}, {"/var", 20}});
  EXPECT_EQ(sink_.take(), (Lines{"fired DiskFull web /home", "resolved DiskFull web /var: recovered"}));
}

TEST_F(EvaluatorTest, asks_only_the_rules_that_select_the_monitor) {
  auto by_label = rule("ByLabel", kFull, "disk"), by_folder = by_label, by_id = by_label;
  by_label.selector.labels = {{"team", "shop"}};
  by_folder.name = "ByFolder", by_folder.selector.folder = "prod";
  by_id.name = "ById", by_id.selector.monitors = {MonitorId{stable_hash(std::string("db"))}};
  set_rules({by_label, by_folder, by_id});
  const auto& web = add("web", {{"team", "shop"}});
  const auto& db = add("db");
  disks(web, {{"/", 99}});
  EXPECT_EQ(sink_.take(), Lines{"fired ByLabel web /"});
  disks(db, {{"/", 99}});
  EXPECT_EQ(sink_.take(), Lines{"fired ById db /"});
  folder_ = "production";
  now_ += kMinute;
  disks(db, {{"/", 99}});
  EXPECT_EQ(sink_.take(), (Lines{"resolved ById db /: vanished", "fired ById db /"})) << "a move is another label";
  folder_ = "prod/eu";
  now_ += kMinute;
  disks(db, {{"/", 99}});
  EXPECT_EQ(sink_.take(), (Lines{"resolved ById db /: vanished", "fired ById db /", "fired ByFolder db /"}));
}

TEST_F(EvaluatorTest, asks_rules_with_matchers_of_monitors_that_they_match_as_they_are_now) {
  auto matched = rule("Matched", kFull, "disk"), named = matched;
  matched.selector.matchers = parse_matchers(R"({site=~"eu-.*", folder!="test"})").value();
  named.name = "Named", named.selector.matchers = parse_matchers("monitor!=web").value();
  named.selector.monitors = {MonitorId{stable_hash(std::string("web"))}};
  set_rules({matched, named});
  const auto& web = add("web", {{"site", "eu-1"}});
  const auto& us = add("us", {{"site", "us-1"}});
  disks(us, {{"/", 99}});
  EXPECT_EQ(sink_.take(), Lines{});
  EXPECT_EQ(evaluator_->stats().results, 0U);
  disks(web, {{"/", 99}});
  EXPECT_EQ(sink_.take(), Lines{"fired Matched web /"});

  auto moved = web;
  moved.labels = std::make_shared<model::Labels>(model::Labels{{"site", "us-2"}});
  for (int i = 0; i < 2; ++i) {
    now_ += kMinute;
    disks(moved, {{"/", 99}});
  }
  EXPECT_EQ(sink_.take(), Lines{"resolved Matched web /: vanished"});
  now_ += kMinute;
  disks(web, {{"/", 99}});
  EXPECT_EQ(sink_.take(), Lines{"fired Matched web /"});
  folder_ = "test";
  now_ += kMinute;
  disks(web, {{"/", 99}});
  EXPECT_EQ(sink_.take(), Lines{"resolved Matched web /: vanished"});

  const auto before = evaluator_->stats().bytes;
  evaluator_->on_monitor_gone(us.id, now_);
  EXPECT_LT(evaluator_->stats().bytes, before) << "what was worked out is forgotten";
}

TEST_F(EvaluatorTest, asks_by_matchers_also_without_memory_to_remember_the_choice) {
  auto matched = rule("Matched", kFull, "disk");
  matched.selector.matchers = parse_matchers(R"({site=~"eu-.*"})").value();
  set_rules({matched});
  const auto& first = add("first", {{"site", "eu-1"}});
  disks(first, {{"/", 5}});  // binds the rule
  const auto& second = add("second", {{"site", "eu-2"}});
  auto rest = account_.reserve((std::size_t{64} << 20) - account_.used());
  ASSERT_TRUE(rest);
  const auto before = evaluator_->stats().evaluations;
  disks(second, {{"/", 5}});
  EXPECT_EQ(evaluator_->stats().evaluations, before + 1);
}

TEST_F(EvaluatorTest, resolves_only_when_the_recovery_expression_is_true) {
  auto full = rule("DiskFull", kFull, "disk");
  full.recovery = "used / total < 0.8";
  set_rules({full});
  const auto& web = add("web");
  for (auto used : {95.0, 85.0, 89.0, 79.0}) {
    disks(web, {{"/", used}});
    now_ += kMinute;
  }
  EXPECT_EQ(sink_.take(), (Lines{"fired DiskFull web /", "resolved DiskFull web /: recovered"}));
  EXPECT_EQ(sink_.evidence.values[0].second, "79.0");
}

TEST_F(EvaluatorTest, fires_between_results_when_for_has_run_out_with_the_evidence_of_the_newest) {
  auto full = rule("DiskFull", kFull, "disk");
  full.hold_for = seconds(90);
  set_rules({full});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  now_ += kMinute;
  disks(web, {{"/", 96}});
  now_ += 29'000;
  tick();
  EXPECT_EQ(sink_.take(), Lines{});
  now_ += 1500;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"fired DiskFull web /"});
  EXPECT_EQ(epoch_ms(sink_.last.starts), kStart + 90'000);
  EXPECT_EQ(sink_.evidence.values[0].second, "96.0");
}

TEST_F(EvaluatorTest, resolves_a_row_that_two_answers_did_not_have) {
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  disks(web, {{"/", 95}, {"/mnt", 95}});
  sink_.take();
  now_ += kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{});
  now_ += kMinute;
  result(web, 1, {}, State::kDown, ResultCode::kFail);
  EXPECT_EQ(sink_.take(), Lines{}) << "an answer that failed has no rows to miss";
  now_ += kMinute;
  disks(web, {});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /mnt: vanished"});
  now_ += kMinute;
  disks(web, {});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: vanished"});
  EXPECT_EQ(evaluator_->stats().series, 0U);
}

TEST_F(EvaluatorTest, ignores_results_that_are_late_or_come_twice) {
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  disks(web, {{"/", 5}});
  EXPECT_EQ(sink_.take(), Lines{"fired DiskFull web /"}) << "of the same moment";
  now_ += 2 * kMinute;
  disks(web, {{"/", 5}});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: recovered"});
  now_ -= kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{}) << "of a minute before the end";
  EXPECT_EQ(evaluator_->stats().ignored, 2U);
}

TEST_F(EvaluatorTest, does_what_the_rule_says_when_nothing_comes) {
  auto ok = rule("Ok", kFull, "disk"), keep = ok, alert = ok;
  keep.name = "Keep", keep.no_data = NoData::kKeep;
  alert.name = "Alert", alert.no_data = NoData::kAlert;
  set_rules({ok, keep, alert});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  now_ += 3 * kMinute - 1;
  tick();
  EXPECT_EQ(sink_.take(), Lines{});
  now_ += 1;
  tick();
  auto lines = sink_.take();
  std::ranges::sort(lines);
  EXPECT_EQ(lines,
            (Lines{"changed Alert web / (no data)", "fired Alert web (no data)", "resolved Ok web /: vanished"}));
  now_ += kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{});
  disks(web, {{"/", 5}});
  lines = sink_.take();
  std::ranges::sort(lines);
  EXPECT_EQ(lines, (Lines{"resolved Alert web /: recovered", "resolved Alert web: recovered",
                          "resolved Keep web /: recovered"}));
}

TEST_F(EvaluatorTest, waits_longer_for_low_monitors_while_their_intervals_are_stretched) {
  set_rules({rule("Ok", kFull, "disk")});
  (void)add("low");
  auto& low = monitors_.back();
  low.criticality = model::Criticality::kLow;
  const auto& normal = add("normal");
  disks(low, {{"/", 95}});
  disks(normal, {{"/", 95}});
  sink_.take();
  evaluator_->set_stretch(5, now_);
  now_ += 14 * kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"resolved Ok normal /: vanished"});
  evaluator_->set_stretch(1, now_);
  now_ += kMinute - 1;
  tick();
  EXPECT_EQ(sink_.take(), Lines{}) << "its check was due by the old interval, and is by the new one only now";
  now_ += 1;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"resolved Ok low /: vanished"});
  disks(low, {{"/", 95}});
  sink_.take();
  now_ += 3 * kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"resolved Ok low /: vanished"}) << "three intervals again";
}

TEST_F(EvaluatorTest, a_time_of_the_rule_s_own_is_not_stretched) {
  auto own = rule("Own", kFull, "disk");
  own.no_data_after = seconds(120);
  set_rules({own});
  (void)add("low");
  auto& low = monitors_.back();
  low.criticality = model::Criticality::kLow;
  disks(low, {{"/", 95}});
  sink_.take();
  evaluator_->set_stretch(5, now_);
  now_ += 2 * kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"resolved Own low /: vanished"});
}

TEST_F(EvaluatorTest, waits_for_three_due_times_of_a_cron_schedule_however_they_lie) {
  set_rules({rule("Ok", kFull, "disk")});
  (void)add("office");
  auto& office = monitors_.back();
  office.interval = std::chrono::hours(1);  // the least distance of its due times
  model::CronFields hours{
      .seconds = 1, .minutes = 1, .hours = 0xFU << 9, .days = ~1U, .months = 0x1FFE, .weekdays = 0x7F};
  office.cron = model::Cron::make(hours, "0 0 9-12 * * *", "Etc/UTC").value();
  now_ = 1'700'049'600'000;  // 2023-11-15 12:00 UTC, the last of the day
  disks(office, {{"/", 95}});
  sink_.take();
  now_ += 23 * 60 * kMinute - 1;
  tick();
  EXPECT_EQ(sink_.take(), Lines{}) << "9 and 10 are over, and 11 is not";
  now_ += 1;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"resolved Ok office /: vanished"});
}

TEST_F(EvaluatorTest, a_clock_that_is_set_makes_no_alert_and_ends_none) {
  auto ok = rule("Ok", kFull, "disk"), alert = ok, slow = ok;
  alert.name = "Alert", alert.no_data = NoData::kAlert;
  slow.name = "Slow", slow.hold_for = std::chrono::hours(1);
  set_rules({ok, alert, slow});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take().size(), 2U);
  for (std::int64_t by : {120 * kMinute, -240 * kMinute}) {
    now_ += by;
    evaluator_->on_clock_set(by);
    tick();
    now_ += kMinute;
    disks(web, {{"/", 95}});
    tick();
    EXPECT_EQ(sink_.take(), Lines{}) << by;
    EXPECT_EQ(evaluator_->stats().ignored, 0U) << by;
  }
  now_ += 58 * kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{"fired Slow web /"}) << "an hour of true time";
  now_ += kMinute;
  disks(web, {{"/", 5}});
  auto lines = sink_.take();
  std::ranges::sort(lines);
  EXPECT_EQ(lines, (Lines{"resolved Alert web /: recovered", "resolved Ok web /: recovered",
                          "resolved Slow web /: recovered"}));
}

TEST_F(EvaluatorTest, silence_counts_from_a_restart_on) {
  auto ok = rule("Ok", kFull, "disk"), alert = ok;
  alert.name = "Alert", alert.no_data = NoData::kAlert;
  set_rules({ok, alert});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  now_ += 60 * kMinute;
  EXPECT_TRUE(restart({ok, alert}).empty());
  tick();
  now_ += 3 * kMinute - 1;
  tick();
  EXPECT_EQ(sink_.take(), Lines{}) << "nobody asked for an hour";
  ++now_;
  tick();
  EXPECT_EQ(sink_.take().size(), 3U) << "but now somebody did";
}

TEST_F(EvaluatorTest, ends_alerts_with_their_monitor_each_for_its_reason) {
  auto always = rule("Always", kFull, "disk");
  always.when_unreachable = WhenUnreachable::kEvaluate;
  set_rules({rule("DiskFull", kFull, "disk"), always});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  evaluator_->on_monitor_unreachable(web.id, ++now_);
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: unreachable"});
  const expr::Value fields[] = {expr::Value::of("/"), expr::Value::of(95.0), expr::Value::of(100.0)};
  const RowView rows[] = {{"mount=\"/\"", fields}};
  now_ += kMinute;
  result(web, 1, rows, State::kUnreachable);
  EXPECT_EQ(sink_.take(), Lines{}) << "nothing begins while it is unreachable";
  evaluator_->on_monitor_paused(web.id, ++now_);
  EXPECT_EQ(sink_.take(), Lines{"resolved Always web /: paused"});
  now_ += kMinute;
  result(web, 1, rows, State::kPaused);
  EXPECT_EQ(sink_.take(), Lines{}) << "what was on its way of a paused monitor";
  result(web, 1, rows);
  EXPECT_EQ(sink_.take().size(), 2U);
  evaluator_->on_monitor_gone(web.id, ++now_);
  EXPECT_EQ(sink_.take(), (Lines{"resolved DiskFull web /: deleted", "resolved Always web /: deleted"}));
  EXPECT_EQ(evaluator_->stats().series, 0U);
}

TEST_F(EvaluatorTest, follows_the_states_that_monitors_are_shown_in) {
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  for (auto [state, why] : {std::pair(State::kUp, ""), std::pair(State::kPaused, "paused"), std::pair(State::kDown, ""),
                            std::pair(State::kUnreachable, "unreachable")}) {
    now_ += kMinute;
    disks(web, {{"/", 95}});
    sink_.take();
    evaluator_->on_monitor_state(web.id, state, ++now_);
    EXPECT_EQ(sink_.take(), *why == 0 ? Lines{} : Lines{fmt::format("resolved DiskFull web /: {}", why)});
  }
}

TEST_F(EvaluatorTest, says_nothing_when_nothing_could_be_asked) {
  const auto& web = add("web");
  basic(web, 0, State::kDown, ResultCode::kUnavailable);
  EXPECT_EQ(sink_.take(), Lines{});
  EXPECT_EQ(evaluator_->stats().results, 0U);
}

TEST_F(EvaluatorTest, keeps_what_was_resolved_by_hand_silent_until_the_condition_was_false) {
  const auto& web = add("web");
  basic(web, 0, State::kDown);
  sink_.take();
  EXPECT_FALSE(evaluator_->resolve_by_hand({{"alertname", "MonitorDown"}, {"monitor", "web"}}, now_));
  EXPECT_TRUE(evaluator_->resolve_by_hand(sink_.last.labels, now_));
  EXPECT_EQ(sink_.take(), Lines{"resolved MonitorDown web: by hand"});
  for (auto state : {State::kDown, State::kUp, State::kDown}) {
    now_ += kMinute;
    basic(web, 0, state);
    EXPECT_EQ(sink_.take().size(), now_ == kStart + 3 * kMinute ? 1U : 0U);
  }
}

TEST_F(EvaluatorTest, tells_what_the_process_says_of_itself) {
  const model::Labels where{{"path", "/data"}}, left{{"free", "3 %"}};
  ASSERT_TRUE(evaluator_->set_condition(kDiskLow, where, true, left, now_).has_value());
  EXPECT_EQ(sink_.take(), Lines{}) << "for a minute";
  now_ += kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"fired DiskLow "});
  EXPECT_EQ(model::label_of(sink_.last.labels, "path"), "/data");
  EXPECT_EQ(model::label_of(sink_.last.annotations, "free"), "3 %");
  ASSERT_TRUE(evaluator_->set_condition(kDiskLow, where, false, {}, ++now_).has_value());
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskLow : recovered"});
  EXPECT_EQ(evaluator_->set_condition(kMonitorDown, {}, true, {}, now_).error().code(), ErrorCode::kNotFound);
}

TEST_F(EvaluatorTest, tells_monitors_that_are_stale) {
  const auto& web = add("web");
  add("db");
  states_[web.id.value] = State::kStale;
  tick();
  now_ += kMinute;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"fired MonitorStale web"});
  states_.clear();
  ++now_;
  tick();
  EXPECT_EQ(sink_.take(), Lines{"resolved MonitorStale web: recovered"});
}

TEST_F(EvaluatorTest, tells_certificates_that_expire_soon) {
  const auto& web = add("web");
  for (double days : {14.0, 13.5}) {
    const expr::Value fields[] = {expr::Value::of(days)};
    const RowView rows[] = {{"", fields}};
    result(web, 2, rows);
    EXPECT_EQ(sink_.take().size(), days < 14 ? 1U : 0U);
    now_ += kMinute;
  }
  EXPECT_EQ(model::label_of(sink_.last.labels, "alertname"), kCertificateExpires);
}

TEST_F(EvaluatorTest, keeps_rows_apart_whose_labels_are_called_like_others) {
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  const expr::Value fields[] = {expr::Value::of("/"), expr::Value::of(95.0), expr::Value::of(100.0)};
  const RowView rows[] = {{"app=\"a\"", fields}, {"app=\"b\"", fields}, {"torn", fields}};
  result(web, 1, rows);
  EXPECT_EQ(sink_.take().size(), 3U);
  EXPECT_EQ(sink_.firing.size(), 3U);
  EXPECT_EQ(model::label_of(sink_.last.labels, "row"), "torn");
  for (const auto& [fingerprint, alert] : sink_.firing) EXPECT_EQ(model::label_of(alert.labels, "app"), "linux");
}

TEST_F(EvaluatorTest, wants_rows_only_where_a_rule_reads_them) {
  const auto& web = add("web");
  auto wants = [&](std::size_t set) {
    return evaluator_->reads_rows(
        {.monitor = web, .folder = folder_, .set = web.definition->sets[set], .decides = set == 0});
  };
  EXPECT_FALSE(wants(0)) << "the built-in rules ask for the state";
  EXPECT_FALSE(wants(1));
  EXPECT_TRUE(wants(2)) << "when the certificate expires";
  set_rules({rule("DiskFull", kFull, "disk")});
  EXPECT_FALSE(wants(0));
  EXPECT_TRUE(wants(1));
  set_rules({rule("Few", "rows < 1", "basic"), rule("Slow", "duration_ms > 5", "disk")});
  EXPECT_TRUE(wants(0)) << "how many there are";
  EXPECT_FALSE(wants(1));
}

TEST_F(EvaluatorTest, takes_no_memory_for_what_is_inactive_or_has_no_value) {
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  disks(web, {{"/", 5}});
  const auto before = evaluator_->stats().bytes;
  for (int i = 0; i < 1000; ++i) {
    now_ += kMinute;
    disks(web, {{fmt::format("/{}", i), 5}, {"/", std::nullopt}});
  }
  EXPECT_EQ(evaluator_->stats().bytes, before);
  EXPECT_EQ(evaluator_->stats().no_value, 1000U);
  EXPECT_EQ(sink_.take(), Lines{});
}

}  // namespace
}  // namespace holter::alert
