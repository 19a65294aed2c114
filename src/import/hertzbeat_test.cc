#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/test_registry.h"

namespace holter::imports {
namespace {

using ::testing::HasSubstr;
using testing::import_text;
using ::testing::Not;

auto hertzbeat(std::string text, Format format = Format::kYaml) {
  return import_text(Product::kHertzBeat, std::move(text), format);
}

constexpr const char* kJson = R"([
 {"monitor": {"name": "shop", "app": "website", "instance": "shop.example.org:443", "scrape": "static",
              "intervals": 120, "scheduleType": "interval", "status": 1, "type": 0,
              "labels": {"env": "prod", "team": null}},
  "params": [{"field": "host", "type": 1, "value": "shop.example.org"},
             {"field": "port", "type": 0, "value": "443"},
             {"field": "ssl", "type": 1, "value": "true"},
             {"field": "uri", "type": 1, "value": ""},
             {"field": "password", "type": 2, "value": null}],
  "metrics": ["summary", "header"], "detected": false},
 {"monitor": {"name": "gate", "app": "ping", "host": "192.0.2.1", "intervals": 30, "status": 0, "labels": {}},
  "params": [{"field": "timeout", "type": 0, "value": 5000}]}
])";

TEST(HertzBeat, takes_json_with_parameters_labels_interval_and_pause) {
  auto out = hertzbeat(kJson);
  ASSERT_EQ(out.error, "");
  EXPECT_EQ(out.monitor("shop"), "website host=shop.example.org port=443 ssl=true");
  EXPECT_EQ(out.labels("shop"), "env=prod team=");
  EXPECT_EQ(out.find("shop")->interval, std::chrono::seconds(120));
  EXPECT_FALSE(out.find("shop")->paused);
  EXPECT_EQ(out.monitor("gate"), "ping host=192.0.2.1 timeout=5000");
  EXPECT_TRUE(out.find("gate")->paused);
  EXPECT_TRUE(out.imported.counts.all_taken()) << out.report();
}

TEST(HertzBeat, takes_yaml_with_type_tags) {
  auto out = hertzbeat(R"(- !!org.example.Export
  monitor: {name: db, app: mysql, intervals: 60, status: 1}
  params:
  - {field: host, type: 1, value: 192.0.2.2}
  - {field: username, type: 1, value: watch}
  - {field: password, type: 2, value: 'not base64!'}
  - {field: database, type: 1, value: shop}
)");
  EXPECT_EQ(out.monitor("db"), "mysql host=192.0.2.2 username=watch password=not base64! database=shop");
  EXPECT_EQ(out.imported.counts.secrets, 1U);
  EXPECT_TRUE(out.imported.counts.all_taken()) << out.report();
}

TEST(HertzBeat, reports_an_encrypted_password_and_does_not_take_it) {
  auto out = hertzbeat(R"([{"monitor": {"name": "db", "app": "mysql"}, "params": [
    {"field": "host", "type": 1, "value": "192.0.2.2"}, {"field": "username", "type": 1, "value": "u"},
    {"field": "password", "type": 2, "value": "MDEyMzQ1Njc4OWFiY2RlZg=="}]}])");
  EXPECT_EQ(out.monitor("db"), "mysql host=192.0.2.2 username=u");
  EXPECT_THAT(out.report(), HasSubstr("f: monitors[0] 'db': params.password not taken: its value is encrypted"));
  EXPECT_THAT(out.report(), Not(HasSubstr("MDEy")));
  EXPECT_EQ(out.imported.counts.secrets, 0U);
}

TEST(HertzBeat, says_that_a_monitor_fails_for_want_of_an_encrypted_value) {
  auto out = hertzbeat(R"([{"monitor": {"name": "k", "app": "emqx"}, "params": [
    {"field": "host", "type": 1, "value": "192.0.2.2"}, {"field": "username", "type": 1, "value": "u"},
    {"field": "password", "type": 2, "value": "MDEyMzQ1Njc4OWFiY2RlZg=="}]}])");
  EXPECT_EQ(out.imported.counts.refused, 1U);
  EXPECT_THAT(out.report(), HasSubstr("cannot do without the parameter 'password'"));
  EXPECT_THAT(out.report(), HasSubstr("its value is encrypted"));
}

TEST(HertzBeat, reports_what_holter_does_not_have) {
  auto out = hertzbeat(R"([
    {"monitor": {"name": "a", "app": "rocketmq"}, "params": []},
    {"monitor": {"name": "b", "app": "ping", "scrape": "http_sd"}, "params": []},
    {"monitor": {"name": "c", "app": "ping", "collector": "west", "description": "d", "annotations": {"a": "b"},
                 "tags": [1, 2], "novel": true},
     "params": [{"field": "host", "value": "192.0.2.1"}, {"field": "novel", "value": "x"}]},
    {"params": []},
    "text"
  ])");
  EXPECT_EQ(out.imported.counts.items, 5U);
  EXPECT_EQ(out.imported.counts.taken, 1U);
  EXPECT_EQ(out.imported.counts.settings, 6U) << out.report();
  EXPECT_THAT(out.report(), HasSubstr("monitors[0] 'a': not taken: Holter has no definition of the application"));
  EXPECT_THAT(out.report(), HasSubstr("monitors[1] 'b': not taken: it discovers its targets (http_sd)"));
  for (auto setting : {"params.novel", "tags", "annotations", "description", "collector", "monitor.novel"})
    EXPECT_THAT(out.report(), HasSubstr(fmt::format("monitors[2] 'c': {} not taken: ", setting)));
}

TEST(HertzBeat, takes_maps_lists_and_cron) {
  auto out = hertzbeat(R"([{"monitor": {"name": "api", "app": "api_code", "scheduleType": "cron",
      "cronExpression": "0 */5 * * * *", "intervals": 60},
    "params": [{"field": "host", "value": "192.0.2.1"}, {"field": "headers", "type": 3, "value": "{\"X-Token\": \"t\"}"},
               {"field": "successCodes", "type": 4, "value": "200,404"}]}])");
  EXPECT_EQ(out.monitor("api"), R"(api_code host=192.0.2.1 successCodes=200,404 headers={"X-Token": "t"})");
  ASSERT_TRUE(out.find("api")->cron);
  EXPECT_EQ(out.find("api")->interval, std::chrono::minutes(5));
}

TEST(HertzBeat, writes_json_that_reads_as_the_same_monitors) {
  auto yaml = hertzbeat(kJson);
  auto json = hertzbeat(kJson, Format::kJson);
  EXPECT_EQ(json.monitor("shop"), yaml.monitor("shop"));
  EXPECT_EQ(json.labels("shop"), yaml.labels("shop"));
  EXPECT_TRUE(json.find("gate")->paused);
  EXPECT_TRUE(json.imported.text.starts_with("{\"monitors\": ["));
}

TEST(HertzBeat, numbers_a_name_that_stands_twice) {
  auto out = hertzbeat(R"j([
    {"monitor": {"name": "a", "app": "ping"}, "params": [{"field": "host", "value": "192.0.2.1"}]},
    {"monitor": {"name": "a (2)", "app": "ping"}, "params": [{"field": "host", "value": "192.0.2.2"}]
},
    {"monitor": {"name": "a", "app": "ping"}, "params": [{"field": "host", "value": "192.0.2.3"}]}])j");
  EXPECT_EQ(out.monitor("a (3)"), "ping host=192.0.2.3");
  EXPECT_THAT(out.report(), HasSubstr("it is 'a (3)' now"));
}

TEST(HertzBeat, refuses_what_is_no_export) {
  EXPECT_THAT(hertzbeat("PK\x03\x04...").error, HasSubstr("export the monitors as JSON or YAML"));
  EXPECT_THAT(hertzbeat("a: 1").error, HasSubstr("a list of exported monitors is needed"));
  EXPECT_THAT(hertzbeat("[1,\n2,\n").error, HasSubstr("f:3: cannot read JSON: incomplete"));
  EXPECT_THAT(hertzbeat("- a: [\n").error, HasSubstr("f:2"));
  EXPECT_THAT(hertzbeat("[{\"a\": 1,\n\"a\": 2}]").error, HasSubstr("f:2: cannot read the key 'a' twice"));
  EXPECT_THAT(hertzbeat(std::string(100, '[')).error, HasSubstr("nests deeper than 32"));
  EXPECT_THAT(hertzbeat("- &a {x: 1}\n- *a").error, HasSubstr("f:1:3"));
  EXPECT_THAT(hertzbeat("[\"\xFF\"]").error, HasSubstr("cannot read JSON"));
  EXPECT_EQ(hertzbeat("").error, "");
}

}  // namespace
}  // namespace holter::imports
