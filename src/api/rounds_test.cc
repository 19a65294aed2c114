#include <gtest/gtest.h>

#include "api/fake_request.h"

namespace holter::api {
namespace {

const std::string kBeats = "/api/v1/monitors/heartbeats?ids=0123456789abcdef";
const std::string kRounds = "/api/v1/monitors/0123456789abcdef/rounds";

/// Somebody who sees one folder.
void see_only(Asker& ask, const std::string& folder) {
  ask.backend.gate_.role = "none";
  ask.backend.gate_.grants = {{.account = "tester", .folder = folder, .role = "viewer"}};
}

TEST(Heartbeats, an_hour_in_sixty_buckets_unless_asked_otherwise) {
  Asker ask;
  auto reply = ask.get(kBeats);
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = ask.backend.asked_heartbeats;
  EXPECT_EQ(query.monitors, std::vector{FakeBackend::kId});
  EXPECT_EQ(query.to_ms, epoch_ms(ask.clock.wall()));
  EXPECT_EQ(query.to_ms - query.from_ms, 3'600'000);
  EXPECT_EQ(query.step_ms, 60'000);
  auto bucket = object(reply).at("monitors").at(0).at("buckets").at(0);
  EXPECT_EQ(bucket.at("total"), 12);
  EXPECT_EQ(bucket.at("failed"), 2);
  EXPECT_EQ(bucket.at("code"), "timeout");
  EXPECT_EQ(bucket.at("message"), "<no answer>");
}

TEST(Heartbeats, the_step_is_never_so_short_that_there_are_more_buckets) {
  Asker ask;
  ASSERT_EQ(ask.get(kBeats + "&from=1700000000&to=1700001001&buckets=100").status, 200U);
  EXPECT_EQ(ask.backend.asked_heartbeats.step_ms, 10'010);
  ASSERT_EQ(ask.get(kBeats + "&from=1700000000&to=1700000005&buckets=100").status, 200U);
  EXPECT_EQ(ask.backend.asked_heartbeats.step_ms, 1000);
}

TEST(Heartbeats, of_what_is_not_there_or_may_not_be_seen_nothing_is_told) {
  Asker ask;
  auto reply = ask.get(kBeats + ",00000000000000ff,0123456789ABCDEF");
  ASSERT_EQ(reply.status, 200U);
  EXPECT_EQ(object(reply).at("monitors").as_array().size(), 1U);
  EXPECT_EQ(ask.backend.asked_heartbeats.monitors.size(), 1U);
  see_only(ask, "dc2");
  ask.backend.rows_[0].folder = "dc1";
  ask.backend.asked_heartbeats = {};
  auto hidden = ask.get(kBeats);
  ASSERT_EQ(hidden.status, 200U) << hidden.body;
  EXPECT_TRUE(object(hidden).at("monitors").as_array().empty());
  EXPECT_TRUE(ask.backend.asked_heartbeats.monitors.empty());
  ask.backend.rows_[0].folder = "dc2/rack1";
  EXPECT_EQ(object(ask.get(kBeats)).at("monitors").as_array().size(), 1U);
}

TEST(Heartbeats, bad_parameters_are_named) {
  Asker ask;
  std::string many = "/api/v1/monitors/heartbeats?ids=";
  for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + std::string(14, '0') + std::to_string(10 + i);
  struct Case {
    std::string target, parameter;
  };
  for (const auto& c : std::vector<Case>{{"/api/v1/monitors/heartbeats", "ids"},
                                         {"/api/v1/monitors/heartbeats?ids=", "ids"},
                                         {kBeats + ",", "ids"},
                                         {kBeats + ",xyz", "ids"},
                                         {many, "ids"},
                                         {kBeats + "&buckets=0", "buckets"},
                                         {kBeats + "&buckets=121", "buckets"},
                                         {kBeats + "&from=-1h&to=-2h", "from"},
                                         {kBeats + "&step=1", "step"}}) {
    auto reply = ask.get(c.target);
    EXPECT_EQ(reply.status, 400U) << c.target << reply.body;
    EXPECT_EQ(object(reply).at("parameter").as_string(), c.parameter) << c.target;
  }
  EXPECT_EQ(ask.get(many.substr(0, many.rfind(','))).status, 200U) << "64 are allowed";
}

TEST(Heartbeats, are_refused_when_memory_is_short_or_history_cannot_answer) {
  Asker ask;
  ask.backend.heavy_refused = true;
  EXPECT_EQ(ask.get(kBeats).status, 503U);
  ask.backend.heavy_refused = false;
  ask.backend.history_error = Error(ErrorCode::kUnavailable, "cannot query history: it does not run");
  EXPECT_EQ(ask.get(kBeats).status, 503U);
  EXPECT_EQ(ask.get(kRounds).status, 503U);
  auto held = ask.account.reserve((64U << 20) - 8 * 1024);
  ASSERT_TRUE(held);
  EXPECT_EQ(ask.get(kBeats + "&buckets=120").status, 503U);
}

TEST(Rounds, a_day_and_a_hundred_unless_asked_otherwise) {
  Asker ask;
  auto reply = ask.get(kRounds);
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = ask.backend.asked_rounds;
  EXPECT_EQ(query.to_ms - query.from_ms, 24 * 3'600'000);
  EXPECT_EQ(query.limit, 100U);
  EXPECT_EQ(query.skip, 0U);
  auto page = object(reply);
  EXPECT_TRUE(page.at("next_cursor").is_null());
  auto round = page.at("rounds").at(0);
  EXPECT_EQ(round.at("set"), "summary");
  EXPECT_EQ(round.at("duration_ms").to_number<double>(), 1.5);
  EXPECT_EQ(round.at("code"), "timeout");
  EXPECT_EQ(round.at("message"), "no answer");
}

TEST(Rounds, a_cursor_goes_on_behind_what_was_shown_of_its_millisecond) {
  Asker ask;
  const std::string range = kRounds + "?from=1763999000&to=1764001000&limit=3";
  ask.backend.round_page.more = true;
  auto cursor = std::string(object(ask.get(range)).at("next_cursor").as_string());
  EXPECT_EQ(ask.backend.asked_rounds.to_ms, 1'764'001'000'000);
  auto& rounds = ask.backend.round_page.rounds;
  rounds = {rounds[2]};  // one more of the millisecond in which the first page ended
  auto second = object(ask.get(range + "&cursor=" + cursor));
  EXPECT_EQ(ask.backend.asked_rounds.to_ms, 1'764'000'000'001);
  EXPECT_EQ(ask.backend.asked_rounds.skip, 2U);
  EXPECT_EQ(second.at("to").as_string(), "2025-11-24T16:16:40.000Z") << "the range stays as it was asked for";
  cursor = std::string(second.at("next_cursor").as_string());
  ask.backend.round_page.more = false;
  EXPECT_TRUE(object(ask.get(range + "&cursor=" + cursor)).at("next_cursor").is_null());
  EXPECT_EQ(ask.backend.asked_rounds.skip, 3U);
}

TEST(Rounds, a_cursor_of_another_range_or_of_none_is_refused) {
  Asker ask;
  for (std::string cursor : {"x", "1", "1-", "-1-0", "1764000000000", "1764000000000-x", "1764000000000-100001",
                             "1764000000000-1 ", "1764001000000-1", "1763998999999-1", "99999999999999999999-1"}) {
    auto reply = ask.get(kRounds + "?from=1763999000&to=1764001000&cursor=" +
                         (cursor.ends_with(' ') ? cursor.substr(0, cursor.size() - 1) + "%20" : cursor));
    EXPECT_EQ(reply.status, 400U) << cursor;
    EXPECT_EQ(object(reply).at("parameter").as_string(), "cursor") << cursor;
  }
}

TEST(Rounds, bad_parameters_are_named_and_others_monitors_are_not_found) {
  Asker ask;
  EXPECT_EQ(object(ask.get(kRounds + "?limit=501")).at("parameter").as_string(), "limit");
  EXPECT_EQ(object(ask.get(kRounds + "?from=-1h&to=-2h")).at("parameter").as_string(), "from");
  EXPECT_EQ(ask.get("/api/v1/monitors/00000000000000ff/rounds").status, 404U);
  see_only(ask, "dc2");
  ask.backend.rows_[0].folder = "dc1";
  EXPECT_EQ(ask.get(kRounds).status, 404U);
  ask.backend.rows_[0].folder = "dc2";
  EXPECT_EQ(ask.get(kRounds).status, 200U);
}

TEST(Summary, has_groups_and_keeps_the_servers_own_from_who_does_not_see_the_whole) {
  Asker ask;
  auto all = object(ask.get("/api/v1/summary"));
  EXPECT_EQ(ask.backend.asked_overview, "tester");
  EXPECT_EQ(all.at("worst"), "DOWN");
  EXPECT_EQ(all.at("apps").at(0).at("app"), "ping");
  EXPECT_EQ(all.at("folders").at(0).at("path"), "dc1");
  EXPECT_EQ(all.at("folders").at(0).at("worst"), "UP");
  EXPECT_TRUE(all.at("folders").at(1).at("worst").is_null());
  EXPECT_TRUE(all.at("memory").is_object());
  see_only(ask, "dc1");
  auto some = object(ask.get("/api/v1/summary"));
  EXPECT_TRUE(some.at("memory").is_null());
  EXPECT_TRUE(some.at("history").is_null());
  EXPECT_EQ(some.at("monitors"), 6);
}

TEST(MonitorList, a_cursor_of_a_sort_by_texts_keeps_the_text) {
  Asker ask;
  for (std::string sort : {"app", "folder"}) {
    ask.backend.more = true;
    auto cursor = std::string(object(ask.get("/api/v1/monitors?sort=" + sort)).at("next_cursor").as_string());
    ASSERT_EQ(ask.get("/api/v1/monitors?sort=" + sort + "&cursor=" + cursor).status, 200U);
    ASSERT_TRUE(ask.backend.asked_list.after);
    EXPECT_EQ(ask.backend.asked_list.after->text, "dc1/rack2");
    EXPECT_EQ(ask.backend.asked_list.after->name, "gateway");
    auto without_zero = cursor.substr(0, 18) + "6463";
    EXPECT_EQ(ask.get("/api/v1/monitors?sort=" + sort + "&cursor=" + without_zero).status, 400U);
    EXPECT_EQ(ask.get("/api/v1/monitors?sort=name&cursor=" + cursor).status, 400U) << "of another sort";
  }
}

}  // namespace
}  // namespace holter::api
