#include "ruletest/run.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace holter::ruletest {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

define::Registry definitions() {
  using model::FieldType;
  auto website = std::make_shared<model::Definition>();
  website->app = "website";
  website->params.push_back({.field = "host"});
  website->sets.push_back({.name = "summary",
                           .priority = 0,
                           .fields = {{.field = "responseTime", .type = FieldType::kNumber, .unit = "ms"},
                                      {.field = "statusCode", .type = FieldType::kNumber}}});
  website->sets.push_back({.name = "header",
                           .priority = 1,
                           .interval = seconds(3600),
                           .fields = {{.field = "server", .type = FieldType::kString}}});
  auto hosts = std::make_shared<model::Definition>();
  hosts->app = "linux";
  hosts->sets.push_back({.name = "basic", .priority = 0, .fields = {{.field = "load", .type = FieldType::kNumber}}});
  hosts->sets.push_back({.name = "disk",
                         .priority = 1,
                         .fields = {{.field = "mount", .type = FieldType::kString, .label = true},
                                    {.field = "used", .type = FieldType::kNumber},
                                    {.field = "kind", .type = FieldType::kString}}});
  hosts->sets.push_back({.name = "process",
                         .priority = 1,
                         .fields = {{.field = "pid", .type = FieldType::kNumber, .label = true},
                                    {.field = "cpu", .type = FieldType::kNumber}}});
  hosts->sets.push_back(
      {.name = "certificate", .priority = 1, .fields = {{.field = "end_timestamp", .type = FieldType::kTime}}});
  define::Registry out;
  out.add(std::move(website));
  out.add(std::move(hosts));
  return out;
}

constexpr std::string_view kRules = R"(
rules:
  - name: Slow
    spec:
      selector: {app: website, set: summary}
      expression: responseTime > 500
      for: 2m
      severity: critical
      labels: {team: web}
      message: "{{monitor.name}} on {{monitor.host}} takes {{values.responseTime}} ms"
  - name: Disk full
    enabled: true
    spec: {selector: {app: linux, set: disk}, expression: "used > 90 and mount != '/tmp'", n: 2, m: 3}
  - name: Read only
    spec: {selector: {app: linux, set: disk}, expression: kind == 'ro', annotations: {summary: "{{labels.mount}}"}}
  - name: Silent
    spec: {selector: {app: linux, set: basic}, expression: load > 10, no_data: alert}
  - name: Bad code
    spec: {expression: "code == 'timeout' and duration_ms > 1000"}
  - name: Busy
    spec: {selector: {app: linux, set: process}, expression: "pid == 7 and cpu > 1"}
  - name: Off
    enabled: false
    spec: {expression: "state == 'UP'"}
)";

class RunTests : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::path(::testing::TempDir()) /
        fmt::format("ruletest-{}-{}", ::getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
    write("rules.yml", kRules);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(const std::string& name, std::string_view text) { std::ofstream(directory_ / name) << text; }

  /// The tests of a text, on rules.yml.
  Outcome run(std::string_view tests, std::string_view rule_files = "[rules.yml]") {
    problems_ = {};
    imports::Input input{(directory_ / "test.yml").string(),
                         fmt::format("rule_files: {}\ntests:\n{}", rule_files, tests)};
    auto outcome = run_tests(input, {&definitions_, nullptr}, problems_);
    return outcome;
  }
  /// All pass, and there are so many.
  void passes(std::string_view tests, std::size_t count) {
    auto outcome = run(tests);
    EXPECT_THAT(errors(), IsEmpty());
    EXPECT_THAT(outcome.failures, IsEmpty());
    EXPECT_EQ(outcome.passed, count);
  }
  std::vector<std::string> errors() const {
    std::vector<std::string> out;
    for (const auto& problem : problems_.list) out.push_back(define::to_string(problem));
    return out;
  }
  /// What one line of series says, in a test of a rule that is there.
  std::vector<std::string> errors_of(std::string_view series, std::string_view values = "1") {
    run(
        fmt::format("  - input_series: [{{series: '{}', values: '{}'}}]\n    alert_rule_test: [{{eval_time: 0, "
                    "alertname: Slow}}]\n",
                    series, values));
    return errors();
  }

  const define::Registry definitions_ = definitions();
  std::filesystem::path directory_;
  define::Problems problems_;
};

TEST_F(RunTests, hold_alerts_against_labels_and_texts_at_each_time) {
  passes(R"(
  - name: slow
    interval: 1m
    input_series:
      - series: 'responseTime{monitor="web-1",app="website",set="summary",host="192.0.2.1",label_site="lab",folder="dc1"}'
        values: '100 600x3 100x2'
    alert_rule_test:
      - {eval_time: 3m, alertname: Slow, exp_alerts: [{
          exp_labels: {team: web, severity: critical, monitor: web-1, app: website, set: summary, site: lab, folder: dc1},
          exp_annotations: {summary: "web-1 on 192.0.2.1 takes 600 ms"}}]}
      - {eval_time: 2m59s, alertname: Slow}
      - {eval_time: 4m, alertname: Slow, exp_alerts: [{
          exp_labels: {alertname: Slow, team: web, severity: critical, monitor: web-1, app: website, set: summary, site: lab, folder: dc1},
          exp_annotations: {summary: "web-1 on 192.0.2.1 takes 600 ms", evidence: "responseTime=600.0 -> true"}}]}
      - {eval_time: 5m, alertname: Slow}
)",
         4);
}

TEST_F(RunTests, let_time_pass_between_results_as_a_server_does) {
  // `for` ends between two results; a minute later nothing has changed.
  passes(R"(
  - interval: 90s
    input_series: [{series: 'responseTime{monitor="m",app="website"}', values: '600x2'}]
    alert_rule_test:
      - {eval_time: 119s, alertname: Slow}
      - {eval_time: 2m, alertname: Slow, exp_alerts: [{
          exp_labels: {team: web, severity: critical, monitor: m, app: website, set: summary},
          exp_annotations: {summary: "m on  takes 600 ms"}}]}
)",
         2);
}

TEST_F(RunTests, keep_rows_apart_and_end_alerts_of_rows_that_are_gone) {
  passes(R"(
  - interval: 1m
    input_series:
      - {series: 'used{monitor="h",app="linux",set="disk",mount="/"}', values: '95 80 95 _ _'}
      - {series: 'used{monitor="h",app="linux",set="disk",mount="/tmp"}', values: '99x4'}
    alert_rule_test:
      - {eval_time: 1m, alertname: Disk full}
      - {eval_time: 2m, alertname: Disk full, exp_alerts: [{
          exp_labels: {severity: warning, monitor: h, app: linux, set: disk, mount: /}}]}
      - {eval_time: 4m, alertname: Disk full, exp_alerts: [{
          exp_labels: {severity: warning, monitor: h, app: linux, set: disk, mount: /}}]}
)",
         3);
}

TEST_F(RunTests, take_texts_and_numbers_of_labels) {
  passes(R"(
  - interval: 1m
    input_series:
      - {series: 'row{monitor="h",app="linux",set="disk",mount="/",kind="rw"}', values: '1 _'}
      - {series: 'row{monitor="h",app="linux",set="disk",mount="/",kind="ro"}', values: '_ 1'}
      - {series: 'cpu{monitor="h",app="linux",set="process",pid="7"}', values: '5x1'}
      - {series: 'cpu{monitor="h",app="linux",set="process",pid="8"}', values: '5x1'}
    alert_rule_test:
      - {eval_time: 0, alertname: Read only}
      - {eval_time: 1m, alertname: Read only, exp_alerts: [{
          exp_labels: {severity: warning, monitor: h, app: linux, set: disk, mount: /}, exp_annotations: {summary: /}}]}
      - {eval_time: 0, alertname: Busy, exp_alerts: [{
          exp_labels: {severity: warning, monitor: h, app: linux, set: process, pid: 7}}]}
)",
         3);
}

TEST_F(RunTests, know_monitors_that_are_down_unreachable_or_stale) {
  passes(R"(
  - interval: 1m
    input_series:
      - {series: 'up{monitor="a",app="website"}', values: '1 0 0 1'}
      - {series: 'up{monitor="b",app="website",code="timeout",state="UNREACHABLE"}', values: '1 0x3'}
      - {series: 'up{monitor="c",app="website"}', values: '1 _x3 1'}
    alert_rule_test:
      - {eval_time: 0, alertname: MonitorDown}
      - {eval_time: 1m, alertname: MonitorDown, exp_alerts: [{
          exp_labels: {severity: critical, monitor: a, app: website}, exp_annotations: {summary: a is down}}]}
      - {eval_time: 3m, alertname: MonitorDown}
      - {eval_time: 3m10s, alertname: MonitorStale}
      - {eval_time: 3m11s, alertname: MonitorStale, exp_alerts: [{
          exp_labels: {severity: warning, monitor: c, app: website},
          exp_annotations: {summary: c has not been checked in time}}]}
      - {eval_time: 4m, alertname: MonitorStale}
)",
         6);
}

TEST_F(RunTests, know_how_a_check_ended_and_how_long_it_took) {
  passes(R"(
  - interval: 1m
    input_series:
      - {series: 'up{monitor="a",app="website",code="timeout"}', values: '0 0 0'}
      - {series: 'duration_ms{monitor="a",app="website"}', values: '1000 1001 1'}
    alert_rule_test:
      - {eval_time: 0, alertname: Bad code}
      - {eval_time: 1m, alertname: Bad code, exp_alerts: [{exp_labels: {severity: warning, monitor: a, app: website}}]}
      - {eval_time: 2m, alertname: Bad code}
      - {eval_time: 2m, alertname: "Off"}
)",
         4);
}

TEST_F(RunTests, say_when_nothing_comes) {
  passes(R"(
  - interval: 1m
    input_series: [{series: 'load{monitor="h",app="linux",set="basic"}', values: '1 stale _x9'}]
    alert_rule_test:
      - {eval_time: 2m59s, alertname: Silent}
      - {eval_time: 3m, alertname: Silent, exp_alerts: [{exp_labels: {severity: warning, monitor: h, app: linux, set: basic}}]}
)",
         2);
}

TEST_F(RunTests, begin_at_the_time_that_is_given) {
  constexpr std::string_view kTest = R"(
  - interval: 1m
    start_timestamp: {}
    input_series: [{{series: 'end_timestamp{{monitor="h",app="linux",set="certificate"}}', values: '1700000000000'}}]
    alert_rule_test:
      - {{eval_time: 0, alertname: CertificateExpires, exp_alerts: {}}}
)";
  constexpr std::string_view kFires = R"([{exp_labels: {severity: warning, monitor: h, app: linux, set: certificate},
          exp_annotations: {summary: "a certificate of h expires in less than 14 days"}}])";
  passes(fmt::format(kTest, 1'700'000'000 - 13 * 86'400, kFires), 1);
  passes(fmt::format(kTest, "'2023-11-13T22:13:20Z'", kFires), 1);
  passes(fmt::format(kTest, 1'700'000'000 - 15 * 86'400, "[]"), 1);
}

TEST_F(RunTests, that_fail_show_what_was_expected_and_what_came) {
  auto outcome = run(R"(
  - name: wrong severity
    interval: 1m
    input_series: [{series: 'up{monitor="a",app="website"}', values: '0'}]
    alert_rule_test:
      - eval_time: 0m
        alertname: MonitorDown
        exp_alerts: [{exp_labels: {severity: warning, monitor: a, app: website}, exp_annotations: {summary: a is down}}]
      - eval_time: 0m
        alertname: MonitorDown
      - eval_time: 0m
        alertname: Slow
        exp_alerts: [{exp_labels: {monitor: a}}]
)");
  EXPECT_EQ(outcome.passed, 0U);
  ASSERT_EQ(outcome.failures.size(), 3U);
  EXPECT_THAT(
      outcome.failures[0],
      AllOf(HasSubstr("test.yml:8: wrong severity: MonitorDown at 0s\n"), HasSubstr("differs: label severity\n"),
            HasSubstr(R"(labels {alertname="MonitorDown",app="website",monitor="a",severity="warning"})"),
            HasSubstr(R"(labels {alertname="MonitorDown",app="website",monitor="a",severity="critical"})"),
            HasSubstr(R"(annotations {summary="a is down"})"), Not(HasSubstr("evidence"))));
  EXPECT_THAT(outcome.failures[1], AllOf(HasSubstr("test.yml:11: "), HasSubstr("expected:\n    nothing\n")));
  EXPECT_THAT(outcome.failures[2], AllOf(HasSubstr("test.yml:13: "), HasSubstr("got:\n    nothing\n")));
}

TEST_F(RunTests, name_what_a_series_cannot_be) {
  EXPECT_THAT(errors_of(R"(responseTime{app="website"})"), ElementsAre(HasSubstr("needs the labels monitor and app")));
  EXPECT_THAT(errors_of(R"(responseTime{monitor="a",app="websit"})"),
              ElementsAre(HasSubstr("no app 'websit' (did you mean 'website'?)")));
  EXPECT_THAT(errors_of(R"(responseTime{monitor="a",app="website",set="sumary"})"),
              ElementsAre(HasSubstr("no set 'sumary' (did you mean 'summary'?)")));
  EXPECT_THAT(
      errors_of(R"(responsTime{monitor="a",app="website"})"),
      ElementsAre(HasSubstr("no number in the set 'summary' called 'responsTime' (did you mean 'responseTime'?)")));
  EXPECT_THAT(errors_of(R"(used{monitor="a",app="linux",set="disk",mont="/"})"),
              ElementsAre(AllOf(HasSubstr("did you mean 'mount'?"), HasSubstr("label_mont"))));
  EXPECT_THAT(errors_of(R"(server{monitor="a",app="website",set="header"})"), ElementsAre(HasSubstr("is a text")));
  EXPECT_THAT(errors_of(R"(responseTime{monitor="a",app="website",statusCode="200"})"),
              ElementsAre(HasSubstr("'statusCode' is a number")));
  EXPECT_THAT(errors_of(R"(up{monitor="a",app="website",code="broken"})"), ElementsAre(HasSubstr("the code 'broken'")));
  EXPECT_THAT(errors_of(R"(up{monitor="a",app="website"})", "1 2"), ElementsAre(HasSubstr("at 1m: up is 1 or 0")));
  EXPECT_THAT(errors_of(R"(used{monitor="a",app="linux",set="disk",host="x"})"),
              ElementsAre(HasSubstr("has no parameter host")));
  EXPECT_THAT(errors_of(R"(used{monitor="a)"), ElementsAre(AllOf(HasSubstr("test.yml:3:"), HasSubstr("quote"))));
}

TEST_F(RunTests, name_series_that_contradict_each_other) {
  auto two = [&](std::string_view one, std::string_view other) {
    run(
        fmt::format("  - input_series: [{{series: '{}', values: '1 0'}}, {{series: '{}', values: '1 1'}}]\n"
                    "    alert_rule_test: [{{eval_time: 0, alertname: Slow}}]\n",
                    one, other));
    return errors();
  };
  EXPECT_THAT(two(R"(up{monitor="a",app="website"})", R"(responseTime{monitor="a",app="website"})"),
              ElementsAre(AllOf(HasSubstr("'responseTime'"), HasSubstr("at 1m"), HasSubstr("write '_' there"))));
  EXPECT_THAT(two(R"(load{monitor="a",app="linux"})", R"(load{monitor="a",app="linux",label_x="y"})"),
              ElementsAre(HasSubstr("the same field of the same row")));
  EXPECT_THAT(two(R"(load{monitor="a",app="linux",label_x="z"})", R"(load{monitor="a",app="linux",label_x="y"})"),
              ElementsAre(HasSubstr("label_x is 'z' in a series of the same monitor above")));
  EXPECT_THAT(two(R"(load{monitor="a",app="linux"})", R"(up{monitor="a",app="website"})"),
              ElementsAre(HasSubstr("is of the app 'linux' above")));
}

TEST_F(RunTests, of_files_that_are_wrong_name_the_line) {
  run("  - {alert_rule_test: [{eval_time: 1m, alertname: Slov}]}\n");
  EXPECT_THAT(errors(), ElementsAre(AllOf(HasSubstr("test.yml:3:"), HasSubstr("did you mean 'Slow'?"))));
  run("  - {alert_rule_test: [{eval_time: 1m, alertname: HistoryDown}]}\n");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("it is about the process itself")));
  run("  - {alert_rule_test: [{alertname: Slow}]}\n");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("eval_time")));
  run("  - {input_series: []}\n");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("alert_rule_test")));
  run("  - {alert_rule_test: [{eval_time: 40d, alertname: Slow}]}\n");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("further than 32 days")));
  run("  - {promql_expr_test: [], external_labels: {}, alert_rule_test: [{eval_time: 1m, alertname: Slow}]}\n");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("promtool test rules"), HasSubstr("no external labels")));
  run("  - {intervall: 1m, alert_rule_test: [{eval_time: 1m, alertname: Slow}]}\n");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("did you mean 'interval'?")));
  run("  - {alert_rule_test: [{eval_time: 1m, alertname: Slow}]}\n", "[none*.yml]");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("none*.yml")));
}

TEST_F(RunTests, take_rules_as_a_list_and_as_json_from_several_files) {
  write("a1.json", R"([{"name":"A","enabled":true,"spec":{"expression":"state == 'UP'","n":1,"m":2}}])");
  write("a2.yml", "- {name: B, spec: {expression: \"state == 'DOWN'\"}}\n");
  auto outcome = run(R"(
  - input_series: [{series: 'up{monitor="a",app="website"}', values: '1'}]
    alert_rule_test:
      - {eval_time: 0, alertname: A, exp_alerts: [{exp_labels: {severity: warning, monitor: a, app: website}}]}
      - {eval_time: 0, alertname: B}
)",
                     "['a*', rules.yml]");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(outcome.failures, IsEmpty());
  EXPECT_EQ(outcome.passed, 2U);
}

TEST_F(RunTests, refuse_rules_that_cannot_be_tested_or_are_wrong) {
  auto rules = [&](std::string_view text) {
    write("r.yml", text);
    run("  - {alert_rule_test: [{eval_time: 1m, alertname: MonitorDown}]}\n", "[r.yml]");
    return errors();
  };
  EXPECT_THAT(rules("groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n"),
              ElementsAre(AllOf(HasSubstr("r.yml:1:"), HasSubstr("`promtool test rules`"))));
  EXPECT_THAT(rules("- {alert: A, expr: up == 0}\n"), ElementsAre(HasSubstr("`promtool test rules`")));
  EXPECT_THAT(
      rules("- name: A\n  spec:\n    kind: periodic\n    source: promql\n    query: up == 0\n    interval: 1m\n"),
      ElementsAre(AllOf(HasSubstr("r.yml:5:"), HasSubstr("`promtool test rules`"))));
  EXPECT_THAT(rules("- {name: A, spec: {kind: periodic, query: select 1, interval: 1m}}\n"),
              ElementsAre(HasSubstr("history")));
  EXPECT_THAT(rules("- name: A\n  spec:\n    expression: state == 'UP'\n    sevrity: critical\n"),
              ElementsAre(HasSubstr("'severity'?")));
  EXPECT_THAT(rules("- name: A\n  spec:\n    expression: 'true'\n    n: x\n"),
              ElementsAre(AllOf(HasSubstr("r.yml:4:"), HasSubstr("spec.n: a whole number"))));
  EXPECT_THAT(rules("- name: A\n  spec:\n    selector: {app: website, set: summary}\n    expression: respTime > 1\n"),
              ElementsAre(AllOf(HasSubstr("r.yml:4:"), HasSubstr("respTime"))));
  EXPECT_THAT(rules("- {name: A, spec: {selector: {app: webste}, expression: 'true'}}\n"),
              ElementsAre(HasSubstr("did you mean 'website'?")));
  EXPECT_THAT(rules("- {name: A, spec: {expression: 'true', message: '{{lables.x}}'}}\n"),
              ElementsAre(HasSubstr("lables.x")));
  EXPECT_THAT(rules("- {name: A, spec: {expression: 'true'}}\n- {name: A, spec: {expression: 'true'}}\n"),
              ElementsAre(AllOf(HasSubstr("r.yml:2:"), HasSubstr("two rules named 'A'"))));
  EXPECT_THAT(rules("- {name: HistoryDown, spec: {expression: 'true'}}\n"), ElementsAre(HasSubstr("a built-in one")));
  EXPECT_THAT(rules("just text\n"), ElementsAre(HasSubstr("a list of documents is needed")));
}

}  // namespace
}  // namespace holter::ruletest
