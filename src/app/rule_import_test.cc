#include "app/rule_import.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "incidents/documents.h"
#include "ruletest/rule_documents.h"

namespace holter::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Out {
  std::vector<alert::Rule> rules;
  std::vector<std::string> findings;
  std::size_t items = 0, refused = 0, settings = 0;
};

Out import_of(std::initializer_list<std::string> texts) {
  Out out;
  RuleImport import(std::chrono::minutes(1),
                    [&](const imports::Finding& finding) { out.findings.push_back(imports::to_string(finding)); });
  for (const auto& text : texts) {
    auto read = import.read({"r.yml", text});
    EXPECT_TRUE(read) << read.error().message();
  }
  out.rules = import.rules();
  out.items = import.items();
  out.refused = import.refused();
  out.settings = import.settings();
  EXPECT_EQ(out.items, out.rules.size() + out.refused);
  EXPECT_EQ(out.findings.size(), out.refused + out.settings);
  return out;
}

TEST(RuleImports, make_periodic_rules_of_promql) {
  auto out = import_of({R"(groups:
  - name: hosts
    interval: 30s
    rules:
      - alert: HostDown
        expr: up{job="node"} == 0
        for: 5m
        keep_firing_for: 10m
        labels: {severity: critical, team: ops}
        annotations: {summary: "{{ $labels.instance }} is down: {{ $value }}"}
  - name: rest
    rules: [{alert: Plain, expr: vector(1)}]
)"});
  EXPECT_THAT(out.findings, IsEmpty());
  ASSERT_EQ(out.rules.size(), 2U);
  const auto& down = out.rules[0];
  EXPECT_EQ(down.name, "HostDown");
  EXPECT_EQ(down.kind, alert::RuleKind::kPeriodic);
  EXPECT_EQ(down.source, alert::QuerySource::kPromql);
  EXPECT_EQ(down.query, R"(up{job="node"} == 0)");
  EXPECT_EQ(down.interval, seconds(30));
  EXPECT_EQ(down.hold_for, std::chrono::minutes(5));
  EXPECT_EQ(down.keep_firing_for, std::chrono::minutes(10));
  EXPECT_EQ(down.severity, model::Severity::kCritical);
  EXPECT_THAT(down.labels, ElementsAre(Pair("team", "ops")));
  EXPECT_THAT(down.annotations, ElementsAre(Pair("summary", "{{labels.instance}} is down: {{values.value}}")));
  EXPECT_EQ(out.rules[1].interval, seconds(60));
  EXPECT_EQ(out.rules[1].severity, model::Severity::kWarning);
}

TEST(RuleImports, tell_what_is_not_as_it_was) {
  auto out = import_of({R"(groups:
  - name: g
    interval: 5s
    rules:
      - alert: A
        expr: up == 0
        labels: {severity: page, app: shop}
      - alert: A
        expr: up == 1
        interval: 1m
        labels: {severity: info}
)",
                        "groups: [{name: h, rules: [{alert: MonitorDown, expr: up == 0}]}]\n"});
  ASSERT_EQ(out.rules.size(), 3U);
  EXPECT_EQ(out.rules[0].severity, model::Severity::kWarning);
  EXPECT_EQ(out.rules[0].interval, seconds(10));
  EXPECT_THAT(out.rules[0].labels, ElementsAre(Pair("exported_app", "shop")));
  EXPECT_EQ(out.rules[1].name, "A 2");
  EXPECT_EQ(out.rules[1].severity, model::Severity::kInfo);
  EXPECT_EQ(out.rules[2].name, "MonitorDown 2");
  EXPECT_THAT(out.findings,
              ::testing::IsSupersetOf({
                  HasSubstr("r.yml:5: rule 'A': interval not taken: 5s is less than"),
                  HasSubstr("r.yml:5: rule 'A': labels.severity not taken: 'page' is none of info, warning"),
                  HasSubstr("r.yml:5: rule 'A': labels.app not taken: "),
                  HasSubstr("r.yml:8: rule 'A': alert not taken: another rule has this name"),
                  HasSubstr("r.yml:1: rule 'MonitorDown': alert not taken: "),
              }));
}

TEST(RuleImports, refuse_what_is_beyond_the_bounds_of_a_rule) {
  auto out =
      import_of({fmt::format("groups: [{{name: g, rules: [{{record: r, expr: up}}, {{alert: Long, expr: '{}'}}, "
                             "{{alert: Later, expr: up, for: 2y, labels: {{severity: page}}}}]}}]\n",
                             std::string(alert::Rule::kMostText + 1, 'x'))});
  EXPECT_THAT(out.rules, IsEmpty());
  EXPECT_EQ(out.refused, 3U);
  EXPECT_EQ(out.settings, 0U) << "what is refused as a whole has no parts";
  EXPECT_THAT(out.findings,
              ElementsAre(HasSubstr("recording rule"), HasSubstr("4096 is the most"), HasSubstr("366 days")));
}

TEST(RuleImports, are_written_as_documents_that_are_read_back) {
  auto out = import_of({R"(groups:
  - name: g
    rules:
      - alert: "Näme: of #1"
        expr: |
          sum by (x) (rate(a_total{b!~"c.*"}[5m])) > 1
            and on() vector(1)
        for: 90s
        labels: {"__odd__": "a\tb", severity: emergency, yes: "no"}
        annotations: {description: "\"quoted\" \\ {{ $value | humanize }}"}
)"});
  ASSERT_EQ(out.rules.size(), 1U);
  auto read = incidents::read_document(to_document(out.rules[0], true));
  ASSERT_TRUE(read) << read.error().message();
  auto rule = incidents::read_rule(*read);
  ASSERT_TRUE(rule) << rule.error().message();
  EXPECT_EQ(*rule, out.rules[0]);
  for (auto format : {imports::Format::kYaml, imports::Format::kJson}) {
    auto text = render(out.rules, format);
    define::Problems problems;
    std::vector<alert::Rule> rules;
    // They are read as what they are: rules that only the store can be asked.
    EXPECT_FALSE(ruletest::read_rules("out", text, {}, problems, rules)) << text;
    ASSERT_EQ(problems.list.size(), 1U) << text;
    EXPECT_THAT(problems.list[0].message, AllOf(HasSubstr("Näme: of #1"), HasSubstr("promtool test rules")));
  }
  EXPECT_EQ(render({}, imports::Format::kYaml), "[]\n");
}

}  // namespace
}  // namespace holter::app
