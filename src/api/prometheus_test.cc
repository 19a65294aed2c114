#include "api/prometheus.h"

#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/prometheus_writer.h"

namespace holter::api {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string label_value(std::string_view text) {
  memory::Budget budget(1U << 20);
  Body body(budget.account("bodies"));
  append_label_value(body, text);
  return std::string(body.text());
}

TEST(Metrics, every_line_follows_the_text_format_and_each_family_stands_together) {
  Asker ask;
  ask.backend.probes = {{"a\"b\\c\nd"}, {"网关", "website", true, true, false, 1e-7}};
  ask.stats.answers[{"/metrics", 200}] = 3;
  auto reply = ask.get("/metrics");
  EXPECT_EQ(reply.type, "text/plain; version=0.0.4; charset=utf-8");
  const std::regex sample(
      R"re(([a-zA-Z_]+)(\{[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="([^"\\]|\\["\\n])*")*\})? (-?[0-9.e+-]+|NaN|\+Inf))re");
  const std::regex type("# TYPE ([a-zA-Z_]+) (counter|gauge|histogram)");
  std::string family;
  std::set<std::string> families, samples;
  for (const auto& line : lines(reply.body)) {
    std::smatch match;
    if (line.starts_with("# HELP ")) continue;
    if (std::regex_match(line, match, type)) {
      family = match[1];
      EXPECT_TRUE(families.insert(family).second) << family << " comes twice";
      continue;
    }
    ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
    EXPECT_TRUE(match[1].str().starts_with(family)) << line << " under " << family;
    EXPECT_TRUE(samples.insert(match[1].str() + match[2].str()).second) << line << " comes twice";
  }
  EXPECT_TRUE(families.contains("holter_memory_budget_bytes"));
  EXPECT_TRUE(samples.contains(R"(holter_api_requests_total{route="/metrics",status="200"})"));
  EXPECT_TRUE(samples.contains(R"(holter_memory_account_bytes{account="process/api"})"));
  EXPECT_TRUE(samples.contains(R"(holter_sessions_open{protocol="jdbc/mysql"})"));
  EXPECT_TRUE(samples.contains(R"(holter_sessions_evicted_total{protocol="jdbc/mysql"})"));
  EXPECT_TRUE(samples.contains(R"(probe_success{monitor="a\"b\\c\nd",app="ping"})"));
}

TEST(Metrics, lateness_is_a_histogram_in_seconds) {
  Asker ask;
  auto body = ask.get("/metrics").body;
  EXPECT_TRUE(
      body.contains("holter_schedule_lateness_seconds_bucket{le=\"0.001\"} 3\n"
                    "holter_schedule_lateness_seconds_bucket{le=\"0.01\"} 6\n"
                    "holter_schedule_lateness_seconds_bucket{le=\"+Inf\"} 7\n"
                    "holter_schedule_lateness_seconds_sum 0.0425\n"
                    "holter_schedule_lateness_seconds_count 7\n"))
      << body;
}

TEST(Metrics, alerting_says_what_it_counts) {
  Asker ask;
  auto body = ask.get("/metrics").body;
  for (std::string line : {R"(holter_alerts_firing{severity="warning"} 2)",
                           "holter_alerts_pending 4",
                           "holter_incidents_open 3",
                           "holter_alert_rule_evaluations_total 300",
                           R"(holter_alert_evaluations_skipped_total{reason="refused"} 5)",
                           R"(holter_alert_rule_skipped_total{rule="disk full",reason="rule_alerts"} 1)",
                           R"(holter_alert_rule_skipped_total{rule="disk full",reason="no_value"} 7)",
                           R"(holter_alert_evaluation_seconds_bucket{le="0.001"} 3)",
                           "holter_alert_evaluation_seconds_sum 0.25",
                           "holter_alert_evaluation_seconds_count 4",
                           R"(holter_alert_lateness_seconds_bucket{le="+Inf"} 8)",
                           "holter_alert_groups 2",
                           "holter_alerts_not_grouped_total 2",
                           "holter_alert_unbooked_total 3",
                           "holter_alert_failed_writes_total 4",
                           "holter_notifications_waiting 8",
                           "holter_notifications_oldest_seconds 61.5",
                           R"(holter_notifications_total{channel="email",outcome="delivered"} 11)",
                           R"(holter_notifications_total{channel="email",outcome="dropped"} 4)",
                           R"(holter_intake_alerts_total{source="alertmanager",outcome="taken"} 40)",
                           R"(holter_intake_bodies_refused_total{source="alertmanager"} 1)",
                           "holter_alerts_left_out 0",
                           R"(ALERTS{alertname="disk full",alertstate="firing",monitor="db-1",severity="critical"} 1)",
                           R"(ALERTS{alertname="slow",alertstate="pending",monitor="web-\"1\"",severity="warning"} 1)"})
    EXPECT_TRUE(body.contains("\n" + line + "\n")) << line << " is not in\n" << body;
  EXPECT_FALSE(body.contains("reason=\"series\"")) << "what has not been takes no line";
}

TEST(Metrics, no_more_alerts_than_a_thousand_have_lines_which_come_in_pieces) {
  Asker ask;
  auto& alerts = ask.backend.alerting_.counted.alerts;
  alerts.clear();
  for (int i = 0; i < 1'500; ++i)
    alerts.push_back({fmt::format("rule-{:04}", i), std::string(100, 'm'), model::Severity::kWarning, true});
  auto stream = metrics_stream(ask.backend, ask.stats, ask.account, false);
  std::string all;
  {
    Body piece(ask.account);
    while (piece.clear(), stream->next(piece)) {
      EXPECT_LT(piece.size(), BodyStream::kPieceBytes + 64 * 128);
      all += piece.text();
    }
  }
  std::size_t shown = 0;
  for (const auto& line : lines(all)) shown += line.starts_with("ALERTS{");
  EXPECT_EQ(shown, 1'000U);
  EXPECT_TRUE(all.contains("\nholter_alerts_left_out 500\n"));
  EXPECT_EQ(ask.account.used(), 0U);
}

TEST(Metrics, without_memory_for_alerts_one_by_one_says_how_many_there_are) {
  Asker ask;
  ask.backend.alerting_.counted.alerts.resize(1'000, {"disk full", "db", model::Severity::kInfo, true});
  auto held = ask.account.reserve((64U << 20) - 300U * 1024);
  ASSERT_TRUE(held);
  auto stream = metrics_stream(ask.backend, ask.stats, ask.account, true);
  std::string all;
  Body piece(ask.account);
  while (piece.clear(), stream->next(piece)) all += piece.text();
  EXPECT_FALSE(piece.refused());
  EXPECT_FALSE(all.contains("ALERTS{"));
  EXPECT_TRUE(all.contains("\nholter_alerts_left_out 1000\n"));
}

TEST(Metrics, leaves_out_monitors_without_a_fresh_result) {
  Asker ask;
  ask.backend.probes = {{"fresh"}, {"stale", "ping", true, false}};
  auto body = ask.get("/metrics").body;
  EXPECT_TRUE(body.contains("probe_success{monitor=\"fresh\",app=\"ping\"} 1\n"));
  EXPECT_FALSE(body.contains("stale\",app"));
}

TEST(Metrics, a_round_trip_is_shown_for_answered_pings_only) {
  Asker ask;
  ask.backend.probes = {{"up"}, {"down", "ping", false}, {"site", "website", true, true, false}};
  auto body = ask.get("/metrics").body;
  EXPECT_TRUE(body.contains("probe_success{monitor=\"down\",app=\"ping\"} 0\n"));
  EXPECT_TRUE(body.contains("probe_icmp_duration_seconds{monitor=\"up\",app=\"ping\"} 0.0125\n"));
  EXPECT_FALSE(body.contains("probe_icmp_duration_seconds{monitor=\"down\""));
  EXPECT_FALSE(body.contains("probe_icmp_duration_seconds{monitor=\"site\""));
}

TEST(Metrics, many_monitors_come_in_pieces_of_bounded_size) {
  Asker ask;
  for (int i = 0; i < 20'000; ++i) ask.backend.probes.push_back({fmt::format("monitor-{:05}", i)});
  auto stream = metrics_stream(ask.backend, ask.stats, ask.account, false);
  std::size_t total = 0, pieces = 0;
  std::string all;
  {
    Body piece(ask.account);
    while (piece.clear(), stream->next(piece)) {
      EXPECT_LT(piece.size(), BodyStream::kPieceBytes + 64 * 128);
      EXPECT_LT(ask.account.used(), 256U * 1024);
      total += piece.size();
      ++pieces;
      all += piece.text();
    }
  }
  EXPECT_GT(pieces, 50U);
  EXPECT_EQ(ask.account.used(), 0U);
  std::size_t probes = 0;
  for (const auto& line : lines(all)) probes += line.starts_with("probe_success{");
  EXPECT_EQ(probes, 20'000U);
  EXPECT_GT(total, 3'000'000U);
}

TEST(Metrics, label_values_are_escaped_and_made_utf8) {
  EXPECT_EQ(label_value("plain/{}=,"), "plain/{}=,");
  EXPECT_EQ(label_value("\"\\\n"), "\\\"\\\\\\n");
  EXPECT_EQ(label_value("\xff\xe7\xbd\x91\xe7"), "\xef\xbf\xbd\xe7\xbd\x91\xef\xbf\xbd");
}

}  // namespace
}  // namespace holter::api
