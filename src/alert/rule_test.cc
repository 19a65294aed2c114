#include "alert/rule.h"

#include <functional>

#include <gtest/gtest.h>

#include "alert/builtin.h"
#include "alert/compiled_rule.h"
#include "alert/test_evaluator.h"

namespace holter::alert {
namespace {

Rule sound() {
  Rule rule;
  rule.name = "DiskFull";
  rule.expression = "used / total > 0.9";
  rule.selector = {.app = "linux", .set = "disk"};
  return rule;
}

std::string problem_of(const std::function<void(Rule&)>& spoil) {
  auto rule = sound();
  spoil(rule);
  auto checked = check(rule);
  return checked.has_value() ? "" : checked.error().message();
}

TEST(Rule, is_refused_with_the_part_and_the_limit) {
  EXPECT_EQ(problem_of([](Rule&) {}), "");
  const std::pair<std::function<void(Rule&)>, const char*> cases[] = {
      {[](Rule& rule) { rule.name.clear(); }, "it has no name"},
      {[](Rule& rule) { rule.name.assign(201, 'x'); }, "the name has 201 bytes, and 200 is the most"},
      {[](Rule& rule) { rule.expression.clear(); }, "it has no expression"},
      {[](Rule& rule) { rule.message.assign(4097, 'x'); }, "the message has 4097 bytes"},
      {[](Rule& rule) { rule.selector.app.clear(); }, "a set needs the app"},
      {[](Rule& rule) { rule.selector.matchers.assign(33, Matcher::make("a", MatchOp::kEqual, "b").value()); },
       "the selector has 33 matchers, and 32 is the most"},
      {[](Rule& rule) { rule.labels = {{"b", "1"}, {"a", "1"}}; }, "labels must be sorted"},
      {[](Rule& rule) { rule.labels = {{"a", "1"}, {"a", "2"}}; }, "labels must be sorted, each name once"},
      {[](Rule& rule) { rule.labels = {{"severity", "x"}}; }, "the label 'severity'"},
      {[](Rule& rule) { rule.annotations = {{"", "x"}}; }, "an entry without a name"},
      {[](Rule& rule) { rule.n = 3, rule.m = 2; }, "3 of 2 results is not possible"},
      {[](Rule& rule) { rule.m = 65; }, "n <= m <= 64"},
      {[](Rule& rule) { rule.hold_for = milliseconds(-1); }, "for is -1 ms"},
      {[](Rule& rule) { rule.query = "SELECT 1"; }, "only a periodic rule has a query"},
      {[](Rule& rule) { rule.kind = RuleKind::kPeriodic; }, "it has no query"},
  };
  for (const auto& [spoil, expected] : cases)
    EXPECT_TRUE(problem_of(spoil).contains(expected)) << expected << " is not in: " << problem_of(spoil);
  EXPECT_TRUE(problem_of(cases[0].first).starts_with("cannot take rule ''"));
}

TEST(Rule, has_words_for_its_choices) {
  for (auto kind : {RuleKind::kRealtime, RuleKind::kPeriodic, RuleKind::kBuiltin})
    EXPECT_EQ(parse_rule_kind(to_string(kind)), kind);
  for (auto choice : {WhenUnreachable::kSuppress, WhenUnreachable::kEvaluate})
    EXPECT_EQ(parse_when_unreachable(to_string(choice)), choice);
  for (auto source : {QuerySource::kHistorySql, QuerySource::kPromql})
    EXPECT_EQ(parse_query_source(to_string(source)), source);
  for (auto choice : {NoData::kOk, NoData::kKeep, NoData::kAlert}) EXPECT_EQ(parse_no_data(to_string(choice)), choice);
  EXPECT_EQ(parse_rule_kind("Realtime"), std::nullopt);
}

TEST(Rule, means_the_same_until_what_decides_is_edited) {
  const auto rule = sound();
  auto edited = rule;
  edited.labels = {{"team", "x"}}, edited.severity = model::Severity::kCritical, edited.hold_for = seconds(5);
  EXPECT_EQ(meaning_of(rule), meaning_of(edited));
  edited = rule, edited.expression += " ";
  EXPECT_NE(meaning_of(rule), meaning_of(edited));
  edited = rule, edited.selector.labels = {{"team", "x"}};
  EXPECT_NE(meaning_of(rule), meaning_of(edited));
  edited = rule, edited.selector.matchers = parse_matchers("team=x").value();
  EXPECT_NE(meaning_of(rule), meaning_of(edited));
  auto other = rule;
  other.selector.matchers = parse_matchers("team!=x").value();
  EXPECT_NE(meaning_of(other), meaning_of(edited));
  edited = rule, edited.m = 2;
  EXPECT_NE(meaning_of(rule), meaning_of(edited));
}

TEST(Rule, goes_on_with_states_from_before_there_were_matchers) {
  EXPECT_EQ(meaning_of(sound()), 0xb26429ba71ee1baULL)
      << "a rule without matchers means what it did, or all its alerts fire anew";
}

TEST(Selector, matches_labels_and_what_the_monitor_is) {
  model::Monitor web{.id = {1},
                     .name = "web-1",
                     .definition = linux_definition(),
                     .labels = std::make_shared<model::Labels>(model::Labels{{"app", "mine"}, {"site", "eu-1"}})};
  auto selects = [&](std::string_view matchers, std::string_view folder = "prod/eu") {
    Selector selector;
    selector.matchers = parse_matchers(matchers).value();
    return selector.selects(web, folder);
  };
  EXPECT_TRUE(selects("{}"));
  EXPECT_TRUE(selects(R"({site=~"eu-.*", monitor=~"web-[0-9]"})"));
  EXPECT_FALSE(selects(R"({site=~"eu"})")) << "the whole value must match";
  EXPECT_FALSE(selects(R"({site=~"eu-.*", monitor!="web-1"})")) << "all of them must";
  EXPECT_TRUE(selects(R"({folder=~"prod/.*"})"));
  EXPECT_FALSE(selects(R"({folder=~"prod/.*"})", "test"));
  EXPECT_TRUE(selects("app=linux")) << "before a label of that name";
  EXPECT_TRUE(selects(R"({team=""})")) << "one that is missing is empty";
  EXPECT_TRUE(selects(R"({team!~"x.+"})"));
}

TEST(CompiledRule, knows_whether_it_is_asked_for_each_row) {
  auto definition = linux_definition();
  auto rule = sound();
  EXPECT_TRUE(CompiledRule::compile(rule, definition.get()).value().per_row());
  rule.expression = "rows < 1 or builtin.code != 'success' or label.team == 'x'";
  auto compiled = CompiledRule::compile(rule, definition.get()).value();
  EXPECT_FALSE(compiled.per_row());
  EXPECT_EQ(compiled.label_names(), std::vector<std::string>{"team"});
  rule.recovery = "used < 1";
  EXPECT_TRUE(CompiledRule::compile(rule, definition.get()).value().per_row());
}

TEST(CompiledRule, names_the_place_and_the_nearest_name_in_its_errors) {
  auto definition = linux_definition();
  const std::pair<const char*, const char*> cases[] = {
      {"used / totl > 1", "column 8: unknown name \"totl\", did you mean \"total\""},
      {"used", "column 1: the whole must be of type boolean"},
      {"used > 'x'", "column 6"},
      {"mount > 1", "a text and a number"},
      {"token == 'x'", "unknown name \"token\""},
      {"used >", "column 7"},
  };
  for (const auto& [expression, expected] : cases) {
    auto rule = sound();
    rule.expression = expression;
    auto compiled = CompiledRule::compile(rule, definition.get());
    ASSERT_FALSE(compiled.has_value()) << expression;
    EXPECT_TRUE(compiled.error().message().contains(expected)) << compiled.error().message();
  }
  auto rule = sound();
  rule.recovery = "usd < 1";
  EXPECT_TRUE(CompiledRule::compile(rule, definition.get()).error().message().starts_with("recovery: "));
  rule = sound();
  rule.selector.set = "disks";
  EXPECT_EQ(CompiledRule::compile(rule, definition.get()).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(CompiledRule::compile(sound(), nullptr).error().code(), ErrorCode::kNotFound);
}

TEST(CompiledRule, does_not_read_secrets_for_what_fires_tells_what_it_read) {
  auto rule = sound();
  rule.selector.set = "basic";
  rule.expression = "token == 'x'";
  EXPECT_FALSE(CompiledRule::compile(rule, linux_definition().get()).has_value());
  rule.expression = "load > 1";
  EXPECT_TRUE(CompiledRule::compile(rule, linux_definition().get()).has_value());
}

TEST(CompiledRule, finds_labels_with_names_in_quotes) {
  auto rule = sound();
  rule.expression = "get('label.cost-centre') == 'x' and label.team != null and used > 1";
  auto compiled = CompiledRule::compile(rule, linux_definition().get());
  ASSERT_TRUE(compiled.has_value()) << compiled.error().message();
  EXPECT_EQ(compiled->label_names(), (std::vector<std::string>{"cost-centre", "team"}));
}

TEST(BuiltinRules, are_on_and_sound) {
  for (const auto& rule : builtin_rules()) {
    EXPECT_TRUE(rule.enabled) << rule.name;
    EXPECT_TRUE(check(rule).has_value()) << check(rule).error().message();
  }
}

TEST(BuiltinRules, take_what_a_user_may_change_of_them_and_nothing_else) {
  Rule down;
  down.name = kMonitorDown;
  down.kind = RuleKind::kBuiltin;
  down.severity = model::Severity::kEmergency;
  down.hold_for = seconds(90);
  auto rules = with_builtins({down, sound()}).value();
  EXPECT_EQ(rules.size(), builtin_rules().size() + 1);
  auto changed = std::ranges::find(rules, kMonitorDown, &Rule::name);
  EXPECT_EQ(changed->severity, model::Severity::kEmergency);
  EXPECT_EQ(changed->hold_for, seconds(90));
  EXPECT_EQ(changed->expression, "state == 'DOWN'");
  EXPECT_FALSE(changed->annotations.empty());

  down.expression = "true";
  EXPECT_EQ(with_builtins({down}).error().code(), ErrorCode::kInvalidArgument);
  down.name = "MonitorUp", down.expression.clear();
  EXPECT_EQ(with_builtins({down}).error().code(), ErrorCode::kInvalidArgument);
  auto taken = sound();
  taken.name = kMonitorDown;
  EXPECT_EQ(with_builtins({taken}).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(with_builtins({sound(), sound()}).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(with_builtins(std::vector<Rule>(Rule::kMostRules + 1)).error().code(), ErrorCode::kTooLarge);
}

TEST(BuiltinRules, find_certificates_by_their_fields) {
  using model::FieldType;
  EXPECT_EQ(certificate_expression({.name = "tls", .fields = {{.field = "days_left", .type = FieldType::kNumber}}}),
            "days_left < 14");
  EXPECT_EQ(
      certificate_expression({.name = "certs", .fields = {{.field = "end_timestamp", .type = FieldType::kNumber}}}),
      "end_timestamp - now() < 1209600000");
  EXPECT_EQ(
      certificate_expression({.name = "sale", .fields = {{.field = "end_timestamp", .type = FieldType::kNumber}}}), "");
  EXPECT_EQ(certificate_expression({.name = "tls", .fields = {{.field = "days_left"}}}), "") << "a text";
}

}  // namespace
}  // namespace holter::alert
