#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/alerting.h"
#include "api/fake_request.h"

// Routes of what users configure of alerting.
namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kRoot = "/api/v1/alerts/";
constexpr std::string_view kRule = R"({"name": "disk full", "spec": {"kind": "realtime", "expression": "used > 90"}})";

struct KindCase {
  std::string segment;
  AlertKind kind;
  std::string content;
};
const std::vector<KindCase>& kinds() {
  static const std::vector<KindCase> all{
      {"rules", AlertKind::kRule, std::string(kRule)},
      {"receivers", AlertKind::kReceiver, R"({"name": "ops", "spec": {"channel": "email", "settings": {"to": "a"}}})"},
      {"silences", AlertKind::kSilence, R"({"name": "s", "spec": {"matchers": "{a=\"b\"}"}})"},
      {"inhibitions", AlertKind::kInhibition,
       R"({"name": "i", "spec": {"source": "{a=\"b\"}", "target": "{c=\"d\"}"}})"},
      {"templates", AlertKind::kTemplate, R"({"name": "t", "enabled": false, "spec": {"text": "{{text}}"}})"},
      {"rotations", AlertKind::kRotation, R"({"name": "r", "spec": {"receivers": ["eva"]}})"}};
  return all;
}

class AlertRoutes : public ::testing::Test {
 protected:
  Asker::Reply send(std::string method, std::string target, std::string_view json, std::string if_match = "",
                    std::string key = "") {
    return ask.change(std::move(method), std::move(target), json, std::move(if_match), std::move(key));
  }
  FakeAlerting& alerting() { return ask.backend.alerting_; }

  Asker ask;
};

TEST_F(AlertRoutes, every_kind_is_listed_made_read_replaced_and_deleted_by_the_same_words) {
  for (const auto& [segment, kind, content] : kinds()) {
    alerting().calls.clear();
    auto all = kRoot + segment, one = all + "/7";
    EXPECT_EQ(ask.get(all).status, 200U) << segment;
    auto made = send("POST", all, content);
    ASSERT_EQ(made.status, 201U) << segment << made.body;
    EXPECT_EQ(alerting().text, content);
    EXPECT_EQ(alerting().kind, kind);
    EXPECT_EQ(header(made, "Location"), one);
    EXPECT_EQ(header(made, "ETag"), "\"3\"");
    auto read = ask.get(one);
    EXPECT_EQ(read.status, 200U) << read.body;
    EXPECT_EQ(header(read, "ETag"), "\"3\"");
    EXPECT_EQ(alerting().id, 7U);
    auto put = send("PUT", one, content, "\"3\"");
    EXPECT_EQ(put.status, 200U) << segment << put.body;
    EXPECT_EQ(alerting().text, content);
    EXPECT_EQ(alerting().version, 3U);
    auto gone = send("DELETE", one, "", "\"3\"");
    EXPECT_EQ(gone.status, 200U) << segment << gone.body;
    EXPECT_EQ(object(gone).at("deleted"), 7);
    EXPECT_EQ(alerting().kind, kind);
    EXPECT_THAT(alerting().calls, ElementsAre("list", "create", "find", "replace", "remove"));
  }
}

TEST_F(AlertRoutes, a_document_has_its_spec_and_status_as_json_that_is_harmless_in_a_page) {
  alerting().document.spec = R"({"kind": "realtime", "message": "<script>"})";
  auto reply = ask.get(kRoot + "rules/7");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(object(reply).at("spec").at("message"), "<script>");
  EXPECT_THAT(reply.body, Not(HasSubstr("<script>")));
  EXPECT_EQ(object(reply).at("status").at("alerts"), 2);
  EXPECT_EQ(object(reply).at("created"), "2025-11-24T16:00:00.000Z");
  EXPECT_EQ(object(reply).at("updated_by"), "adam");
  alerting().document.updated_by.clear();
  alerting().document.status.clear();
  reply = ask.get(kRoot + "rules/7");
  EXPECT_TRUE(object(reply).at("updated_by").is_null());
  EXPECT_TRUE(object(reply).at("status").as_object().empty());
}

TEST_F(AlertRoutes, what_is_stored_wrongly_is_an_error_and_no_broken_answer) {
  alerting().document.spec = R"({"kind": "realtime"}, "name": "other")";
  for (const auto& reply : {ask.get(kRoot + "rules/7"), ask.get(kRoot + "rules")}) {
    EXPECT_EQ(reply.status, 500U);
    EXPECT_EQ(reply.type, "application/problem+json");
    EXPECT_THAT(object(reply).at("detail").as_string().c_str(), HasSubstr("BUG"));
  }
}

TEST_F(AlertRoutes, a_list_is_filtered_and_goes_on_behind_an_id) {
  auto reply = ask.get(kRoot + "rules?after=5&limit=20&text=Disk");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(alerting().list_query.after, 5U);
  EXPECT_EQ(alerting().list_query.limit, 20U);
  EXPECT_EQ(alerting().list_query.text, "Disk");
  EXPECT_EQ(object(reply).at("total"), 12);
  EXPECT_EQ(object(reply).at("next"), 7);
  EXPECT_EQ(object(reply).at("documents").at(0).at("name"), "disk full");
  alerting().next.reset();
  EXPECT_TRUE(object(ask.get(kRoot + "rules")).at("next").is_null());
  for (std::string bad : {"limit=0", "limit=1001", "after=-1", "after=x", "offset=1"})
    EXPECT_EQ(ask.get(kRoot + "rules?" + bad).status, 400U) << bad;
}

TEST_F(AlertRoutes, rows_longer_than_memory_are_refused_and_what_was_taken_is_given_back) {
  alerting().document.name = std::string(70U << 20, 'x');
  auto reply = ask.get(kRoot + "rules?limit=1");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(object(reply).at("parameter"), "limit");
  EXPECT_EQ(ask.account.used(), 0U);
}

TEST_F(AlertRoutes, ids_are_whole_numbers) {
  for (std::string id : {"0", "x", "-1", "1.5", "7x", "9007199254740992", "99999999999999999999", "0x7"}) {
    auto reply = ask.get(kRoot + "rules/" + id);
    EXPECT_EQ(reply.status, 400U) << id;
    EXPECT_EQ(object(reply).at("parameter"), "name") << id;
    EXPECT_EQ(send("DELETE", kRoot + "silences/" + id, "").status, 400U) << id;
    EXPECT_EQ(send("PUT", kRoot + "rules/" + id, kRule, "*").status, 400U) << id;
  }
  EXPECT_THAT(alerting().calls, IsEmpty());
  EXPECT_EQ(ask.get(kRoot + "rules/9007199254740991").status, 200U);
}

TEST_F(AlertRoutes, a_change_names_the_version_that_it_is_of_and_a_deletion_may) {
  auto one = kRoot + "rules/7";
  auto without = send("PUT", one, kRule);
  EXPECT_EQ(without.status, 428U);
  EXPECT_EQ(object(without).at("parameter"), "If-Match");
  EXPECT_EQ(send("PUT", one, kRule, "no tag").status, 400U);
  EXPECT_THAT(alerting().calls, IsEmpty());
  EXPECT_EQ(send("PUT", one, kRule, "*").status, 200U);
  EXPECT_FALSE(alerting().version);
  EXPECT_EQ(send("PUT", one, kRule, "\"0\"").status, 200U);  // of one that is built in
  EXPECT_EQ(alerting().version, 0U);
  EXPECT_EQ(send("DELETE", one, "").status, 200U);
  EXPECT_FALSE(alerting().version);
  alerting().problem = Problem{412, "cannot change the rule: it is version 4 now", "If-Match", 0};
  EXPECT_EQ(send("PUT", one, kRule, "\"3\"").status, 412U);
  EXPECT_EQ(send("DELETE", one, "", "\"3\"").status, 412U);
}

TEST_F(AlertRoutes, a_dry_run_stores_nothing_and_says_so) {
  auto reply = send("POST", kRoot + "rules?dry_run=true", kRule, "", "key");
  EXPECT_EQ(reply.status, 200U) << reply.body;
  EXPECT_TRUE(alerting().dry_run);
  EXPECT_EQ(header(reply, "Location"), "");
  EXPECT_EQ(header(reply, "ETag"), "");
  EXPECT_EQ(send("POST", kRoot + "rules?dry_run=false", kRule, "", "key").status, 201U);  // the key is still free
  EXPECT_FALSE(alerting().dry_run);
  EXPECT_EQ(send("PUT", kRoot + "rules/7?dry_run=true", kRule, "*").status, 200U);
  EXPECT_TRUE(alerting().dry_run);
  EXPECT_EQ(send("POST", kRoot + "rules?dry_run=yes", kRule).status, 400U);
}

TEST_F(AlertRoutes, whoever_asks_again_under_the_same_key_makes_one) {
  auto first = send("POST", kRoot + "silences", kinds()[2].content, "", "key");
  auto again = send("POST", kRoot + "silences", kinds()[2].content, "", "key");
  EXPECT_EQ(first.status, 201U);
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header(again, "Location"), kRoot + "silences/7");
  EXPECT_THAT(alerting().calls, ElementsAre("create"));
  EXPECT_EQ(send("POST", kRoot + "rules", kRule, "", "key").status, 422U);
  EXPECT_EQ(send("POST", kRoot + "rules", kRule, "", std::string(256, 'k')).status, 400U);
}

TEST_F(AlertRoutes, a_key_of_somebody_else_gives_no_answer) {
  EXPECT_EQ(send("POST", kRoot + "rules", kRule, "", "key").status, 201U);
  ask.backend.gate_.name = "other";
  EXPECT_EQ(send("POST", kRoot + "rules", kRule, "", "key").status, 422U);
  EXPECT_THAT(alerting().calls, ElementsAre("create"));
}

TEST_F(AlertRoutes, what_failed_may_be_tried_again_under_its_key) {
  alerting().problem = Problem{409, "cannot make a rule: the name is taken", "name", 0};
  EXPECT_EQ(send("POST", kRoot + "rules", kRule, "", "key").status, 409U);
  alerting().problem.reset();
  EXPECT_EQ(send("POST", kRoot + "rules", kRule, "", "key").status, 201U);
}

TEST_F(AlertRoutes, content_is_held_against_the_schema_of_its_kind) {
  struct Bad {
    std::string segment, content, parameter;
  };
  const std::string long_text(5000, 'x');
  for (const auto& bad : std::vector<Bad>{
           {"rules", "{}", "name"},
           {"rules", R"({"name": "", "spec": {"kind": "realtime"}})", "name"},
           {"rules", R"({"name": "a", "spec": {"kind": "hourly"}})", "spec.kind"},
           {"rules", R"({"name": "a", "spec": {"kind": "realtime", "n": 0}})", "spec.n"},
           {"rules", R"({"name": "a", "spec": {"kind": "realtime", "for": 5}})", "spec.for"},
           {"rules", R"({"name": "a", "spec": {"kind": "realtime", "query": ")" + long_text + "\"}}", "spec.query"},
           {"rules", R"({"name": "a", "spec": {"kind": "realtime", "selector": {"monitors": ["7"]}}})",
            "spec.selector.monitors[0]"},
           {"rules", R"({"name": "a", "spec": {"kind": "realtime", "expresion": "1"}})", "spec.expresion"},
           {"receivers", R"({"name": "a", "spec": {"channel": "email", "settings": {"port": 25}}})",
            "spec.settings.port"},
           {"receivers", R"({"name": "a", "spec": {"channel": "email", "settings": {"password": {"set": 1}}}})",
            "spec.settings.password.set"},
           {"receivers", R"({"name": "a", "spec": {"channel": "email", "language": "fr"}})", "spec.language"},
           {"silences", R"({"name": "a", "spec": {"starts": "2026-11-24T10:00:00Z"}})", "spec.matchers"},
           {"inhibitions", R"({"name": "a", "spec": {"source": "{}"}})", "spec.target"},
           {"templates", R"({"name": "a", "spec": {"text": 1}})", "spec.text"},
           {"rotations", R"({"name": "a", "spec": {"receivers": ["eva"], "day": "sun"}})", "spec.day"},
           {"rotations", R"({"name": "a", "spec": {"receivers": [""]}})", "spec.receivers[0]"}}) {
    for (bool put : {false, true}) {
      auto reply = put ? send("PUT", kRoot + bad.segment + "/7", bad.content, "*")
                       : send("POST", kRoot + bad.segment, bad.content);
      EXPECT_EQ(reply.status, 400U) << bad.content;
      EXPECT_EQ(object(reply).at("parameter").as_string(), bad.parameter) << reply.body;
    }
  }
  EXPECT_THAT(alerting().calls, IsEmpty());
}

TEST_F(AlertRoutes, the_tree_of_routes_is_one_document_as_deep_as_it_may_be) {
  auto reply = ask.get(kRoot + "routes");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(header(reply, "ETag"), "\"3\"");
  EXPECT_EQ(alerting().kind, AlertKind::kRoute);
  EXPECT_EQ(alerting().id, kRouteTree);
  std::string tree = R"({"receivers":["ops"],"active_windows":["daily 08:00-18:00"]})";
  for (int depth = 1; depth < 8; ++depth) tree = R"({"matchers":"{a=\"b\"}","continue":true,"routes":[)" + tree + "]}";
  auto content = R"({"spec":)" + tree + "}";
  auto put = send("PUT", kRoot + "routes", content, "\"3\"");
  EXPECT_EQ(put.status, 200U) << put.body;
  EXPECT_EQ(alerting().text, content);
  EXPECT_EQ(alerting().id, kRouteTree);
  auto bad = send("PUT", kRoot + "routes", R"({"spec": {"routes": [{}, {"routes": [{"continue": 1}]}]}})", "*");
  EXPECT_EQ(bad.status, 400U);
  EXPECT_EQ(object(bad).at("parameter"), "spec.routes[1].routes[0].continue");
  // What counts for the whole tree stands at its root.
  bad = send("PUT", kRoot + "routes", R"({"spec": {"routes": [{"escalation": []}]}})", "*");
  EXPECT_EQ(object(bad).at("parameter"), "spec.routes[0].escalation");
  EXPECT_EQ(send("PUT", kRoot + "routes", content).status, 428U);
  EXPECT_EQ(send("DELETE", kRoot + "routes", "", "*").status, 405U);
  EXPECT_EQ(send("POST", kRoot + "routes", content).status, 405U);
}

TEST_F(AlertRoutes, content_nested_without_end_is_refused) {
  std::string deep = "{}";
  for (int depth = 0; depth < 10'000; ++depth) deep = R"({"routes":[)" + deep + "]}";
  auto reply = send("PUT", kRoot + "routes", R"({"spec":)" + deep + "}", "*");
  EXPECT_EQ(reply.status, 400U);
  EXPECT_THAT(alerting().calls, IsEmpty());
}

TEST_F(AlertRoutes, a_preview_of_a_rule_asks_for_a_day_unless_it_is_told_another_time) {
  auto order = [](std::string more) { return R"({"rule": )" + std::string(kRule) + more + "}"; };
  auto reply = send("POST", kRoot + "rules/preview", order(""));
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(alerting().to_ms, 1'700'000'000'000);
  EXPECT_EQ(alerting().from_ms, 1'700'000'000'000 - 86'400'000);
  EXPECT_EQ(boost::json::parse(alerting().text), boost::json::parse(kRule));
  EXPECT_EQ(object(reply).at("incidents").at(0).at("labels"), R"({disk="/"})");
  EXPECT_TRUE(object(reply).at("incidents").at(1).at("to").is_null());
  EXPECT_EQ(object(reply).at("cut"), true);
  EXPECT_EQ(send("POST", kRoot + "rules/preview", order(R"(, "from": "-7d", "to": "-1d")")).status, 200U);
  EXPECT_EQ(alerting().from_ms, 1'700'000'000'000 - 7 * 86'400'000LL);
  EXPECT_EQ(alerting().to_ms, 1'700'000'000'000 - 86'400'000);
  for (std::string bad : {R"(, "from": "soon")", R"(, "to": "never")", R"(, "from": "-1d", "to": "-7d")"})
    EXPECT_EQ(send("POST", kRoot + "rules/preview", order(bad)).status, 400U) << bad;
  EXPECT_EQ(send("POST", kRoot + "rules/preview", "{}").status, 400U);
  ask.backend.heavy_refused = true;
  EXPECT_EQ(send("POST", kRoot + "rules/preview", order("")).status, 503U);
}

TEST_F(AlertRoutes, a_preview_of_a_silence_shows_what_it_would_catch) {
  auto reply = send("POST", kRoot + "silences/preview", R"({"matchers": "{severity=\"warning\"}"})");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(alerting().text, R"({severity="warning"})");
  EXPECT_EQ(object(reply).at("incidents").at(0).at("id"), 11);
  alerting().problem = Problem{422, "cannot read the matchers: a value is missing", "matchers", 0};
  EXPECT_EQ(send("POST", kRoot + "silences/preview", R"({"matchers": "{a=}"})").status, 422U);
  EXPECT_EQ(send("POST", kRoot + "silences/preview", "{}").status, 400U);
}

TEST_F(AlertRoutes, a_receiver_is_tried_as_it_is_stored_as_it_would_be_or_before_it_is_there) {
  const auto& content = kinds()[1].content;
  auto reply = send("POST", kRoot + "receivers/7/test", "");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(object(reply).at("answer"), "250: queued");
  EXPECT_EQ(alerting().id, 7U);
  EXPECT_EQ(alerting().text, "");
  EXPECT_EQ(send("POST", kRoot + "receivers/7/test", content).status, 200U);
  EXPECT_EQ(alerting().id, 7U);
  EXPECT_EQ(alerting().text, content);
  EXPECT_EQ(send("POST", kRoot + "receivers/test", content).status, 200U);
  EXPECT_EQ(alerting().id, 0U);
  EXPECT_EQ(alerting().text, content);
  EXPECT_EQ(send("POST", kRoot + "receivers/test", "").status, 400U);
  EXPECT_EQ(send("POST", kRoot + "receivers/0/test", "").status, 400U);
  alerting().problem = Problem{403, "cannot use the channel exec: configuration does not allow it", "spec.channel", 0};
  EXPECT_EQ(send("POST", kRoot + "receivers/test", content).status, 403U);
}

TEST_F(AlertRoutes, a_preview_of_a_template_has_all_its_texts) {
  auto reply = send("POST", kRoot + "templates/preview", kinds()[4].content);
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(object(reply).at("html"), "<p>/var is full</p>");
  EXPECT_EQ(alerting().text, kinds()[4].content);
}

TEST_F(AlertRoutes, channels_have_what_a_form_needs_in_both_languages) {
  auto reply = ask.get(kRoot + "channels");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  auto channel = object(reply).at("channels").at(0);
  EXPECT_EQ(channel.at("title").at("zh-CN"), "邮件");
  EXPECT_EQ(channel.at("inputs").at(0).at("required"), true);
  EXPECT_EQ(channel.at("inputs").at(1).at("secret"), true);
  EXPECT_EQ(channel.at("inputs").at(2).at("default"), "starttls");
  EXPECT_EQ(channel.at("inputs").at(2).at("choices").at(1), "tls");
}

TEST_F(AlertRoutes, counts_are_those_of_the_metrics) {
  auto reply = ask.get("/api/v1/alerts/stats");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  auto stats = boost::json::parse(reply.body);
  EXPECT_EQ(stats.at("firing"), boost::json::parse(R"({"info": 0, "warning": 2, "critical": 1, "emergency": 0})"));
  EXPECT_EQ(stats.at("evaluations"), 300);
  EXPECT_EQ(stats.at("spent"), boost::json::parse(R"({"sum_seconds": 0.25, "buckets": [
      {"up_to_seconds": 0.001, "count": 3}, {"up_to_seconds": null, "count": 4}]})"));
  EXPECT_EQ(stats.at("skipped").at(0), boost::json::parse(R"({"rule": "disk full", "rule_alerts": 1, "alerts": 0,
                                                              "series": 0, "memory": 4, "no_value": 7})"));
  EXPECT_EQ(stats.at("channels").at(0), boost::json::parse(R"({"channel": "email", "delivered": 11, "retried": 2,
                                                               "dead": 1, "digested": 3, "dropped": 4})"));
  EXPECT_EQ(stats.at("oldest_seconds"), 61.5);
  ask.backend.gate_.role = "none";
  ask.backend.gate_.grants = {{"tester", "prod", "admin"}};
  EXPECT_EQ(ask.get("/api/v1/alerts/stats").status, 403U) << "they are of the whole";
}

TEST_F(AlertRoutes, problems_are_answered_as_they_are) {
  alerting().problem = Problem{404, "cannot find the rule 7", "name", 0};
  EXPECT_EQ(ask.get(kRoot + "rules/7").status, 404U);
  EXPECT_EQ(ask.get(kRoot + "rules").status, 404U);
  alerting().problem = Problem{409, "cannot delete the receiver: the route {} needs it", "", 0};
  EXPECT_EQ(send("DELETE", kRoot + "receivers/7", "").status, 409U);
  alerting().problem = Problem{422, "cannot use the expression at 1:6", "spec.expression", 0};
  auto reply = send("PUT", kRoot + "rules/7", kRule, "*");
  EXPECT_EQ(reply.status, 422U);
  EXPECT_EQ(object(reply).at("parameter"), "spec.expression");
  EXPECT_EQ(send("PUT", kRoot + "routes", R"({"spec": {}})", "*").status, 422U);
  EXPECT_EQ(send("POST", kRoot + "templates/preview", kinds()[4].content).status, 422U);
}

TEST_F(AlertRoutes, an_operator_silences_and_an_editor_does_the_rest) {
  for (const auto& [segment, kind, content] : kinds()) {
    for (std::string role : {"viewer", "operator", "editor"}) {
      ask.backend.gate_.role = role;
      bool may = role == "editor" || (role == "operator" && segment == "silences");
      EXPECT_EQ(ask.get(kRoot + segment).status, 200U) << role << segment;
      alerting().calls.clear();
      EXPECT_EQ(send("POST", kRoot + segment, content).status, may ? 201U : 403U) << role << segment;
      EXPECT_EQ(send("PUT", kRoot + segment + "/7", content, "*").status, may ? 200U : 403U) << role << segment;
      EXPECT_EQ(send("DELETE", kRoot + segment + "/7", "").status, may ? 200U : 403U) << role << segment;
      EXPECT_EQ(alerting().calls.size(), may ? 3U : 0U) << role << segment;
    }
  }
  ask.backend.gate_.role = "operator";
  EXPECT_EQ(send("PUT", kRoot + "routes", R"({"spec": {}})", "*").status, 403U);
  EXPECT_EQ(send("POST", kRoot + "receivers/test", kinds()[1].content).status, 403U);
  EXPECT_EQ(send("POST", kRoot + "rules/preview", R"({"rule": {}})").status, 403U);
}

}  // namespace
}  // namespace holter::api
