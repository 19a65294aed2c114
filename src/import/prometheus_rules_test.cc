#include "import/prometheus_rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/prometheus_template.h"

namespace holter::imports {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Out {
  ImportedRules rules;
  std::vector<std::string> findings;
  std::string error;
};

Out rules_of(std::string text) {
  Out out;
  auto read = read_prometheus_rules({"rules.yml", std::move(text)},
                                    [&](const Finding& finding) { out.findings.push_back(to_string(finding)); });
  if (!read) {
    out.error = read.error().message();
    return out;
  }
  out.rules = std::move(*read);
  EXPECT_EQ(out.rules.items, out.rules.rules.size() + out.rules.refused);
  EXPECT_EQ(out.findings.size(), out.rules.refused + out.rules.settings);
  return out;
}

TEST(PrometheusRules, come_with_their_group_and_line) {
  auto out = rules_of(R"(groups:
  - name: hosts
    interval: 30s
    labels: {team: ops, severity: info}
    rules:
      - alert: HostDown
        expr: up{job="node"} == 0
        for: 5m
        keep_firing_for: 1h30m
        labels:
          severity: page
        annotations:
          summary: "{{ $labels.instance }} is down"
          description: 'Value: {{ $value }}'
  - name: more
    rules:
      - alert: Always
        expr: |
          vector(1)
)");
  EXPECT_THAT(out.findings, IsEmpty());
  ASSERT_EQ(out.rules.rules.size(), 2U);
  const auto& down = out.rules.rules[0];
  EXPECT_EQ(down.name, "HostDown");
  EXPECT_EQ(down.expr, R"(up{job="node"} == 0)");
  EXPECT_EQ(down.for_duration, minutes(5));
  EXPECT_EQ(down.keep_firing_for, minutes(90));
  EXPECT_THAT(down.labels, ElementsAre(Pair("severity", "page"), Pair("team", "ops")));
  EXPECT_THAT(down.annotations, ElementsAre(Pair("summary", "{{labels.instance}} is down"),
                                            Pair("description", "Value: {{values.value}}")));
  EXPECT_EQ(down.interval, milliseconds(30'000));
  EXPECT_EQ(down.group, "hosts");
  EXPECT_EQ(down.line, 6);
  const auto& always = out.rules.rules[1];
  EXPECT_EQ(always.expr, "vector(1)");
  EXPECT_EQ(always.for_duration, milliseconds(0));
  EXPECT_EQ(always.interval, std::nullopt);
  EXPECT_TRUE(out.rules.all_taken());
}

TEST(PrometheusRules, that_record_or_are_wrong_are_told_with_their_line) {
  auto out = rules_of(R"(groups:
  - name: g
    rules:
      - record: job:up:sum
        expr: sum(up)
      - alert: NoExpr
      - expr: up == 0
      - alert: BadFor
        expr: up == 0
        for: 5 minutes
        unknown: x
      - alert: Good
        expr: up == 0
)");
  EXPECT_EQ(out.rules.items, 5U);
  EXPECT_EQ(out.rules.refused, 4U);
  ASSERT_EQ(out.rules.rules.size(), 1U);
  EXPECT_EQ(out.rules.rules[0].name, "Good");
  EXPECT_THAT(out.findings,
              ElementsAre(HasSubstr("rules.yml:4: groups[0].rules[0] 'job:up:sum': not taken: it is a recording"),
                          HasSubstr("rules.yml:6: groups[0].rules[1] 'NoExpr': not taken: it has no 'expr'"),
                          HasSubstr("rules.yml:7: groups[0].rules[2]"),
                          HasSubstr("rules.yml:8: groups[0].rules[3] 'BadFor': not taken: for: cannot read "
                                    "the duration '5 minutes'")));
}

TEST(PrometheusRules, keep_what_has_no_counterpart_as_a_finding) {
  auto out = rules_of(R"(groups:
  - name: g
    limit: 10
    interval: soon
    partial_response_strategy: warn
    rules:
      - alert: A
        expr: up == 0
        dashboard: x
        labels: {severity: '{{ $labels.level }}'}
        annotations:
          summary: ok
          description: "{{ $value | humanize }} of {{ $labels.instance }}"
other: 1
)");
  ASSERT_EQ(out.rules.rules.size(), 1U);
  EXPECT_EQ(out.rules.rules[0].labels[0].second, "{{ $labels.level }}");
  EXPECT_EQ(out.rules.rules[0].annotations[1].second, "{ $value | humanize } of {{labels.instance}}");
  EXPECT_THAT(out.findings,
              ::testing::UnorderedElementsAre(
                  HasSubstr("other"), HasSubstr("'soon' is no duration"), HasSubstr("limit"),
                  HasSubstr("partial_response_strategy"), HasSubstr("dashboard"), HasSubstr("labels.severity"),
                  AllOf(HasSubstr("rules.yml:13:"), HasSubstr("annotations.description"), HasSubstr("humanize"))));
  EXPECT_EQ(out.rules.settings, 7U);
}

TEST(PrometheusRules, of_kubernetes_stand_below_spec) {
  auto out = rules_of(R"(apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: shop}
spec:
  groups:
    - name: g
      rules: [{alert: A, expr: up == 0}]
)");
  EXPECT_THAT(out.findings, IsEmpty());
  ASSERT_EQ(out.rules.rules.size(), 1U);
  EXPECT_THAT(rules_of("kind: PrometheusRule\n").error, HasSubstr("rules.yml:1: cannot read the PrometheusRule"));
}

TEST(PrometheusRules, of_another_file_are_an_error_with_the_line) {
  EXPECT_THAT(rules_of("scrape_configs: []\n").error, HasSubstr("rules.yml:1: cannot read rules: there is no list"));
  EXPECT_THAT(rules_of("x: 1\ngroups: {a: b}\n").error, HasSubstr("rules.yml:2:"));
  EXPECT_THAT(rules_of("groups:\n  - name: [\n").error, HasSubstr("rules.yml:3"));
  EXPECT_EQ(rules_of("groups: []\n").error, "");
}

TEST(PrometheusDurations, are_read_with_all_their_units) {
  auto ms = [](std::string_view text) { return prometheus_duration(text).value().count(); };
  EXPECT_EQ(ms("0"), 0);
  EXPECT_EQ(ms("0s"), 0);
  EXPECT_EQ(ms("15s"), 15'000);
  EXPECT_EQ(ms("1h30m"), 5'400'000);
  EXPECT_EQ(ms("1m500ms"), 60'500);
  EXPECT_EQ(ms("1w2d"), 9LL * 86'400'000);
  EXPECT_EQ(ms("1y"), 365LL * 86'400'000);
  for (auto text : {"", "5", "m", "1.5h", "-1m", "1m1h", "1m1m", "101y", "5 m", "99999999999999999999s"})
    EXPECT_FALSE(prometheus_duration(text)) << text;
}

TEST(PrometheusTemplates, become_mustache_where_they_name_labels_and_values) {
  auto text = [](std::string_view go) {
    auto translated = translate_template(go);
    EXPECT_THAT(translated.kept, IsEmpty()) << go;
    return translated.text;
  };
  EXPECT_EQ(text("plain } text"), "plain } text");
  EXPECT_EQ(text("{{$labels.a}}{{ .Labels.b_1 }}"), "{{labels.a}}{{labels.b_1}}");
  EXPECT_EQ(text("{{ $value }}/{{.Value}}"), "{{values.value}}/{{values.value}}");
  EXPECT_EQ(text(R"({{ index $labels "app-name" }})"), "{{labels.app-name}}");
  EXPECT_EQ(text("a  {{- $value -}}  b"), "a{{values.value}}b");
  EXPECT_EQ(text("a{{/* {{ note */}}b"), "ab");
  EXPECT_EQ(text("a {{- /* note */ -}} b"), "ab");
}

TEST(PrometheusTemplates, are_kept_as_text_where_they_do_more) {
  auto kept = [](std::string_view go) { return translate_template(go); };
  for (auto action : {R"({{ printf "%.2f" $value }})", "{{ $value | humanizePercentage }}", "{{ end }}",
                      R"({{ index $labels "a.b" }})", "{{ $externalURL }}", R"({{ "}}" }})", "{{ .Labels }}", "{{}}",
                      "{{-}}", "{{ $labels.a.b }}", "{{ $labels.a-b }}"}) {
    auto out = kept(fmt::format("x{}y", action));
    EXPECT_THAT(out.kept, ElementsAre(action));
    EXPECT_THAT(out.text, AllOf(::testing::StartsWith("x{"), ::testing::EndsWith("}y")));
    EXPECT_THAT(out.text, AllOf(Not(HasSubstr("{{")), Not(HasSubstr("}}")))) << action;
  }
  EXPECT_THAT(kept("a {{ $value").kept, ElementsAre("{{ $value"));
  EXPECT_EQ(kept(R"({{ printf "%.2f" $value }})").text, R"({ printf "%.2f" $value })");
}

}  // namespace
}  // namespace holter::imports
