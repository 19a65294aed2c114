#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/test_registry.h"

namespace holter::imports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A backup with these monitors.
auto kuma(const std::string& monitors) {
  return testing::import_text(Product::kUptimeKuma,
                              R"({"version": "1.23.11", "notificationList": [], "monitorList": [)" + monitors + "]}");
}

TEST(UptimeKuma, takes_a_page_as_website) {
  auto out = kuma(R"({"id": 1, "name": "shop", "type": "http", "url": "https://shop.example.org:8443/health?x=1",
    "method": "GET", "interval": 60, "retryInterval": 60, "maxretries": 0, "timeout": 48, "active": true,
    "accepted_statuscodes": ["200"], "ignoreTls": true, "upsideDown": false, "maxredirects": 10,
    "notificationIDList": {}, "tags": [{"tag_id": 1, "name": "env", "value": "prod", "color": "#fff"}],
    "keyword": null, "headers": null, "body": null, "authMethod": null, "proxyId": null, "weight": 2000,
    "dns_resolve_type": "A", "dns_resolve_server": "1.1.1.1", "packetSize": 56, "expiryNotification": false})");
  EXPECT_EQ(out.monitor("shop"),
            "website host=shop.example.org port=8443 uri=/health?x=1 ssl=true verifyTls=false timeout=48000");
  EXPECT_EQ(out.labels("shop"), "env=prod");
  EXPECT_TRUE(out.imported.counts.all_taken()) << out.report();
}

TEST(UptimeKuma, takes_other_codes_and_requests_as_api) {
  auto out = kuma(R"({"name": "a", "type": "http", "url": "http://h/x", "accepted_statuscodes": ["200-299", "404"]},
    {"name": "b", "type": "http", "url": "http://h/x", "accepted_statuscodes": ["200"], "method": "post",
     "headers": "{\"X-Api-Key\": \"k\"}", "body": "{\"a\": 1}", "httpBodyEncoding": "json",
     "authMethod": "basic", "basic_auth_user": "u", "basic_auth_pass": "p"})");
  EXPECT_EQ(out.monitor("a"), "api_code host=h uri=/x successCodes=200,201,202,203,204,205,206,207,208,226,404");
  EXPECT_EQ(out.monitor("b"), R"(api host=h uri=/x method=POST headers={"X-Api-Key":"k"} contentType=application/json )"
                              R"(payload={"a": 1} authType=Basic Auth username=u password=p)");
  EXPECT_EQ(out.imported.counts.secrets, 2U);
  EXPECT_TRUE(out.imported.counts.all_taken()) << out.report();
}

TEST(UptimeKuma, counts_a_keyword_and_says_that_it_does_not_decide) {
  auto out = kuma(
      R"({"name": "a", "type": "keyword", "url": "http://h", "keyword": "all fine?", "accepted_statuscodes": ["200"]})");
  EXPECT_EQ(out.monitor("a"), "website host=h keyword=all\\ fine\\?");
  EXPECT_THAT(out.report(), HasSubstr("monitorList[0] 'a': keyword not taken: occurrences are counted"));
  EXPECT_THAT(out.report(), HasSubstr("summary.keyword == 0"));
}

TEST(UptimeKuma, keeps_the_value_of_a_json_query) {
  auto out =
      kuma(R"j({"name": "a", "type": "json-query", "url": "http://h", "jsonPath": "data.state", "expectedValue": "ok"},
    {"name": "b", "type": "json-query", "url": "http://h", "jsonPath": "$sum(data.n)", "expectedValue": "1"})j");
  EXPECT_THAT(out.monitor("a"), HasSubstr("jsonPath=$.data.state"));
  EXPECT_THAT(out.report(), HasSubstr("'a': expectedValue not taken: the value is kept"));
  EXPECT_THAT(out.report(), HasSubstr("'b': jsonPath not taken: the query is JSONata"));
}

TEST(UptimeKuma, takes_hosts_ports_and_name_servers) {
  auto out = kuma(R"({"name": "p", "type": "ping", "hostname": "192.0.2.1", "interval": 20, "packetSize": 56},
    {"name": "t", "type": "port", "hostname": "192.0.2.1", "port": 22, "active": false},
    {"name": "d", "type": "dns", "hostname": "example.org", "dns_resolve_server": "192.0.2.53, 192.0.2.54",
     "dns_resolve_type": "MX", "port": 5353})");
  EXPECT_EQ(out.monitor("p"), "ping host=192.0.2.1");
  EXPECT_EQ(out.find("p")->interval, std::chrono::seconds(20));
  EXPECT_EQ(out.monitor("t"), "port host=192.0.2.1 port=22");
  EXPECT_TRUE(out.find("t")->paused);
  EXPECT_EQ(out.monitor("d"), "dns host=192.0.2.53 port=5353 address=example.org recordType=MX");
  EXPECT_THAT(out.report(), HasSubstr("'d': dns_resolve_server not taken: a monitor asks one name server"));
}

TEST(UptimeKuma, takes_brokers_and_databases) {
  auto out = kuma(R"({"name": "m", "type": "mqtt", "hostname": "mqtts://192.0.2.1", "port": 8883, "mqttTopic": "t",
     "mqttUsername": "u", "mqttPassword": "p", "mqttSuccessMessage": "ok"},
    {"name": "pg", "type": "postgres", "databaseConnectionString": "postgres://u:p@h:5432/d", "databaseQuery": "SELECT 1"},
    {"name": "my", "type": "mysql", "databaseConnectionString": "mysql://u@h:3306/d", "radiusPassword": "p",
     "databaseQuery": "SELECT count(*) FROM t"},
    {"name": "ms", "type": "sqlserver", "databaseConnectionString": "Server=h,1433;Database=d;User Id=u;Password=p"},
    {"name": "mo", "type": "mongodb", "databaseConnectionString": "mongodb://u:p@h:27017/d"},
    {"name": "re", "type": "redis", "databaseConnectionString": "redis://h:6379"})");
  EXPECT_EQ(out.monitor("m"), "mqtt host=192.0.2.1 port=8883 protocol=MQTTS username=u password=p topic=t");
  EXPECT_THAT(out.monitor("pg"), HasSubstr("postgresql host=h port=5432"));
  EXPECT_THAT(out.monitor("my"), HasSubstr("password=p"));
  EXPECT_THAT(out.monitor("ms"), HasSubstr("sqlserver host=h port=1433"));
  EXPECT_THAT(out.monitor("mo"), HasSubstr("mongodb host=h"));
  EXPECT_EQ(out.monitor("re"), "redis host=h port=6379");
  EXPECT_EQ(out.imported.counts.settings, 2U) << out.report();  // the message, and the query of my
}

TEST(UptimeKuma, makes_a_label_of_groups) {
  auto out = kuma(R"({"id": 1, "name": "web", "type": "group", "active": true, "parent": 2},
    {"id": 2, "name": "all", "type": "group", "active": false, "parent": null},
    {"id": 3, "name": "a", "type": "ping", "hostname": "192.0.2.1", "parent": 1},
    {"id": 4, "name": "none", "type": "group"},
    {"id": 5, "name": "b", "type": "ping", "hostname": "192.0.2.1", "parent": 99})");
  EXPECT_EQ(out.labels("a"), "group=all/web");
  EXPECT_TRUE(out.find("a")->paused);
  EXPECT_EQ(out.imported.counts.taken, 4U);
  EXPECT_EQ(out.imported.counts.monitors, 2U);
  EXPECT_THAT(out.report(), HasSubstr("monitorList[3] 'none': not taken: the group is empty"));
  EXPECT_THAT(out.report(), HasSubstr("monitorList[4] 'b': parent not taken: the group is not in the backup"));
}

TEST(UptimeKuma, ends_where_groups_go_in_circles) {
  auto out = kuma(
      R"({"id": 1, "name": "a", "type": "group", "parent": 2}, {"id": 2, "name": "b", "type": "group", "parent": 1},
    {"id": 3, "name": "c", "type": "ping", "hostname": "192.0.2.1", "parent": 1})");
  EXPECT_THAT(out.labels("c"), HasSubstr("group=b/a/b"));
}

class UptimeKumaRefuses : public ::testing::TestWithParam<const char*> {};
TEST_P(UptimeKumaRefuses, the_type) {
  auto out =
      kuma(fmt::format(R"({{"name": "x", "type": "{}", "hostname": "192.0.2.1", "url": "http://h"}})", GetParam()));
  EXPECT_EQ(out.imported.counts.refused, 1U);
  EXPECT_THAT(out.report(), HasSubstr("f: monitorList[0] 'x': not taken: "));
  EXPECT_THAT(out.report(), HasSubstr(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Types, UptimeKumaRefuses,
                         ::testing::Values("push", "docker", "grpc-keyword", "kafka-producer", "radius", "steam",
                                           "gamedig", "tailscale-ping", "real-browser", "snmp", "rabbitmq", "manual",
                                           "novel"));

TEST(UptimeKuma, refuses_what_would_mean_something_else) {
  auto out = kuma(R"({"name": "a", "type": "ping", "hostname": "192.0.2.1", "upsideDown": true},
    {"name": "b", "type": "http", "url": "http://h", "authMethod": "ntlm", "basic_auth_user": "u"},
    {"name": "c", "type": "http", "url": "ftp://h"},
    {"name": "d", "type": "http", "url": "http://h", "headers": "no json"},
    {"name": "e", "type": "http", "url": "http://h", "accepted_statuscodes": ["many"]},
    {"name": "f", "type": "mqtt", "hostname": "ws://h"},
    {"name": "g", "type": "ping", "hostname": "not a host"},
    {"name": "h", "type": "http", "url": "http://h", "method": "OPTIONS"},
    {"name": "i", "type": "postgres", "databaseConnectionString": "postgres://u:geheim@a,b/d"},
    7)");
  EXPECT_EQ(out.imported.counts.refused, 10U) << out.report();
  EXPECT_THAT(out.report(), Not(HasSubstr("geheim")));
}

TEST(UptimeKuma, reports_settings_lists_and_unknown_keys) {
  auto out = testing::import_text(Product::kUptimeKuma, R"({"version": "1.23.11", "novel": {"a": 1},
    "notificationList": [{"id": 1, "name": "mail"}], "proxyList": [{"id": 1, "host": "p"}],
    "monitorList": [{"name": "a", "type": "http", "url": "http://h", "accepted_statuscodes": ["200"], "maxretries": 3,
      "notificationIDList": {"1": true}, "description": "d", "proxyId": 1, "maxredirects": 0, "expiryNotification": true,
      "conditions": [{"x": 1}]}]})");
  EXPECT_EQ(out.imported.counts.items, 3U);
  EXPECT_EQ(out.imported.counts.refused, 2U);
  for (auto setting : {"maxretries", "notificationIDList", "description", "proxyId", "maxredirects",
                       "expiryNotification", "conditions"})
    EXPECT_THAT(out.report(), HasSubstr(fmt::format("monitorList[0] 'a': {} not taken: ", setting)));
  EXPECT_THAT(out.report(), HasSubstr("f: notificationList[0] 'mail': not taken: "));
  EXPECT_THAT(out.report(), HasSubstr("f: proxyList[0] 'p': not taken: "));
  EXPECT_THAT(out.report(), HasSubstr("f: file: novel not taken: "));
}

TEST(UptimeKuma, refuses_what_is_no_backup) {
  auto error = [](std::string text) { return testing::import_text(Product::kUptimeKuma, std::move(text)).error; };
  EXPECT_THAT(error("{}"), HasSubstr("a backup of version 1"));
  EXPECT_THAT(error("[]"), HasSubstr("a backup of version 1"));
  EXPECT_THAT(error("{\"monitorList\": 1}"), HasSubstr("a backup of version 1"));
  EXPECT_THAT(error("{\"monitorList\": [\n}"), HasSubstr("f:2: cannot read JSON"));
  EXPECT_THAT(error("{} {}"), HasSubstr("more follows the end"));
  EXPECT_THAT(error("monitorList: []"), HasSubstr("cannot read JSON"));
}

}  // namespace
}  // namespace holter::imports
