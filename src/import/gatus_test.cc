#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/test_registry.h"

namespace holter::imports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

auto gatus(std::string text) {
  return testing::import_text(Product::kGatus, std::move(text));
}
/// One endpoint named e.
auto endpoint(const std::string& flow) {
  return gatus("endpoints:\n  - {name: e, " + flow + "}\n");
}

TEST(Gatus, takes_a_page_with_its_settings) {
  auto out = gatus(R"(
endpoints:
  - name: shop
    group: core
    url: https://shop.example.org/health
    interval: 1m30s
    enabled: false
    extra-labels: {env: prod}
    client: {insecure: true, timeout: 3s}
    conditions: ["[STATUS] == 200", "[CONNECTED] == true"]
)");
  EXPECT_EQ(out.monitor("core/shop"),
            "website host=shop.example.org uri=/health ssl=true verifyTls=false timeout=3000");
  EXPECT_EQ(out.labels("core/shop"), "env=prod group=core");
  EXPECT_EQ(out.find("core/shop")->interval, std::chrono::seconds(90));
  EXPECT_TRUE(out.find("core/shop")->paused);
  EXPECT_TRUE(out.imported.counts.all_taken()) << out.report();
}

TEST(Gatus, finds_the_codes_that_fulfil_all_conditions) {
  auto codes = [](const std::string& conditions) {
    auto out = endpoint("url: 'http://h', conditions: [" + conditions + "]");
    EXPECT_TRUE(out.imported.counts.all_taken() || out.imported.counts.refused == 1) << out.report();
    return out.monitor("e");
  };
  EXPECT_EQ(codes("'[STATUS] == any(200, 499)'"), "api_code host=h successCodes=200,499 timeout=10000");
  EXPECT_EQ(codes("'[STATUS] < 203', '[STATUS] >= 200'"), "api_code host=h successCodes=200,201,202 timeout=10000");
  EXPECT_EQ(codes("'[STATUS] == pat(20*)', '[STATUS] != 200', '[STATUS] <= 202'"),
            "api_code host=h successCodes=201,202 timeout=10000");
  EXPECT_THAT(codes("'[CONNECTED] == true'"), HasSubstr("500,501"));
  EXPECT_EQ(codes("'[STATUS] == 200', '[STATUS] == 201'"), "none");
}

TEST(Gatus, sends_other_requests_as_api) {
  auto out = endpoint(R"(url: 'http://u:p@h:8080/q', method: POST, headers: {Authorization: Bearer x}, body: 'a "b"',
    graphql: true, conditions: ['[STATUS] == 200'])");
  EXPECT_EQ(out.monitor("e"), R"(api host=h port=8080 uri=/q method=POST headers={"Authorization":"Bearer x"} )"
                              R"(contentType=application/json payload={"query": "a \"b\""} authType=Basic Auth )"
                              R"(username=u password=p timeout=10000)");
  EXPECT_EQ(out.imported.counts.secrets, 2U);
}

TEST(Gatus, keeps_what_conditions_on_the_body_need_and_says_that_it_does_not_decide) {
  auto out = endpoint(R"(url: 'http://h', conditions: ['[STATUS] == 200', '[BODY] == pat(*all fine*)',
    '[BODY].state == UP', '[BODY].n > 3', 'len([BODY].list) > 0'])");
  EXPECT_EQ(out.monitor("e"), "api_code host=h successCodes=200 jsonPath=$.state keyword=(?s)all\\ fine timeout=10000");
  EXPECT_EQ(out.imported.counts.settings, 4U) << out.report();
  EXPECT_THAT(out.report(), HasSubstr("condition '[BODY] == pat(*all fine*)' not taken: occurrences are counted"));
  EXPECT_THAT(out.report(), HasSubstr("condition '[BODY].state == UP' not taken: the value is kept"));
  EXPECT_THAT(out.report(), HasSubstr("condition '[BODY].n > 3' not taken: a monitor keeps one value"));
  EXPECT_THAT(out.report(), HasSubstr("condition 'len([BODY].list) > 0' not taken: no definition says this"));
  EXPECT_EQ(endpoint("url: 'http://h', conditions: ['[STATUS] == 200', '[BODY] == ok.']").monitor("e"),
            "website host=h keyword=\\A\\s*ok\\.\\s*\\z timeout=10000");
}

TEST(Gatus, reports_each_condition_that_is_for_an_alert_rule) {
  auto out = endpoint(R"(url: 'https://h', conditions: ['[STATUS] == 200', '[RESPONSE_TIME] < 500',
    '[CERTIFICATE_EXPIRATION] > 48h', '[DOMAIN_EXPIRATION] > 720h', '[IP] == 192.0.2.1', '[CONNECTED] == false',
    '[STATUS] == soon', 'nonsense'])");
  EXPECT_EQ(out.monitor("e"), "website host=h ssl=true timeout=10000");
  EXPECT_EQ(out.imported.counts.settings, 7U) << out.report();
  EXPECT_THAT(out.report(), HasSubstr("alert rule when Holter has them: responseTime"));
  EXPECT_THAT(out.report(), HasSubstr("certificate.days_left"));
}

struct Scheme {
  const char *flow, *monitor;
};
class GatusSchemes : public ::testing::TestWithParam<Scheme> {};
TEST_P(GatusSchemes, become_applications) {
  auto out = endpoint(std::string(GetParam().flow) + ", client: {timeout: 1s}, conditions: ['[CONNECTED] == true']");
  EXPECT_EQ(out.monitor("e"), GetParam().monitor) << out.report();
}
INSTANTIATE_TEST_SUITE_P(
    All, GatusSchemes,
    ::testing::Values(Scheme{"url: 'icmp://192.0.2.1'", "ping host=192.0.2.1 timeout=1000"},
                      Scheme{"url: 'tcp://h:22'", "port host=h port=22 timeout=1000"},
                      Scheme{"url: 'udp://h:53'", "udp_port host=h port=53 timeout=1000"},
                      Scheme{"url: 'ssh://h'", "port host=h port=22 timeout=1000"},
                      Scheme{"url: 'ws://h/x'", "websocket host=h port=80 path=/x timeout=1000"},
                      Scheme{"url: 'wss://h:8443'", "websocket host=h port=8443 timeout=1000 ssl=true"},
                      Scheme{"url: 'starttls://h:25'", "smtp host=h port=25 timeout=1000 startTls=true"},
                      Scheme{"url: 'tls://h'", "ssl_cert host=h port=443 timeout=1000"},
                      Scheme{"url: '192.0.2.53', dns: {query-name: example.org, query-type: AAAA}",
                             "dns host=192.0.2.53 address=example.org timeout=1000 recordType=AAAA"},
                      Scheme{"url: 'sctp://h:1'", "none"}, Scheme{"url: 'grpc://h:1'", "none"},
                      Scheme{"url: 'tcp://h'", "none"}, Scheme{"url: 'h:1'", "none"}));

TEST(Gatus, says_what_a_dns_and_a_certificate_keep) {
  auto dns = endpoint(
      R"(url: '192.0.2.53:5353', dns: {query-name: a.example, query-type: A}, conditions: ['[DNS_RCODE] == NOERROR', '[BODY] == 192.0.2.1'])");
  EXPECT_THAT(dns.report(), HasSubstr("header.status"));
  EXPECT_THAT(dns.report(), HasSubstr("answer.section0"));
  auto tls = endpoint("url: 'tls://h', conditions: ['[CERTIFICATE_EXPIRATION] > 48h']");
  EXPECT_THAT(tls.report(), HasSubstr("the value is kept"));
}

TEST(Gatus, reports_settings_without_a_counterpart) {
  auto out = gatus(R"(
alerting: {slack: {webhook-url: "https://h/geheim"}}
endpoints:
  - name: e
    url: ssh://h
    interval: 30s
    ssh: {username: u, password: geheim}
    alerts: [{type: slack}]
    maintenance-windows: [{start: "01:00"}]
    novel: 1
    client: {proxy-url: "http://p", ignore-redirect: false}
    conditions: ["[CONNECTED] == true"]
external-endpoints: [{name: job, group: g, token: geheim}]
suites: [{name: chain, endpoints: []}]
)");
  EXPECT_EQ(out.imported.counts.items, 3U);
  EXPECT_EQ(out.imported.counts.refused, 2U);
  for (auto setting : {"ssh", "alerts", "maintenance-windows", "novel", "client.proxy-url"})
    EXPECT_THAT(out.report(), HasSubstr(fmt::format("endpoints[0] 'e': {} not taken: ", setting)));
  EXPECT_THAT(out.report(), HasSubstr("f:4: endpoints[0]"));
  EXPECT_THAT(out.report(), HasSubstr("external-endpoints[0] 'g/job': not taken: "));
  EXPECT_THAT(out.report(), HasSubstr("suites[0] 'chain': not taken: "));
  EXPECT_THAT(out.report(), HasSubstr("file: alerting not taken: "));
  EXPECT_THAT(out.report(), Not(HasSubstr("geheim")));
}

TEST(Gatus, refuses_what_it_cannot_know) {
  EXPECT_THAT(endpoint("url: 'http://${HOST}', conditions: ['[STATUS] == 200']").report(),
              HasSubstr("its 'url' has an environment variable"));
  EXPECT_THAT(endpoint("url: 'http://h', headers: {X-Token: $TOKEN}, conditions: ['[STATUS] == 200']").report(),
              HasSubstr("its 'X-Token' has an environment variable"));
  EXPECT_EQ(endpoint("url: 'http://h', body: 'costs 5$ $$A', conditions: ['[STATUS] == 200']").imported.counts.taken,
            1U);
  EXPECT_THAT(endpoint("url: 'http://h', interval: often, conditions: []").report(),
              HasSubstr("cannot read the duration"));
  EXPECT_THAT(endpoint("url: 'http://h', interval: 10ms, conditions: []").report(), HasSubstr("collect.min_interval"));
  EXPECT_THAT(gatus("endpoints: [text]").report(), HasSubstr("endpoints[0]: not taken"));
}

TEST(Gatus, refuses_what_is_no_configuration) {
  EXPECT_THAT(gatus("a: 1").error, HasSubstr("a map with the list 'endpoints' is needed"));
  EXPECT_THAT(gatus("endpoints: 1").error, HasSubstr("f:1: cannot use 'endpoints'"));
  EXPECT_THAT(gatus("endpoints:\n\t- x").error, HasSubstr("f:2"));
  EXPECT_THAT(gatus("x: &d {}\nendpoints: [*d]").error, HasSubstr("cannot use anchors and aliases"));
}

}  // namespace
}  // namespace holter::imports
