#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

// Routes of incidents, notifications and alerts of other products.
namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kIncidents = "/api/v1/incidents";
const std::string kOne = kIncidents + "/11/";
const std::string kNotifications = "/api/v1/notifications";
constexpr std::int64_t kNow = 1'700'000'000'000;  // of StillClock: 2023-11-14T22:13:20Z

class Incidents : public ::testing::Test {
 protected:
  FakeAlerting& alerting() { return ask.backend.alerting_; }
  Asker::Reply post(std::string target, std::string_view content, std::string type = "application/json",
                    std::string key = "") {
    RequestHead head{"POST", std::move(target), {"localhost:2157"}};
    head.content_type = std::move(type);
    head.idempotency_key = std::move(key);
    head.body = content;
    return ask.send(head);
  }

  Asker ask;
};

TEST_F(Incidents, are_filtered_and_paged_from_the_newest) {
  auto reply = ask.get(kIncidents +
                       "?open=true&severity=critical&monitor=0123456789abcdef&text=site%3Dlab&from=-1h"
                       "&to=now&before=50&limit=10");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = alerting().incident_query;
  EXPECT_EQ(query.open, true);
  EXPECT_EQ(query.severity, model::Severity::kCritical);
  EXPECT_EQ(query.monitor, MonitorId{0x0123456789abcdefULL});
  EXPECT_EQ(query.text, "site=lab");
  EXPECT_EQ(query.from_ms, kNow - 3'600'000);
  EXPECT_EQ(query.to_ms, kNow);
  EXPECT_EQ(query.before, 50U);
  EXPECT_EQ(query.limit, 10U);
  EXPECT_EQ(object(reply).at("next"), 7);
  EXPECT_EQ(object(reply).at("open").at("emergency"), 4);
  EXPECT_EQ(ask.get(kIncidents).status, 200U);
  EXPECT_EQ(alerting().incident_query.open, std::nullopt);
  EXPECT_EQ(alerting().incident_query.monitor, MonitorId{});
  for (std::string bad : {"open=maybe", "severity=bad", "monitor=7", "from=soon", "from=now&to=-1h", "before=x"})
    EXPECT_EQ(ask.get(kIncidents + "?" + bad).status, 400U) << bad;
}

TEST_F(Incidents, say_what_is_known_and_null_for_what_is_not) {
  auto row = object(ask.get(kIncidents)).at("incidents").at(0).as_object();
  EXPECT_EQ(row.at("open"), true);
  EXPECT_TRUE(row.at("ended").is_null());
  EXPECT_TRUE(row.at("resolution").is_null());
  EXPECT_EQ(row.at("monitor"), "0123456789abcdef");
  EXPECT_EQ(row.at("linked"), 9);
  EXPECT_EQ(row.at("silenced_by"), boost::json::parse("[3, 4]"));
  auto& incident = alerting().incident_row;
  incident.ended_ms = 1'764'000'900'000;
  incident.resolution = "by hand";
  incident.monitor = {};
  incident.linked = 0;
  incident.assignee.clear();
  row = object(ask.get(kIncidents + "/11"));
  EXPECT_EQ(row.at("open"), false);
  EXPECT_EQ(row.at("ended"), "2025-11-24T16:15:00.000Z");
  EXPECT_EQ(row.at("resolution"), "by hand");
  for (std::string key : {"monitor", "linked", "assignee"}) EXPECT_TRUE(row.at(key).is_null()) << key;
  EXPECT_EQ(row.at("notes").at(1).at("text"), "on it");
  EXPECT_TRUE(row.at("notes").at(0).at("who").is_null());
  EXPECT_EQ(row.at("decisions").at(0).at("verdict"), "silenced");
}

TEST_F(Incidents, are_acted_on) {
  using Kind = IncidentAction::Kind;
  struct Case {
    std::string verb, content;
    IncidentAction wanted;
  };
  for (const auto& [verb, content, wanted] : std::vector<Case>{
           {"acknowledge", "", {Kind::kAcknowledge, "", 0, 0, false}},
           {"acknowledge", R"({"undo": true, "text": "not me"})", {Kind::kAcknowledge, "not me", 0, 0, true}},
           {"assign", R"({"assignee": "eva"})", {Kind::kAssign, "eva", 0, 0, false}},
           {"assign", R"({"assignee": ""})", {Kind::kAssign, "", 0, 0, false}},
           {"comment", R"({"text": "ordered"})", {Kind::kComment, "ordered", 0, 0, false}},
           {"snooze", R"({"until": "2023-11-14T23:13:20Z"})", {Kind::kSnooze, "", kNow + 3'600'000, 0, false}},
           {"snooze", R"({"until": null})", {Kind::kSnooze, "", 0, 0, false}},
           {"resolve", R"({"text": "replaced"})", {Kind::kResolve, "replaced", 0, 0, false}},
           {"link", R"({"incident": 9})", {Kind::kLink, "", 0, 9, false}},
           {"link", R"({"incident": null})", {Kind::kLink, "", 0, 0, false}}}) {
    auto reply = post(kOne + verb, content);
    EXPECT_EQ(reply.status, 200U) << verb << reply.body;
    EXPECT_EQ(object(reply).at("id"), 11);
    const auto& action = alerting().action;
    EXPECT_EQ(alerting().id, 11U);
    EXPECT_EQ(action.kind, wanted.kind) << verb;
    EXPECT_EQ(action.text, wanted.text) << verb;
    EXPECT_EQ(action.until_ms, wanted.until_ms) << verb;
    EXPECT_EQ(action.other, wanted.other) << verb;
    EXPECT_EQ(action.undo, wanted.undo) << verb;
  }
}

TEST_F(Incidents, bad_actions_are_refused_before_anybody_is_asked) {
  struct Bad {
    std::string verb, content, parameter;
  };
  for (const auto& [verb, content, parameter] :
       std::vector<Bad>{{"acknowledge", R"({"undo": 1})", "undo"},
                        {"assign", "", "assignee"},
                        {"assign", R"({"assignee": null})", "assignee"},
                        {"comment", R"({"text": ""})", "text"},
                        {"comment", R"({"text": "a", "until": "now"})", "until"},
                        {"snooze", "{}", "until"},
                        {"snooze", R"({"until": "soon"})", "until"},
                        {"snooze", R"({"until": "2023-11-14T22:13:20Z"})", "until"},
                        {"link", R"({"incident": 0})", "incident"},
                        {"link", R"({"incident": 1.5})", "incident"},
                        {"link", R"({"incident": 11})", "incident"}}) {
    auto reply = post(kOne + verb, content);
    EXPECT_EQ(reply.status, 400U) << verb << content;
    EXPECT_EQ(object(reply).at("parameter").as_string(), parameter) << reply.body;
  }
  EXPECT_EQ(post(kIncidents + "/x/comment", R"({"text": "a"})").status, 400U);
  EXPECT_EQ(post(kOne + "delete", "").status, 404U);
  EXPECT_THAT(alerting().calls, IsEmpty());
}

TEST_F(Incidents, a_comment_that_is_sent_twice_under_one_key_is_one) {
  auto first = post(kOne + "comment", R"({"text": "a"})", "application/json", "key");
  auto again = post(kOne + "comment", R"({"text": "a"})", "application/json", "key");
  EXPECT_EQ(again.body, first.body);
  EXPECT_THAT(alerting().calls, ElementsAre("act"));
}

TEST_F(Incidents, that_have_ended_answer_conflict) {
  alerting().problem = Problem{409, "cannot snooze the incident 11: it has ended", "", 0};
  EXPECT_EQ(post(kOne + "snooze", R"({"until": null})").status, 409U);
  alerting().problem = Problem{404, "cannot find the incident 11", "name", 0};
  EXPECT_EQ(ask.get(kIncidents + "/11").status, 404U);
  EXPECT_EQ(ask.get(kIncidents).status, 404U);
}

TEST_F(Incidents, and_notifications_are_for_viewers_to_read_and_operators_to_act_on) {
  for (std::string role : {"viewer", "operator"}) {
    ask.backend.gate_.role = role;
    auto wanted = role == "viewer" ? 403U : 200U;
    EXPECT_EQ(ask.get(kIncidents + "/11").status, 200U);
    EXPECT_EQ(ask.get(kNotifications + "/21").status, 200U);
    EXPECT_EQ(post(kOne + "resolve", "").status, wanted);
    EXPECT_EQ(post(kNotifications + "/21/resend", "").status, wanted);
    EXPECT_EQ(post("/api/v2/alerts", "[]").status, wanted);
    EXPECT_EQ(post("/api/alerts/report", "{}").status, wanted);
  }
}

TEST_F(Incidents, notifications_are_filtered_shown_with_their_attempts_and_sent_again) {
  auto reply = ask.get(kNotifications + "?state=dead&receiver=ops&before=30&limit=5");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = alerting().notification_query;
  EXPECT_EQ(query.state, "dead");
  EXPECT_EQ(query.receiver, "ops");
  EXPECT_EQ(query.before, 30U);
  EXPECT_EQ(query.limit, 5U);
  EXPECT_EQ(object(reply).at("notifications").at(0).at("answer"), "550: no such user");
  auto detail = object(ask.get(kNotifications + "/21"));
  EXPECT_EQ(detail.at("text"), "/var is full");
  EXPECT_EQ(detail.at("log").at(0).at("outcome"), "retry");
  EXPECT_EQ(post(kNotifications + "/21/resend", "").status, 200U);
  EXPECT_EQ(alerting().id, 21U);
  alerting().problem = Problem{409, "cannot send notification 21 again: it is not dead", "", 0};
  EXPECT_EQ(post(kNotifications + "/21/resend", "").status, 409U);
  EXPECT_EQ(ask.get(kNotifications + "?state=lost").status, 400U);
  EXPECT_EQ(ask.get(kNotifications + "/x").status, 400U);
}

TEST_F(Incidents, alerts_come_in_as_alertmanager_takes_them) {
  auto reply = post("/api/v2/alerts", R"([{"labels": {"alertname": "a"}}])");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(alerting().source, "alertmanager");
  EXPECT_EQ(alerting().text, R"([{"labels": {"alertname": "a"}}])");
  EXPECT_EQ(alerting().mapping, "");
  alerting().report = {3, 1, {"alert 2 has no labels"}};
  reply = post("/api/v2/alerts", "[]");
  EXPECT_EQ(reply.status, 400U);
  EXPECT_THAT(reply.body, HasSubstr("cannot take 1 of 4 alerts: alert 2 has no labels"));
  EXPECT_EQ(post("/api/v2/alerts", "[]", "text/plain").status, 415U);
}

TEST_F(Incidents, alerts_of_other_products_come_in_by_their_names) {
  for (std::string type : {"application/json", "text/plain; charset=utf-8", "application/x-www-form-urlencoded"}) {
    auto reply = post("/api/alerts/report/alibabacloud-cms", "alertName=a&curValue=97", type);
    ASSERT_EQ(reply.status, 200U) << type << reply.body;
    EXPECT_EQ(alerting().source, "alibabacloud-cms");
    EXPECT_EQ(alerting().text, "alertName=a&curValue=97");
    EXPECT_EQ(object(reply).at("taken"), 2);
  }
  EXPECT_EQ(post("/api/alerts/report/zabbix", "{}", "image/png").status, 415U);
  EXPECT_EQ(post("/api/alerts/report/zabbix?mapping=a", "{}").status, 400U);
  EXPECT_EQ(post("/api/alerts/report/" + std::string(201, 'z'), "{}").status, 404U);
  alerting().problem = Problem{404, "cannot take alerts of 'nagios': did you mean 'grafana'?", "name", 0};
  EXPECT_EQ(post("/api/alerts/report/nagios", "{}").status, 404U);
}

TEST_F(Incidents, alerts_of_anything_come_in_with_a_mapping) {
  EXPECT_EQ(post("/api/alerts/report?mapping=status%3Ddata.state", R"({"data": {}})").status, 200U);
  EXPECT_EQ(alerting().source, "default");
  EXPECT_EQ(alerting().mapping, "status=data.state");
  alerting().report = {1, 2, {"no name", "no name"}};
  auto some = post("/api/alerts/report", "{}");
  EXPECT_EQ(some.status, 200U);
  EXPECT_EQ(object(some).at("refused"), 2);
  EXPECT_EQ(object(some).at("reasons").at(0), "no name");
  alerting().report = {0, 2, {"no name", "no name"}};
  EXPECT_EQ(post("/api/alerts/report", "{}").status, 422U);
}

TEST_F(Incidents, long_alerts_take_memory_only_while_they_are_taken_in) {
  std::string body(3U << 20, ' ');
  EXPECT_EQ(post("/api/v2/alerts", body).status, 200U);
  EXPECT_EQ(alerting().text.size(), body.size());
  EXPECT_EQ(ask.account.used(), 0U);
  memory::Reservation most = *ask.account.reserve(62U << 20);
  EXPECT_EQ(post("/api/v2/alerts", body).status, 503U);
}

TEST(IncidentsOverASocket, alerts_may_be_longer_than_other_content) {
  constexpr std::size_t kBytes = 256 * 1024;
  TestServer server;
  RawClient client(server.port());
  auto post = [&](const std::string& path, std::size_t bytes) {
    client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, ' '));
    return client.read_answer();
  };
  auto answer = post("/api/v2/alerts", kBytes);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_EQ(server.backend.alerting_.text.size(), kBytes);
  EXPECT_TRUE(post("/api/alerts/report/zabbix", kBytes).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post("/api/v1/alerts/rules", kBytes).starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(content_limit("POST", "/api/v2/alerts", 1), 4U << 20);
  EXPECT_EQ(content_limit("POST", "/api/alerts/report?mapping=x", 1), 4U << 20);
}

}  // namespace
}  // namespace holter::api
