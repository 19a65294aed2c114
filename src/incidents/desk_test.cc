#include "incidents/desk.h"

#include "incidents/spec_reader.h"
#include "incidents/test_desk.h"

namespace holter::incidents {
namespace {

using model::Resolution;

class DeskTest : public DeskFixture {};
INSTANTIATE_TEST_SUITE_P(Engines, DeskTest, ::testing::Values(Engine::kSqlite, Engine::kPostgresql), engine_name);

TEST_P(DeskTest, a_monitor_that_is_down_is_one_incident_with_one_notification_and_one_end) {
  route_all();
  result("web", 1.0);
  result("web", std::nullopt);
  pass(seconds(5));
  auto open = incidents();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].rule, "MonitorDown");
  EXPECT_EQ(model::label_of(open[0].labels, "monitor"), "web");
  EXPECT_EQ(open[0].monitor, monitor("web").id);
  EXPECT_TRUE(open[0].open());
  EXPECT_EQ(messages().size(), 0U) << "group_wait has not passed";
  pass(seconds(26));
  ASSERT_EQ(messages().size(), 1U);
  EXPECT_TRUE(messages()[0].firing);
  pass(std::chrono::minutes(20));
  EXPECT_EQ(messages().size(), 1U) << "nothing has changed";
  result("web", 2.0);
  pass(std::chrono::minutes(6));
  ASSERT_EQ(messages().size(), 2U);
  EXPECT_FALSE(messages()[1].firing);
  auto closed = incidents();
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_FALSE(closed[0].open());
  EXPECT_EQ(closed[0].resolution, Resolution::kRecovered);
}

TEST_P(DeskTest, after_a_restart_nothing_is_told_twice_and_nothing_is_lost) {
  route_all();
  result("web", std::nullopt);
  pass(seconds(40));
  ASSERT_EQ(messages().size(), 1U);
  for (int restarts = 0; restarts < 3; ++restarts) {
    start();
    result("web", std::nullopt);
    pass(std::chrono::minutes(6));
    EXPECT_EQ(messages().size(), 1U);
    EXPECT_EQ(incidents().size(), 1U);
  }
  start();
  result("web", 1.0);
  pass(std::chrono::minutes(6));
  ASSERT_EQ(messages().size(), 2U);
  EXPECT_FALSE(messages()[1].firing);
  EXPECT_FALSE(incidents()[0].open());
}

TEST_P(DeskTest, what_fires_before_there_is_a_route_is_told_when_there_is_one) {
  result("web", std::nullopt);
  pass(seconds(5));
  ASSERT_EQ(incidents().size(), 1U);
  route_all();
  pass(seconds(40));
  ASSERT_EQ(messages().size(), 1U);
  EXPECT_TRUE(messages()[0].firing);
}

TEST_P(DeskTest, a_monitor_that_is_gone_after_a_restart_ends_its_incident) {
  route_all();
  result("web", std::nullopt);
  pass(seconds(40));
  stop();
  monitors_.erase("web");
  start();
  pass(std::chrono::minutes(6));
  ASSERT_EQ(incidents().size(), 1U);
  EXPECT_FALSE(incidents()[0].open());
  EXPECT_EQ(messages().size(), 2U);
}

TEST_P(DeskTest, silence_hides_the_notification_and_never_the_incident) {
  route_all();
  put(AlertObjectKind::kSilence, "night",
      R"({"matchers":"monitor=web","starts":"2020-01-01T00:00:00Z","ends":"2030-01-01T00:00:00Z"})");
  result("web", std::nullopt);
  result("db", std::nullopt);
  pass(seconds(40));
  EXPECT_EQ(incidents().size(), 2U);
  ASSERT_EQ(messages().size(), 1U);
  ASSERT_EQ(messages()[0].alerts.size(), 1U);
  EXPECT_EQ(model::label_of(messages()[0].alerts[0].labels, "monitor"), "db");
}

TEST_P(DeskTest, says_why_somebody_was_told_or_was_not) {
  route_all();
  put(AlertObjectKind::kSilence, "night",
      R"({"matchers":"monitor=web","starts":"2020-01-01T00:00:00Z","ends":"2030-01-01T00:00:00Z"})");
  result("web", std::nullopt);
  pass(seconds(40));
  auto id = incidents()[0].id;
  auto events = run(catalog_->read<std::vector<catalog::IncidentEvent>>(
      [id](catalog::Database& database) { return catalog::read_incident_events(database, id); },
      {"read", clock_.mono() + seconds(10)}));
  ASSERT_TRUE(events);
  bool silenced = false;
  for (const auto& event : *events)
    silenced = silenced || (event.kind == catalog::IncidentEventKind::kDecision && event.text.starts_with("silenced"));
  EXPECT_TRUE(silenced);
}

TEST_P(DeskTest, a_rule_of_a_user_is_asked_of_each_result) {
  route_all();
  put(AlertObjectKind::kRule, "Slow",
      R"({"selector":{"app":"app","set":"up"},"expression":"ms > 100","severity":"critical",)"
      R"("message":"{{monitor.name}} takes {{values.ms}} ms","labels":{"team":"net"}})");
  result("web", 500.0);
  pass(seconds(40));
  auto found = incidents();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "Slow");
  EXPECT_EQ(found[0].severity, model::Severity::kCritical);
  EXPECT_EQ(model::label_of(found[0].annotations, "summary"), "web takes 500 ms");
  EXPECT_EQ(model::label_of(found[0].labels, "team"), "net");
  ASSERT_EQ(messages().size(), 1U);
  EXPECT_TRUE(messages()[0].text.contains("web takes 500 ms")) << messages()[0].text;
}

TEST_P(DeskTest, refuses_a_rule_that_cannot_work_and_says_where) {
  catalog::AlertObject object{.kind = AlertObjectKind::kRule,
                              .name = "Bad",
                              .json = R"({"selector":{"app":"app"},"expression":"stat == \"DOWN\""})"};
  auto checked = desk_->check(object);
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message().starts_with("spec")) << checked.error().message();
  EXPECT_TRUE(checked.error().message().contains("state")) << "the nearest name: " << checked.error().message();
  object.json = R"({"kind":"periodic","interval":"5s","query":"SELECT 1"})";
  EXPECT_TRUE(desk_->check(object).error().message().contains("less than 10 s"));
  object.json = R"({"kind":"periodic","interval":"1m","query":"SELECT 1","expression":"ms > 1"})";
  EXPECT_TRUE(desk_->check(object).error().message().contains("has its condition in the query"));
  object.json = R"({"expresion":"state == \"DOWN\""})";
  EXPECT_TRUE(desk_->check(object).error().message().contains("'expression'?"));
  object.kind = AlertObjectKind::kReceiver;
  object.json = R"({"channel":"webhok"})";
  EXPECT_TRUE(desk_->check(object).error().message().contains("'webhook'?"));
  object.kind = AlertObjectKind::kRoute;
  object.json = R"({"receivers":["nobody"]})";
  EXPECT_FALSE(desk_->check(object));
}

TEST_P(DeskTest, refuses_matchers_of_a_selector_that_cannot_be_read_and_gives_them_back_as_they_are_read) {
  catalog::AlertObject object{
      .kind = AlertObjectKind::kRule,
      .name = "Matched",
      .json = R"({"selector":{"matchers":"{site=~\"eu-(\"}"},"expression":"state == \"DOWN\""})"};
  auto checked = desk_->check(object);
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message().starts_with("spec.selector.matchers: ")) << checked.error().message();
  object.json = R"({"selector":{"matchers":"{site=lab, monitor"},"expression":"state == \"DOWN\""})";
  EXPECT_TRUE(desk_->check(object).error().message().contains("at byte 18")) << desk_->check(object).error().message();
  object.json = R"({"selector":{"matchers":"site=lab,monitor!~\"w.*\""},"expression":"state == \"DOWN\""})";
  EXPECT_TRUE(desk_->check(object));
  auto spec = parse_object(object.json, "a rule");
  ASSERT_TRUE(spec);
  auto rule = read_rule({object.name, true, std::move(*spec)});
  ASSERT_TRUE(rule) << rule.error().message();
  EXPECT_EQ(write_rule(*rule).at("selector").at("matchers"), R"({site="lab", monitor!~"w.*"})");
  EXPECT_EQ(read_rule({object.name, true, write_rule(*rule)})->selector, rule->selector);
}

TEST_P(DeskTest, tells_of_incidents_when_the_catalog_has_them) {
  route_all();
  result("web", std::nullopt);
  EXPECT_TRUE(news_.empty()) << "it is not stored yet";
  pass(seconds(2));
  auto id = incidents().at(0).id.value;
  EXPECT_EQ(news_, std::vector<std::string>{fmt::format("{} opened: web ", id)});
  EXPECT_EQ(news_monitor_, monitor("web").id);
  result("web", 1.0);
  pass(seconds(2));
  ASSERT_EQ(news_.size(), 2U);
  EXPECT_EQ(news_[1], fmt::format("{} closed: web recovered", id));
  // One that is over before it is stored is told from its begin to its end nevertheless.
  result("db", std::nullopt);
  clock_.advance(seconds(1));
  result("db", 1.0);
  EXPECT_EQ(news_.size(), 2U);
  pass(seconds(2));
  ASSERT_EQ(news_.size(), 4U);
  EXPECT_TRUE(news_[2].ends_with(" opened: db ")) << news_[2];
  EXPECT_TRUE(news_[3].ends_with(" closed: db recovered")) << news_[3];
  // After a restart what is open is known, and not told again.
  result("web", std::nullopt);
  pass(seconds(2));
  news_.clear();
  start();
  result("web", std::nullopt);
  pass(seconds(2));
  EXPECT_TRUE(news_.empty()) << news_[0];
  result("web", 1.0);
  pass(seconds(2));
  ASSERT_EQ(news_.size(), 1U);
  EXPECT_TRUE(news_[0].ends_with(" closed: web recovered")) << news_[0];
}

TEST_P(DeskTest, in_an_outage_of_everything_each_alert_is_stored_when_its_turn_comes) {
  constexpr int kMonitors = 2'300, kShort = 100;  // more than wait at a time
  auto name = [](int i) { return fmt::format("host-{:04}", i); };
  auto stored = [&] {
    std::pair<int, int> open_and_over;
    std::uint64_t before = 0;
    while (true) {
      auto page = run(catalog_->read<std::vector<catalog::Incident>>(
          [before](catalog::Database& database) {
            catalog::IncidentQuery query;
            query.before_id = before;
            query.most = 1000;
            return catalog::read_incidents(database, query);
          },
          {"read", clock_.mono() + seconds(10)}));
      EXPECT_TRUE(page);
      if (!page || page->empty()) return open_and_over;
      for (const auto& incident : *page) ++(incident.open() ? open_and_over.first : open_and_over.second);
      before = page->back().id.value;
    }
  };
  for (int i = 0; i < kMonitors; ++i) result(name(i), std::nullopt);
  clock_.advance(seconds(1));
  for (int i = kMonitors - kShort; i < kMonitors; ++i) result(name(i), 1.0);  // their turn has not come
  EXPECT_EQ(desk_->stats().firing, static_cast<std::size_t>(kMonitors - kShort));
  EXPECT_LE(desk_->stats().waiting, 3'500U);
  pass(seconds(3));
  EXPECT_EQ(stored(), std::pair(kMonitors - kShort, kShort));
  EXPECT_EQ(desk_->stats().unbooked, 0U);
  start();
  for (int i = 0; i < kMonitors - kShort; ++i) result(name(i), std::nullopt);
  pass(seconds(3));
  EXPECT_EQ(stored(), std::pair(kMonitors - kShort, kShort)) << "known, and not opened again";
  for (int i = 0; i < kMonitors - kShort; ++i) result(name(i), 1.0);
  pass(seconds(3));
  EXPECT_EQ(stored(), std::pair(0, kMonitors));
}

TEST_P(DeskTest, tells_that_an_incident_is_silenced_once) {
  route_all();
  put(AlertObjectKind::kSilence, "night",
      R"({"matchers":"monitor=web","starts":"2020-01-01T00:00:00Z","ends":"2030-01-01T00:00:00Z"})");
  result("web", std::nullopt);
  pass(std::chrono::minutes(11));
  auto id = incidents().at(0).id.value;
  EXPECT_EQ(news_,
            (std::vector<std::string>{fmt::format("{} opened: web ", id), fmt::format("{} silenced: web ", id)}));
}

TEST_P(DeskTest, counts_what_could_not_be_made_by_channel) {
  put(AlertObjectKind::kReceiver, "ops", R"({"channel":"webhook","settings":{"url":"https://hook.example/x"}})");
  put(AlertObjectKind::kRoute, "routes", R"({"receivers":["ops"],"group_by":["alertname"]})");
  EXPECT_TRUE(desk_->stats().dropped.empty());
  result("web", std::nullopt);
  pass(seconds(5));
  // When the notification is to be made, all but a little of the memory is taken.
  std::vector<memory::Reservation> rest;
  for (std::size_t bytes = std::size_t{256} << 20; bytes >= 64; bytes /= 2)
    while (auto held = budget_.account("alert").reserve(bytes)) rest.push_back(std::move(*held));
  pass(seconds(40));
  rest.clear();
  EXPECT_EQ(messages().size(), 0U);
  EXPECT_EQ(desk_->stats().dropped.at("webhook"), 1U);
}

TEST_P(DeskTest, what_a_query_says_goes_on_over_a_restart) {
  put(AlertObjectKind::kRule, "Query",
      R"({"kind":"periodic","interval":"1m","query":"SELECT 1","message":"{{labels.mount}} has {{values.value}}"})");
  monitor("web");
  auto answer = [&](std::vector<alert::QueryRow> rows) {
    auto outcome = desk_->on_query("Query", rows, epoch_ms(clock_.wall()));
    EXPECT_TRUE(outcome.has_value());
    pass(seconds(15));
  };
  const auto about_web = alert::QueryRow{{}, "7", monitor("web").id};
  answer({{{{"mount", "/"}}, "95.5"}, about_web});
  auto found = incidents();
  ASSERT_EQ(found.size(), 2U);
  for (const auto& incident : found) {
    const bool of_web = incident.monitor == monitor("web").id;
    EXPECT_EQ(model::label_of(incident.labels, of_web ? "monitor" : "mount"), of_web ? "web" : "/");
    EXPECT_EQ(incident.evidence, of_web ? "value=7" : "value=95.5");
    if (!of_web) EXPECT_EQ(model::label_of(incident.annotations, "summary"), "/ has 95.5");
  }
  start();
  pass(std::chrono::minutes(5));
  EXPECT_EQ(incidents().size(), 2U);
  for (const auto& incident : incidents()) EXPECT_TRUE(incident.open()) << "no answer has come since";
  const auto version = desk_->rules_version();
  answer({about_web});
  std::size_t open = 0;
  for (const auto& incident : incidents()) open += incident.open() ? 1 : 0;
  EXPECT_EQ(open, 1U);
  EXPECT_EQ(desk_->rules_version(), version);
  put(AlertObjectKind::kRule, "Other", R"({"kind":"periodic","interval":"1m","query":"SELECT 2"})");
  EXPECT_NE(desk_->rules_version(), version);
}

TEST_P(DeskTest, an_acknowledged_incident_does_not_go_up_the_escalation) {
  put(AlertObjectKind::kReceiver, "ops", R"({"channel":"webhook","settings":{"url":"https://hook.example/x"}})");
  put(AlertObjectKind::kRoute, "routes",
      R"({"receivers":[],"escalation":[{"after":"1m","receivers":["ops"]},{"after":"10m","receivers":["ops"]}]})");
  result("web", std::nullopt);
  pass(seconds(50));
  EXPECT_EQ(messages().size(), 0U);
  pass(seconds(20));
  EXPECT_EQ(messages().size(), 1U);
  desk_->acknowledged(incidents()[0].fingerprint, clock_.wall());
  pass(std::chrono::minutes(11));
  EXPECT_EQ(messages().size(), 1U);
}

TEST_P(DeskTest, a_foreign_alert_ends_when_it_is_not_told_again) {
  route_all();
  model::Alert alert;
  alert.labels = {{"alertname", "HighLoad"}, {"source", "alertmanager"}};
  alert.fingerprint = model::fingerprint_of(alert.labels);
  alert.starts = clock_.wall();
  ASSERT_TRUE(desk_->take(alert, clock_.wall() + std::chrono::minutes(5)));
  pass(std::chrono::minutes(4));
  EXPECT_TRUE(incidents()[0].open());
  ASSERT_TRUE(desk_->take(alert, clock_.wall() + std::chrono::minutes(5)));
  pass(std::chrono::minutes(4));
  ASSERT_EQ(incidents().size(), 1U);
  EXPECT_TRUE(incidents()[0].open());
  pass(std::chrono::minutes(2));
  EXPECT_EQ(incidents()[0].resolution, Resolution::kExpired);
}

TEST_P(DeskTest, what_is_over_for_long_is_taken_from_the_catalog_and_what_is_open_is_not) {
  route_all();
  result("web", std::nullopt);
  result("db", std::nullopt);
  pass(seconds(3));
  result("web", 1.0);
  pass(seconds(3));
  ASSERT_EQ(incidents().size(), 2U);
  clock_.advance(kKeepIncidents - std::chrono::hours(2));
  pass(seconds(2));
  EXPECT_EQ(incidents().size(), 2U);
  clock_.advance(std::chrono::hours(3));
  pass(seconds(2));
  ASSERT_EQ(incidents().size(), 1U);
  EXPECT_TRUE(incidents()[0].open());
  EXPECT_EQ(model::label_of(incidents()[0].labels, "monitor"), "db");
}

TEST_P(DeskTest, resolved_by_hand_stays_so_until_the_state_really_changes) {
  route_all();
  result("web", std::nullopt);
  pass(seconds(40));
  ASSERT_TRUE(desk_->resolve_by_hand(incidents()[0].fingerprint));
  result("web", std::nullopt);
  pass(seconds(60));
  ASSERT_EQ(incidents().size(), 1U);
  EXPECT_EQ(incidents()[0].resolution, Resolution::kByHand);
  result("web", 1.0);
  pass(seconds(2));
  result("web", std::nullopt);
  pass(seconds(2));
  EXPECT_EQ(incidents().size(), 2U);
}

}  // namespace
}  // namespace holter::incidents
