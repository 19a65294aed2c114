#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/test_registry.h"

namespace holter::imports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kRelabel = R"(
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:9115"})";

/// One module m and one target.
auto probe(const std::string& module, const std::string& target, const std::string& more = {}) {
  return testing::import_text(
      Product::kBlackbox,
      {{"blackbox.yml", "modules:\n  m: {" + module + "}\n"},
       {"prometheus.yml", "scrape_configs:\n  - job_name: j\n    metrics_path: /probe\n    params: {module: [m]}\n" +
                              more + "    static_configs: [{targets: ['" + target + "']}]" + std::string(kRelabel)}});
}

TEST(Blackbox, takes_pairs_of_targets_and_modules_with_labels) {
  auto out = testing::import_text(Product::kBlackbox, {{"prometheus.yml", R"(
global: {scrape_interval: 15s, scrape_timeout: 8s}
scrape_configs:
  - job_name: web
    metrics_path: /probe
    scrape_interval: 30s
    params: {module: [page, ping]}
    static_configs:
      - targets: ["http://192.0.2.1/", "192.0.2.2"]
        labels: {env: prod})" + std::string(kRelabel)},
                                                       {"blackbox.yml", R"(
modules:
  page: {prober: http, timeout: 5s, http: {valid_status_codes: [200], preferred_ip_protocol: ip4}}
  ping: {prober: icmp}
  spare: {prober: tcp}
)"}});
  EXPECT_EQ(out.monitor("web http://192.0.2.1/"), "website host=192.0.2.1 timeout=5000");
  EXPECT_EQ(out.labels("web http://192.0.2.1/"), "env=prod job=web module=page");
  EXPECT_EQ(out.find("web http://192.0.2.1/")->interval, std::chrono::seconds(30));
  EXPECT_EQ(out.monitor("web 192.0.2.2"), "website host=192.0.2.2 timeout=5000");
  EXPECT_EQ(out.monitor("web 192.0.2.2 (2)"), "ping host=192.0.2.2 timeout=8000");
  EXPECT_EQ(out.imported.counts.items, 5U);
  EXPECT_EQ(out.imported.counts.taken, 3U) << out.report();
  EXPECT_THAT(out.report(),
              HasSubstr("target 'http://192.0.2.1/': not taken: the target of the prober icmp is no host"));
  EXPECT_THAT(out.report(), HasSubstr("module 'spare': not taken: no target is asked by it"));
  EXPECT_THAT(out.report(), HasSubstr("preferred_ip_protocol not taken"));
}

struct Module {
  const char *module, *target, *monitor;
};
class BlackboxModules : public ::testing::TestWithParam<Module> {};
TEST_P(BlackboxModules, become_applications) {
  auto out = probe(GetParam().module, GetParam().target);
  EXPECT_EQ(out.monitor(fmt::format("j {}", GetParam().target)), GetParam().monitor) << out.report();
}
INSTANTIATE_TEST_SUITE_P(
    All, BlackboxModules,
    ::testing::Values(
        Module{"prober: http, timeout: 2s", "https://h/x",
               "api_code host=h uri=/x ssl=true successCodes=200,201,202,203,204,205,206,207,208,226 timeout=2000"},
        Module{"prober: http, timeout: 2s, http: {valid_status_codes: [200], method: POST, body: b, headers: {A: b}, "
               "basic_auth: {username: u, password: p}, tls_config: {insecure_skip_verify: true}, "
               "fail_if_body_not_matches_regexp: ['a+']}",
               "https://h",
               "api host=h ssl=true verifyTls=false keyword=a+ method=POST headers={\"A\":\"b\"} payload=b "
               "authType=Basic Auth username=u password=p timeout=2000"},
        Module{"prober: http, http: {valid_status_codes: [200], bearer_token: t}", "http://h",
               "api host=h authType=Bearer Token token=t timeout=10000"},
        Module{"prober: http, http: {valid_status_codes: [200], authorization: {credentials: t}}", "http://h",
               "api host=h authType=Bearer Token token=t timeout=10000"},
        Module{"prober: tcp", "h:22", "port host=h port=22 timeout=10000"},
        Module{"prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true, ca_file: /ca.pem}}", "h:443",
               "ssl_cert host=h port=443 timeout=10000 verifyTls=false caFile=/ca.pem"},
        Module{"prober: icmp", "2001:db8::1", "ping host=2001:db8::1 timeout=10000"},
        Module{"prober: dns, dns: {query_name: a.example, query_type: SOA, transport_protocol: tcp}", "192.0.2.53",
               "dns host=192.0.2.53 address=a.example timeout=10000 tcp=true recordType=SOA"},
        Module{"prober: grpc", "h:1", "none"}, Module{"prober: unix", "/x", "none"},
        Module{"prober: novel", "h", "none"},
        Module{"prober: http, http: {authorization: {type: Digest}}", "http://h", "none"},
        Module{"prober: http, http: {basic_auth: {username: u, password_file: f}}", "http://h", "none"},
        Module{"prober: http, http: {oauth2: {client_id: c}}", "http://h", "none"},
        Module{"prober: dns, dns: {query_name: a, dns_over_tls: true}", "h", "none"},
        Module{"prober: icmp, timeout: soon", "h", "none"}, Module{"prober: tcp", "h", "none"}));

TEST(Blackbox, reports_settings_of_modules) {
  auto out = probe(
      R"(prober: http, http: {valid_status_codes: [200], follow_redirects: false, proxy_url: "http://p", fail_if_not_ssl: true,
    fail_if_body_matches_regexp: ["a", "b"], tls_config: {ca_file: f, server_name: s, key_file: k}, novel: 1,
    fail_if_header_matches: [{header: A, regexp: b}]})",
      "http://u:geheim@h/");
  EXPECT_EQ(out.monitor("j h/"),
            "website host=h keyword=a authType=Basic Auth username=u password=geheim timeout=10000");
  for (auto setting : {"http.follow_redirects", "http.proxy_url", "http.fail_if_not_ssl",
                       "http.fail_if_body_matches_regexp", "tls_config.ca_file", "tls_config.server_name",
                       "tls_config.key_file", "http.novel", "http.fail_if_header_matches"})
    EXPECT_THAT(out.report(), HasSubstr(fmt::format(": {} not taken: ", setting)));
  EXPECT_THAT(out.report(), Not(HasSubstr("geheim")));
}

TEST(Blackbox, follows_rules_that_copy_labels_and_refuses_others) {
  auto job = [](const std::string& rules) {
    return testing::import_text(
        Product::kBlackbox, {{"b", "modules: {m: {prober: icmp}, n: {prober: tcp}}"},
                             {"p",
                              "scrape_configs:\n  - job_name: j\n    metrics_path: /probe\n    params: {module: [m]}\n"
                              "    static_configs: [{targets: ['h:1'], labels: {how: n}}]\n    relabel_configs:\n" +
                                  rules}});
  };
  auto chosen =
      job("      - {source_labels: [__address__], target_label: __param_target}\n"
          "      - {source_labels: [how], target_label: __param_module}\n");
  EXPECT_EQ(chosen.monitor("j h:1"), "port host=h port=1 timeout=10000") << chosen.report();
  auto hidden = job("      - {source_labels: [__address__], regex: '(.*):1', target_label: __param_target}\n");
  EXPECT_THAT(hidden.report(), HasSubstr("its targets cannot be known: the rule of line 7"));
  auto dropped = job("      - {source_labels: [__address__], action: keep, regex: 'x'}\n");
  EXPECT_EQ(dropped.imported.counts.taken, 0U);
  auto none = job("      - {source_labels: [__address__], target_label: instance}\n");
  EXPECT_THAT(none.report(), HasSubstr("no rule makes it the parameter 'target'"));
  auto harmless =
      job("      - {source_labels: [__address__], target_label: __param_target}\n"
          "      - {source_labels: [__address__], regex: '(.*):.*', target_label: short}\n");
  EXPECT_THAT(harmless.report(), HasSubstr("relabel_configs of line 8 not taken"));
}

TEST(Blackbox, reads_files_of_targets) {
  auto import = [](const std::string& pattern) {
    return testing::import_text(Product::kBlackbox,
                                {{"b", "modules: {m: {prober: icmp}}"},
                                 {"p",
                                  "scrape_configs:\n  - job_name: j\n    metrics_path: /probe\n    params: {module: "
                                  "[m]}\n    file_sd_configs: [{files: ['" +
                                      pattern + "']}]" + std::string(kRelabel)}},
                                Format::kYaml, [](const std::string& wanted) -> Result<std::vector<Input>> {
                                  if (wanted != "targets/*")
                                    return Error(ErrorCode::kNotFound, "cannot read " + wanted);
                                  return std::vector<Input>{
                                      {"a.json", R"([{"targets": ["192.0.2.1"], "labels": {"a": "b"}}])"},
                                      {"b.yml", "- targets: [192.0.2.2]"},
                                      {"c.json", "{"}};
                                });
  };
  auto out = import("targets/*");
  EXPECT_EQ(out.labels("j 192.0.2.1"), "a=b job=j module=m");
  EXPECT_EQ(out.monitor("j 192.0.2.2"), "ping host=192.0.2.2 timeout=10000");
  EXPECT_THAT(out.report(), HasSubstr("file 'targets/*': not taken: c.json:1: cannot read JSON"));
  EXPECT_THAT(import("none").report(), HasSubstr("file 'none': not taken: cannot read none"));
}

TEST(Blackbox, refuses_each_job_and_target_that_it_cannot_take) {
  auto out = testing::import_text(Product::kBlackbox, R"(
rule_files: [a]
scrape_configs:
  - {job_name: node, static_configs: [{targets: [a, b]}]}
  - {job_name: consul, metrics_path: /probe, params: {module: [m]}, consul_sd_configs: [{server: a}]}
  - {job_name: empty, metrics_path: /probe, params: {module: [m]}}
  - {job_name: known, metrics_path: /probe, params: {module: [m], target: [h]}, static_configs: [{targets: ["e:9115"]}]}
)");
  EXPECT_EQ(out.imported.counts.items, 4U);
  EXPECT_EQ(out.imported.counts.refused, 4U);
  EXPECT_THAT(out.report(), HasSubstr("scrape_configs[0] 'node': not taken: it scrapes its targets itself"));
  EXPECT_THAT(out.report(), HasSubstr("scrape_configs[1] 'consul' consul_sd_configs: not taken: it discovers targets"));
  EXPECT_THAT(out.report(), HasSubstr("scrape_configs[2] 'empty': not taken: it names no target"));
  EXPECT_THAT(out.report(), HasSubstr("there is no module 'm'"));
  EXPECT_THAT(out.report(), HasSubstr("file: rule_files not taken"));
  auto modules = testing::import_text(Product::kBlackbox, "modules: {m: {prober: icmp}}");
  EXPECT_THAT(modules.report(), HasSubstr("(--prometheus)"));
}

TEST(Blackbox, refuses_what_is_no_configuration) {
  EXPECT_THAT(testing::import_text(Product::kBlackbox, "a: 1").error, HasSubstr("'modules' or 'scrape_configs'"));
  EXPECT_THAT(testing::import_text(Product::kBlackbox, "modules: [").error,
              HasSubstr("f:2:1: error: cannot read YAML"));
  EXPECT_THAT(testing::import_text(Product::kBlackbox, {{"a", "modules: {}"}, {"b", "modules: {}"}}).error,
              HasSubstr("two files of the same kind"));
  EXPECT_EQ(testing::import_text(Product::kBlackbox, "modules: 1").error, "");
}

}  // namespace
}  // namespace holter::imports
