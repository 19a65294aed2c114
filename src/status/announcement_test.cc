#include "status/announcement.h"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::status {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Page example() {
  Page page;
  page.title = "example";
  page.groups = {{"", {{"web", "Web", "", {"web-1"}, ""}, {"db", "DB", "", {"db-1"}, ""}}}};
  return page;
}
Checked<Announcement> read(std::string_view text, bool is_new = true) {
  return read_announcement(*parse_document(text), example(), is_new);
}
std::string fault_of(std::string_view text, bool is_new = true) {
  auto announcement = read(text, is_new);
  return announcement ? "none" : announcement.error().member + ": " + announcement.error().text;
}

TEST(Announcement, of_an_incident_begins_with_investigating) {
  auto incident = read(R"({"title": "Slow", "impact": "minor", "components": ["web"], "text": "We look"})");
  ASSERT_TRUE(incident) << incident.error().text;
  EXPECT_EQ(incident->kind, Kind::kIncident);
  EXPECT_EQ(incident->phase, Phase::kInvestigating);
  EXPECT_EQ(incident->impact, Impact::kMinor);
  EXPECT_EQ(incident->components, std::vector<std::string>{"web"});
  EXPECT_FALSE(incident->starts);
  EXPECT_EQ(incident->text, "We look");
}

TEST(Announcement, states_belong_to_its_kind) {
  EXPECT_THAT(fault_of(R"({"title": "x", "state": "completed"})"),
              HasSubstr("state: cannot use 'completed' for an incident: one of investigating, "));
  EXPECT_THAT(fault_of(R"({"title": "x", "kind": "maintenance", "state": "resolved"})"), HasSubstr("for maintenance"));
  EXPECT_THAT(fault_of(R"({"title": "x", "state": "on fire"})"), HasSubstr("cannot use 'on fire'"));
  EXPECT_EQ(fault_of(R"({"title": "x", "kind": "maintenance", "starts": "2026-12-01T10:00:00Z"})"), "none");
}

TEST(Announcement, faults_name_the_member) {
  EXPECT_EQ(fault_of(R"({"title": "x", "components": ["no"]})"),
            "components: cannot find the component 'no' in the page");
  EXPECT_THAT(fault_of(R"({"title": "x", "components": ["db", "db"]})"), HasSubstr("twice"));
  EXPECT_THAT(fault_of(R"({"title": "x", "kind": "maintenance"})"), HasSubstr("starts: "));
  EXPECT_THAT(fault_of(R"({"title": "x", "starts": "2026-12-01T10:00:00Z", "ends": "2026-12-01T09:00:00Z"})"),
              HasSubstr("ends: cannot end before it starts"));
  EXPECT_THAT(fault_of(R"({"title": "x", "starts": "tomorrow"})"), HasSubstr("starts: cannot read the time"));
  EXPECT_THAT(fault_of(R"({"title": "x", "text": "y"})", false), HasSubstr("text: "));
}

TEST(Announcement, updates_have_a_text_and_perhaps_a_state) {
  auto update = read_update(*parse_document(R"({"text": "done", "state": "resolved"})"), Kind::kIncident);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->phase, Phase::kResolved);
  EXPECT_FALSE(read_update(*parse_document(R"({"text": "done", "state": "resolved"})"), Kind::kMaintenance));
  EXPECT_FALSE(read_update(*parse_document(R"({"state": "resolved"})"), Kind::kIncident));
  EXPECT_FALSE(read_update(*parse_document(R"({"text": ""})"), Kind::kIncident));
}

TEST(Announcement, words_lead_back_to_what_they_stand_for) {
  for (auto phase : {Phase::kInvestigating, Phase::kResolved, Phase::kScheduled, Phase::kInProgress, Phase::kCompleted})
    EXPECT_EQ(parse_phase(to_string(phase)), phase);
  EXPECT_EQ(parse_impact("critical"), Impact::kCritical);
  EXPECT_EQ(parse_kind("maintenance"), Kind::kMaintenance);
  EXPECT_FALSE(parse_kind("Incident"));
}

TEST(Announcement, maintenance_goes_on_by_its_state_or_its_time) {
  WallTime now{1'000'000s};
  auto on = [&](Phase phase, WallTime starts, std::optional<WallTime> ends) {
    return is_maintenance_now(Kind::kMaintenance, phase, starts, ends, now);
  };
  EXPECT_TRUE(on(Phase::kInProgress, now + 1h, {}));
  EXPECT_TRUE(on(Phase::kScheduled, now, now + 1s));
  EXPECT_FALSE(on(Phase::kScheduled, now - 1h, now)) << "the end is exclusive";
  EXPECT_FALSE(on(Phase::kScheduled, now - 1h, {})) << "nobody has said that it began";
  EXPECT_FALSE(on(Phase::kScheduled, now + 1s, now + 1h));
  EXPECT_FALSE(on(Phase::kCompleted, now - 1h, now + 1h));
  EXPECT_FALSE(is_maintenance_now(Kind::kIncident, Phase::kInvestigating, now, {}, now));
}

}  // namespace
}  // namespace holter::status
