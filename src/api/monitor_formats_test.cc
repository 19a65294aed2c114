#include "api/monitor_formats.h"

#include <gtest/gtest.h>

#include "api/fake_request.h"

namespace holter::api {
namespace {

using define::YamlNode;

YamlNode scalar(std::string text) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(text)};
}
YamlNode map(std::vector<std::pair<std::string, YamlNode>> members) {
  YamlNode node{.kind = YamlNode::Kind::kMap};
  for (auto& [key, value] : members) {
    node.keys.push_back({key});
    node.items.push_back(std::move(value));
  }
  return node;
}
YamlNode list(std::vector<YamlNode> items) {
  return {.kind = YamlNode::Kind::kList, .items = std::move(items)};
}

/// All of a tree as one text, places left out.
std::string text_of(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) return "null";
  if (node.kind == YamlNode::Kind::kScalar) return "'" + node.text + "'";
  std::string out = node.kind == YamlNode::Kind::kMap ? "{" : "[";
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (node.kind == YamlNode::Kind::kMap) out += node.keys[i].text + ":";
    out += text_of(node.items[i]) + ",";
  }
  return out + (node.kind == YamlNode::Kind::kMap ? "}" : "]");
}

std::vector<YamlNode> samples() {
  std::vector<YamlNode> all;
  for (std::string text : {"plain", "",           " blank", "true", "null", "~",  "12",    "0x10", "a: b", "- a",
                           "#c",    "'q'",        "\"d\"",  "a\nb", "=1+1", "@x", "é世界", "a\tb", "\\",   "{}",
                           "[x]",   "2026-01-01", "yes",    "1e3",  "&a",   "*a", "!t",    "%d",   "`"})
    all.push_back(map({{"name", scalar("of " + text)},
                       {"app", scalar("ping")},
                       {"depends_on", list({scalar("one"), scalar(text + "!")})},
                       {"labels", map({{"k", scalar(text)}, {text + "x", scalar("v")}})},
                       {"params", map({{"host", scalar(text + "h")},
                                       {"headers", map({{"a b", scalar(text)}})},
                                       {"many", list({scalar(text), map({})})}})}}));
  return all;
}

TEST(MonitorFormats, yaml_is_read_back_as_it_was) {
  memory::Budget budget(4 << 20);
  auto& account = budget.account("test");
  Body body(account);
  body.append("monitors:\n");
  auto all = samples();
  for (const auto& monitor : all) write_yaml_monitor(body, monitor);
  auto read = YamlMonitors::read(body.text(), account);
  ASSERT_TRUE(read) << read.error().message() << body.text();
  for (const auto& monitor : all) {
    auto back = read->next();
    ASSERT_TRUE(back);
    EXPECT_EQ(text_of(*back), text_of(monitor));
  }
  EXPECT_FALSE(read->next());
}

TEST(MonitorFormats, csv_is_read_back_as_it_was) {
  memory::Budget budget(4 << 20);
  Body body(budget.account("test"));
  write_csv_head(body);
  auto all = samples();
  for (const auto& monitor : all) write_csv_monitor(body, monitor);
  CsvMonitors read(body.text());
  for (const auto& monitor : all) {
    auto back = read.next();
    ASSERT_TRUE(back && *back) << (back ? "" : back.error().message());
    EXPECT_EQ(text_of(**back), text_of(monitor));
  }
  EXPECT_FALSE(*read.next());
}

TEST(MonitorFormats, a_table_may_have_a_column_for_each_parameter_and_label) {
  CsvMonitors read("name,params.host,labels.site,labels\na,10.0.0.1,lab,\nb,,,\"{\"\"x\"\": \"\"y\"\"}\"\n");
  EXPECT_EQ(text_of(**read.next()), "{name:'a',params:{host:'10.0.0.1',},labels:{site:'lab',},}");
  EXPECT_EQ(text_of(**read.next()), "{name:'b',labels:{x:'y',},}");
}

TEST(MonitorFormats, what_is_wrong_is_told_by_line_and_column) {
  auto fault = [](std::string_view text) {
    CsvMonitors read(text);
    for (;;) {
      auto monitor = read.next();
      if (!monitor) return monitor.error().message();
      if (!*monitor) return std::string();
    }
  };
  EXPECT_TRUE(fault("name,nane\n").contains("cannot use the column 'nane'"));
  EXPECT_TRUE(fault("name,name\n").contains("each once"));
  EXPECT_EQ(fault("name,app\na\n"), "cannot read the CSV: line 2: it has 1 cells, the first 2");
  EXPECT_TRUE(fault("name,labels\na,x\n").contains("line 2: 'labels' must be a JSON object"));
  EXPECT_EQ(fault(""), "");
  memory::Budget budget(1 << 20);
  for (std::string_view bad : {"monitors: 3\n", "monitor: []\n", "- a\n", "monitors: [\n", "monitors:\n  - &a {}\n"})
    EXPECT_FALSE(YamlMonitors::read(bad, budget.account("test"))) << bad;
}

TEST(MonitorFormats, are_exported_and_imported_by_what_the_request_says) {
  Asker ask;
  auto yaml = ask.get("/api/v1/monitors/export?format=yaml");
  EXPECT_EQ(yaml.type, "application/yaml");
  EXPECT_TRUE(yaml.body.starts_with(
      "monitors:\n  - name: m1\n    paused: true\n    params:\n      password:\n        set: true\n"))
      << yaml.body;
  auto csv = ask.get("/api/v1/monitors/export?format=csv");
  EXPECT_EQ(csv.type, "text/csv; charset=utf-8");
  EXPECT_TRUE(csv.body.contains("\r\nm1,,,,,,true,")) << csv.body;
  for (const auto& [type, body] :
       {std::pair{"application/yaml", yaml.body}, std::pair{"text/csv; charset=utf-8", csv.body}}) {
    RequestHead head{"POST", "/api/v1/monitors/import", {"localhost:2157"}};
    head.content_type = type;
    head.body = body;
    ask.backend.owned_.imported.clear();
    auto reply = ask.send(head);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(ask.backend.owned_.imported, (std::vector<std::string>{"m1", "m2", "m3"}));
    head.body = "a\"b";
    EXPECT_EQ(ask.send(head).status, 400U) << type;
  }
}

}  // namespace
}  // namespace holter::api
