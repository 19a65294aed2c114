#include "app/alert_events.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::app {
namespace {

class AlertEventsTest : public ::testing::Test {
 protected:
  api::Event last() {
    auto all = events_.since(0, 1000);
    EXPECT_FALSE(all.empty());
    return all.empty() ? api::Event{} : all.back();
  }
  static model::Alert alert(std::string summary) {
    model::Alert out;
    out.labels = {{"alertname", "DiskFull"}, {"monitor", "web"}, {"severity", "emergency"}};
    if (!summary.empty()) out.annotations = {{"summary", std::move(summary)}};
    return out;
  }

  holter::testing::FakeClock clock_;
  memory::Budget budget_{1 << 20};
  Events events_{clock_, budget_.account("api"), ""};
  AlertEvents news_{events_, [](MonitorId id) { return id.value == 7 ? std::string("prod/eu") : std::string(); }};
};

TEST_F(AlertEventsTest, tell_what_became_of_an_incident_and_where_its_monitor_lies) {
  auto full = alert("/var is full");
  news_.tell(incidents::IncidentNews{{11}, "opened", full, MonitorId{7}, ""});
  auto event = last();
  EXPECT_EQ(event.kind, "incident");
  EXPECT_EQ(event.severity, "emergency");
  EXPECT_EQ(event.text, "/var is full (opened)");
  ASSERT_NE(event.incident, nullptr);
  EXPECT_EQ(event.incident->id, 11U);
  EXPECT_EQ(event.incident->rule, "DiskFull");
  EXPECT_EQ(event.incident->severity, model::Severity::kEmergency);
  EXPECT_EQ(event.incident->folder, "prod/eu");

  auto plain = alert("");
  news_.tell(incidents::IncidentNews{{11}, "closed", plain, MonitorId{}, "recovered"});
  event = last();
  EXPECT_EQ(event.severity, "info") << "an end is no alarm";
  EXPECT_EQ(event.incident->title, "DiskFull: web");
  EXPECT_EQ(event.incident->text, "recovered");
  EXPECT_EQ(event.incident->folder, "");
}

TEST_F(AlertEventsTest, say_who_did_what_and_cut_what_people_wrote) {
  catalog::Incident incident;
  incident.id = catalog::IncidentId{12};
  incident.monitor = MonitorId{7};
  incident.labels = alert("").labels;
  std::string comment(AlertEvents::kLongest - 1, 'x');
  comment += "网关";  // of three bytes each: the first does not fit whole
  news_.tell(incident, "commented", "eva", comment);
  auto event = last();
  EXPECT_EQ(event.text, "DiskFull: web (commented by eva)");
  EXPECT_EQ(event.incident->who, "eva");
  EXPECT_EQ(event.incident->text, std::string(AlertEvents::kLongest - 1, 'x'));
}

TEST_F(AlertEventsTest, tell_of_a_notification_that_did_not_arrive) {
  news_.tell(notify::Outbox::Dead{notify::EntryId{21}, "ops", "webhook", "[FIRING:1] DiskFull", "HTTP 404"});
  auto event = last();
  EXPECT_EQ(event.kind, "notification");
  EXPECT_EQ(event.severity, "warning");
  ASSERT_NE(event.notification, nullptr);
  EXPECT_EQ(event.notification->id, 21U);
  EXPECT_EQ(event.notification->receiver, "ops");
  EXPECT_EQ(event.notification->answer, "HTTP 404");
}

}  // namespace
}  // namespace holter::app
