#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"

// What is served at which level of memory pressure, and what the API says about memory.
namespace holter::api {
namespace {

const std::string kMonitor = "/api/v1/monitors/0123456789abcdef";

TEST(Pressure, history_is_refused_from_high_on_with_a_reason_and_a_time) {
  Asker ask;
  ask.backend.heavy_refused = true;
  auto reply = ask.get(kMonitor + "/history");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(header(reply, "Retry-After"), "10");
  EXPECT_EQ(
      object(reply).at("detail").as_string(),
      "cannot answer GET /api/v1/monitors/{id}/history while memory is short (level high or above): it wants up to "
      "1048576 bytes and 4194304 of the budget are left; /api/v1/memory shows why");
  EXPECT_EQ(ask.get("/api/v1/monitors").status, 200U);
  EXPECT_EQ(ask.stats.refused_by_level, 1U);
}

TEST(Pressure, metrics_leave_out_the_monitors_from_high_on_and_say_so) {
  Asker ask;
  ask.backend.probes = {{"gateway"}};
  auto whole = ask.get("/metrics").body;
  EXPECT_TRUE(whole.contains("holter_metrics_truncated 0\n"));
  EXPECT_TRUE(whole.contains("probe_success{"));
  ask.backend.heavy_refused = true;
  auto essential = ask.get("/metrics").body;
  EXPECT_TRUE(essential.contains("holter_metrics_truncated 1\n"));
  EXPECT_FALSE(essential.contains("probe_"));
  EXPECT_TRUE(essential.contains("holter_memory_level 2\n"));
}

TEST(Pressure, at_emergency_only_what_tells_of_it_or_ends_it_is_served) {
  Asker ask;
  ask.backend.heavy_refused = ask.backend.work_refused = true;
  for (std::string target : {"/healthz", "/readyz", "/api/v1/summary", "/api/v1/memory", "/metrics", "/api/v1/events",
                             "/api/v1/events/stream"})
    EXPECT_EQ(ask.get(target).status, 200U) << target;
  EXPECT_EQ(ask.change("PUT", "/api/v1/memory/budget", R"({"budget": "128MiB"})").status, 200U);
  for (const std::string& target : std::vector<std::string>{
           "/", "/monitors", "/api/v1/monitors", kMonitor, kMonitor + "/results", kMonitor + "/history",
           "/api/v1/schedule", "/api/v1/admission?app=ping", "/api/v1/openapi.json"}) {
    auto reply = ask.get(target);
    EXPECT_EQ(reply.status, 503U) << target;
    EXPECT_EQ(header(reply, "Retry-After"), "10");
    EXPECT_TRUE(reply.body.contains("at the level emergency: it wants up to ")) << reply.body;
    EXPECT_TRUE(reply.body.contains(" bytes and 4194304 of the budget are left")) << reply.body;
  }
  EXPECT_EQ(ask.change("POST", "/api/v1/reload", "").status, 200U) << "monitors may be removed";
  EXPECT_EQ(ask.backend.reloads, 1);
}

TEST(Pressure, the_report_has_level_signals_actions_and_who_is_paused) {
  Asker ask;
  auto report = object(ask.get("/api/v1/memory"));
  const auto& level = report.at("level").as_object();
  EXPECT_EQ(level.at("name").as_string(), "high");
  EXPECT_EQ(level.at("number").to_number<int>(), 2);
  EXPECT_EQ(level.at("signals").at("cause").as_string(), "ledger");
  EXPECT_EQ(level.at("from").at("critical").to_number<double>(), 0.9);
  EXPECT_EQ(level.at("dwell_ms").to_number<int>(), 10'000);
  EXPECT_EQ(level.at("seconds").at("elevated").to_number<double>(), 20);
  EXPECT_EQ(level.at("history").as_array().size(), 2U);
  EXPECT_EQ(report.at("unexplained_bytes").to_number<int>(), -300);
  EXPECT_EQ(report.at("paused").at("count").to_number<int>(), 3);
  EXPECT_EQ(report.at("paused").at("monitors").at(0).at("reason").as_string(), "memory at 91%");
  EXPECT_TRUE(report.at("actions").at(0).at("active").as_bool());
}

TEST(Pressure, a_paused_monitor_says_who_paused_it) {
  Asker ask;
  EXPECT_TRUE(object(ask.get(kMonitor)).at("paused_by").is_null());
  ask.backend.rows_[0].state = model::State::kPaused;
  EXPECT_EQ(object(ask.get(kMonitor)).at("paused_by").as_string(), "user");
  ask.backend.rows_[0].paused_for_memory = true;
  EXPECT_EQ(object(ask.get(kMonitor)).at("paused_by").as_string(), "memory");
}

TEST(Pressure, admission_passes_the_question_on_and_names_the_verdict) {
  Asker ask;
  auto reply = ask.get("/api/v1/admission?app=ping&count=5000&interval=10s&criticality=low");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(ask.backend.asked_admission.count, 5000U);
  EXPECT_EQ(ask.backend.asked_admission.interval_ms, 10'000);
  EXPECT_EQ(ask.backend.asked_admission.criticality, model::Criticality::kLow);
  auto answer = object(reply);
  EXPECT_EQ(answer.at("verdict").as_string(), "fits_at_interval");
  EXPECT_EQ(answer.at("fits_at_ms").to_number<int>(), 30'000);
  EXPECT_EQ(answer.at("bytes_wanted").to_number<std::uint64_t>(), 15'000'000U);
  EXPECT_EQ(ask.get("/api/v1/admission").status, 400U);
  EXPECT_EQ(ask.get("/api/v1/admission?app=pingg").status, 404U);
}

TEST(Pressure, metrics_have_a_family_for_each_part_of_the_report) {
  Asker ask;
  auto body = ask.get("/metrics").body;
  for (std::string line :
       {"holter_memory_level_active{level=\"high\"} 1", "holter_memory_level_active{level=\"normal\"} 0",
        "holter_memory_level_seconds_total{level=\"high\"} 3.5", "holter_memory_signal_ratio{signal=\"ledger\"} 0.83",
        "holter_memory_action_active{action=\"flush\",level=\"elevated\"} 1",
        "holter_memory_actions_total{action=\"pause\",level=\"critical\"} 1",
        "holter_memory_paused_monitors{criticality=\"low\"} 2",
        "holter_memory_account_reserved_bytes{account=\"process/api\"} 5", "holter_memory_unexplained_bytes -300",
        "holter_memory_fixed_bytes 20000", "holter_memory_least_left_bytes 3145728",
        "holter_schedule_in_flight_limit 256", "holter_schedule_in_flight_most 512",
        "holter_schedule_queue_capacity 1000", "holter_schedule_deferred_total 6", "holter_schedule_stretched 8"})
    EXPECT_TRUE(body.contains("\n" + line + "\n")) << line;
}

}  // namespace
}  // namespace holter::api
