#include "define/definitions.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "define/monitors.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

using model::FieldType;
using model::ParamType;
using testing::TempDir;
using testing::text_of;

// Each kind of key once.
constexpr std::string_view kFull = R"(
category: service
app: FULL
name: {zh-CN: 全, en-US: Full}
help: {en-US: Help}
helpLink: {en-US: https://example.org}
params:
  - field: host
    name: {en-US: Host}
    type: host
    required: true
  - field: port
    type: number
    range: '[0,65535]'
    defaultValue: 80
    hide: true
  - field: ssl
    type: boolean
    defaultValue: false
  - field: how
    type: radio
    options: [{label: Get, value: GET}, {label: One, value: 1}]
    depend: {ssl: [true, false]}
  - {field: headers, type: key-value, keyAlias: Name, valueAlias: Value}
  - {field: note, type: text, limit: 10, placeholder: 3, defaultValue: ''}
metrics:
  - name: summary
    i18n: {en-US: Summary}
    priority: 0
    protocol: http
    fields:
      - {field: Content-Type, type: 1, i18n: {en-US: Type}, label: true}
      - {field: kb, type: 0, unit: KB}
      - {field: key, type: 2}
      - {field: at, type: 3}
      - {field: none}
    aliasFields: [Content-Type, $.a.b, "Leader count", key, at]
    calculates:
      - kb = $.a.b
      - none=$.a.b=='x'?'b=c':'\#1'
    filters: [kb > 1, get('Content-Type') == 'text']
    units: ["kb=B->KB", " none = NS -> S "]
    http:
      host: ^_^host^_^
      port: 80
      ssl: false
      method: ^o^x^o^
      headers: {^_^headers^_^: ^_^headers^_^}
      successCodes: [200, 201]
      params: {from: '${@date+1d}'}
      payload: |
        line 1
        line 2
  - name: later
    visible: false
    interval: 300
    protocol: icmp
    fields: [{field: a, type: 0}]
    icmp: {host: ^_^host^_^}
)";

std::shared_ptr<const model::Definition> load(std::string_view text, Problems& problems) {
  return load_definition("test.yml", text, testing::protocols(), problems);
}

class Full : public ::testing::Test {
 protected:
  Problems problems;
  std::shared_ptr<const model::Definition> full;
  void SetUp() override {
    full = load(kFull, problems);
    ASSERT_NE(full, nullptr) << text_of(problems);
    EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  }
};

TEST_F(Full, has_its_texts_and_lower_case_name) {
  EXPECT_EQ(full->app, "full");
  EXPECT_EQ(full->category, "service");
  EXPECT_EQ(model::translate(full->name, "zh-CN"), "全");
  EXPECT_EQ(model::translate(full->name, "ja-JP"), "Full");
  EXPECT_EQ(model::translate(full->help_link, "en-US"), "https://example.org");
  EXPECT_EQ(full->source, "test.yml");
}

TEST_F(Full, has_parameters_with_defaults_as_source_text) {
  ASSERT_EQ(full->params.size(), 6U);
  const auto& p = full->params;
  EXPECT_EQ(p[0].type, ParamType::kHost);
  EXPECT_TRUE(p[0].required);
  EXPECT_FALSE(p[0].has_default);
  EXPECT_EQ(p[1].default_value, "80");
  EXPECT_EQ(p[1].range, "[0,65535]");
  EXPECT_TRUE(p[1].hide);
  EXPECT_EQ(p[2].default_value, "false");
  EXPECT_TRUE(p[2].has_default);
  EXPECT_EQ(p[3].options[1].value, "1");
  EXPECT_EQ(p[3].depend[0].first, "ssl");
  EXPECT_EQ(p[3].depend[0].second, (std::vector<std::string>{"true", "false"}));
  EXPECT_EQ(p[4].type, ParamType::kKeyValue);
  EXPECT_EQ(p[5].limit, 10U);
  EXPECT_EQ(p[5].placeholder, "3");
  EXPECT_FALSE(p[5].has_default) << "a blank default is none";
}

TEST_F(Full, has_fields_aliases_and_rules) {
  const auto& set = full->sets[0];
  EXPECT_EQ(set.priority, 0);
  EXPECT_TRUE(set.fields[0].label);
  EXPECT_EQ(set.fields[1].unit, "KB");
  EXPECT_EQ(set.fields[2].type, FieldType::kSecret);
  EXPECT_EQ(set.fields[3].type, FieldType::kTime);
  EXPECT_EQ(set.fields[4].type, FieldType::kString) << "the default";
  EXPECT_EQ(set.aliases, (std::vector<std::string>{"Content-Type", "$.a.b", "Leader count", "key", "at"}));
  EXPECT_EQ(set.calculates[0].field, "kb");
  EXPECT_EQ(set.calculates[0].expression, "$.a.b");
  EXPECT_EQ(set.calculates[1].expression, "$.a.b=='x'?'b=c':'#1'") << "split at the first '=', \\# is #";
  EXPECT_EQ(set.filters, (std::vector<std::string>{"kb > 1", "get('Content-Type') == 'text'"}));
  EXPECT_EQ(set.units[1].field, "none");
  EXPECT_EQ(set.units[1].from, "NS");
  EXPECT_EQ(set.units[1].to, "S");
}

TEST_F(Full, has_a_block_of_source_texts) {
  const auto& block = full->sets[0].block;
  EXPECT_EQ(block.text_or("port"), "80");
  EXPECT_EQ(block.text_or("ssl"), "false");
  EXPECT_EQ(block.text_or("method"), "^o^x^o^") << "is for the collector to replace";
  EXPECT_EQ(block.text_or("payload"), "line 1\nline 2\n");
  EXPECT_EQ(block.find("successCodes")->items[1].text, "201");
  EXPECT_EQ(block.find("params")->text_or("from"), "${@date+1d}");
  EXPECT_EQ(block.find("headers")->keys[0], "^_^headers^_^");
}

TEST_F(Full, has_defaults_for_what_a_set_does_not_say) {
  const auto& set = full->sets[1];
  EXPECT_EQ(set.priority, 127);
  EXPECT_FALSE(set.visible);
  EXPECT_EQ(set.interval, std::chrono::seconds(300));
  EXPECT_EQ(set.aliases, std::vector<std::string>{"a"}) << "the fields' names";
}

TEST(Definition, uses_the_block_that_the_protocol_names) {
  Problems problems;
  auto definition = load_definition("test.yml", R"(
app: t
metrics:
  - name: s
    priority: 0
    protocol: ssl_cert
    fields: [{field: a}]
    http: {host: h}
)",
                                    std::vector<ProtocolKeys>{{"ssl_cert", "http", {"host"}, {}, {}}}, problems);
  ASSERT_NE(definition, nullptr) << text_of(problems);
  EXPECT_EQ(definition->sets[0].block.text_or("host"), "h");
}

TEST(Definition, is_refused_with_too_many_fields) {
  std::string text =
      "app: t\nmetrics:\n  - name: s\n    priority: 0\n    protocol: icmp\n    icmp: {host: h}\n    fields:\n";
  for (int i = 0; i < 501; ++i) text += fmt::format("      - field: f{}\n", i);
  Problems problems;
  EXPECT_EQ(load(text, problems), nullptr);
  EXPECT_NE(text_of(problems).find("cannot use 501 elements: at most 500 are allowed"), std::string::npos)
      << text_of(problems);
}

TEST(Definition, is_refused_over_a_mebibyte) {
  Problems problems;
  EXPECT_EQ(load(std::string((1 << 20) + 1, '#'), problems), nullptr);
  EXPECT_NE(text_of(problems).find("at most 1.00 MiB are allowed"), std::string::npos) << text_of(problems);
}

constexpr std::string_view kMinimal =
    "app: {}\nmetrics:\n  - name: s\n    priority: 0\n    protocol: icmp\n    fields: [{{field: a}}]\n    icmp: "
    "{{host: h}}\n";

TEST(Definitions, are_found_at_any_depth_and_by_lower_case_name) {
  TempDir dir;
  dir.file("b.yml", fmt::format(fmt::runtime(kMinimal), "B"));
  dir.file("deep/er/a.yaml", fmt::format(fmt::runtime(kMinimal), "a"));
  dir.file("notes.txt", "no definition");
  Problems problems;
  auto registry = load_definitions(dir.path(), testing::protocols(), problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(registry.apps(), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_NE(registry.find("b"), nullptr);
  EXPECT_EQ(registry.find("c"), nullptr);
}

TEST(Definitions, of_one_app_in_two_files_are_an_error_that_names_both) {
  TempDir dir;
  auto first = dir.file("a.yml", fmt::format(fmt::runtime(kMinimal), "a"));
  auto second = dir.file("b.yml", fmt::format(fmt::runtime(kMinimal), "A"));
  Problems problems;
  (void)load_definitions(dir.path(), testing::protocols(), problems);  // wrong on purpose
  EXPECT_EQ(text_of(problems),
            fmt::format("{}: error: app: cannot define 'a' twice: it stands in {} already\n", second, first));
}

TEST(Definitions, tell_when_there_are_none) {
  TempDir dir;
  Problems problems;
  EXPECT_EQ(load_definitions(dir.path(), testing::protocols(), problems).size(), 0U);
  EXPECT_EQ(problems.warnings, 1U);
  EXPECT_EQ(load_definitions(dir.path() + "/none", testing::protocols(), problems).size(), 0U);
  EXPECT_EQ(problems.errors, 1U);
}

TEST(Definitions, of_the_documentation_have_no_findings) {
  Problems problems;
  auto blocks = testing::yaml_blocks("docs/definitions.md");
  ASSERT_GT(blocks.size(), 2U);
  auto use = std::ranges::find_if(blocks, [](const auto& block) { return block.starts_with("monitors:"); });
  ASSERT_NE(use, blocks.end());
  Registry registry;
  registry.add(load(blocks[0], problems));
  ASSERT_TRUE(problems.list.empty()) << text_of(problems);
  TempDir dir;
  auto monitors = load_monitors(dir.file("m.yml", *use), registry, std::chrono::seconds(1), problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(monitors.size(), 1U);
}

TEST(Registry, replaces_a_definition_of_the_same_app) {
  Registry registry;
  for (const char* category : {"one", "two"}) {
    auto d = std::make_shared<model::Definition>();
    d->app = "a";
    d->category = category;
    registry.add(d);
  }
  EXPECT_EQ(registry.size(), 1U);
  EXPECT_EQ(registry.find("a")->category, "two");
}

}  // namespace
}  // namespace holter::define
