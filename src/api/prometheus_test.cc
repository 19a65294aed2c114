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
      R"re(([a-z_]+)(\{[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="([^"\\]|\\["\\n])*")*\})? (-?[0-9.e+-]+|NaN|\+Inf))re");
  const std::regex type("# TYPE ([a-z_]+) (counter|gauge|histogram)");
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
  auto stream = metrics_stream(ask.backend, ask.stats, false);
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
