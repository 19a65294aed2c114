#include "define/yaml.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "define/test_fixture.h"

namespace holter::define {
namespace {

using testing::TempDir;
using testing::text_of;

YamlNode read(std::string_view text, Problems& problems, YamlLimits limits = {}) {
  YamlNode root;
  EXPECT_EQ(read_yaml({"test.yml", text, true}, limits, problems, root), problems.ok()) << text_of(problems);
  return root;
}

TEST(Yaml, keeps_the_source_text_of_every_scalar) {
  Problems problems;
  auto root = read("{a: false, b: 0x10, c: 1.50, d: 'true', e: \"x\\ny\", f: 80}", problems);
  ASSERT_TRUE(problems.ok());
  EXPECT_EQ(root.find("a")->text, "false");
  EXPECT_EQ(root.find("b")->text, "0x10");
  EXPECT_EQ(root.find("c")->text, "1.50");
  EXPECT_EQ(root.find("d")->text, "true");
  EXPECT_EQ(root.find("e")->text, "x\ny");
  EXPECT_EQ(root.find("f")->text, "80");
}

TEST(Yaml, tells_null_from_empty_and_quoted_texts) {
  Problems problems;
  auto root = read("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n", problems);
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(root.find(key)->kind, YamlNode::Kind::kNull) << key;
  for (const char* key : {"d", "e"}) EXPECT_EQ(root.find(key)->kind, YamlNode::Kind::kScalar) << key;
}

TEST(Yaml, knows_the_place_of_keys_and_values) {
  Problems problems;
  auto root = read("# comment\na:\n  - x\n  - {b: y}\n", problems);
  EXPECT_EQ(root.keys[0].line, 2);
  const auto& item = root.find("a")->items[1];
  EXPECT_EQ(item.line, 4);
  EXPECT_EQ(item.column, 5);
  EXPECT_EQ(item.find("b")->column, 9);
}

TEST(Yaml, keeps_foreign_white_space_and_scripts) {
  Problems problems;
  auto root = read("a: 垃圾邮件\u2002Total\nb: |\n  line 1\n  line 2\n", problems);
  EXPECT_EQ(root.find("a")->text, "垃圾邮件\u2002Total");
  EXPECT_EQ(root.find("b")->text, "line 1\nline 2\n");
}

TEST(Yaml, takes_an_empty_file_and_one_of_comments_for_nothing) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    Problems problems;
    EXPECT_EQ(read(text, problems).kind, YamlNode::Kind::kNull) << text;
    EXPECT_TRUE(problems.ok()) << text_of(problems);
  }
}

TEST(Yaml, refuses_what_is_over_a_limit_and_names_the_limit) {
  struct Case {
    const char* text;
    YamlLimits limits;
    const char* message;
  };
  for (const auto& [text, limits, message] : {
           Case{"a: xxxxxxxx", {.max_bytes = 8}, "at most 8 B are allowed"},
           Case{"a: {b: {c: d}}", {.max_depth = 2}, "deeper than 2 levels"},
           Case{"[1, 2, 3, 4]", {.max_nodes = 4}, "more than 4 values"},
           Case{"{a: 1, b: 2, c: 3}", {.max_keys = 2}, "more than 2 keys"},
           Case{"a: xxxxxxxx", {.max_scalar_bytes = 7}, "a text of 8 B: at most 7 B"},
       }) {
    Problems problems;
    read(text, problems, limits);
    EXPECT_NE(text_of(problems).find(message), std::string::npos) << text_of(problems);
    EXPECT_EQ(problems.errors, 1U);
  }
}

TEST(Yaml, allows_what_is_just_at_a_limit) {
  Problems problems;
  read("{a: 1, b: {c: xxx}}", problems,
       {.max_bytes = 19, .max_depth = 2, .max_nodes = 4, .max_keys = 2, .max_scalar_bytes = 3});
  EXPECT_TRUE(problems.ok()) << text_of(problems);
}

TEST(Yaml, refuses_what_is_no_regular_file_without_waiting) {
  TempDir dir;
  auto pipe = dir.path() + "/pipe.yml";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {dir.path(), pipe, dir.path() + "/none.yml"}) {
    Problems problems;
    YamlNode root;
    EXPECT_FALSE(read_yaml({path, {}, false}, {}, problems, root));
    EXPECT_NE(text_of(problems).find(path + ": error: cannot "), std::string::npos) << text_of(problems);
  }
}

TEST(Yaml, refuses_a_file_over_the_limit_even_when_its_size_is_not_known_before) {
  Problems problems;
  YamlNode root;
  // Files of /proc say that they are empty.
  EXPECT_FALSE(read_yaml({"/proc/self/status", {}, false}, {.max_bytes = 16}, problems, root));
  EXPECT_NE(text_of(problems).find("at most 16 B are allowed"), std::string::npos) << text_of(problems);
}

struct Streamed {
  std::vector<std::string> elements, others;
  bool ok = false;
  Problems problems;
};

Streamed stream(std::string_view text, std::size_t most = 100) {
  Streamed out;
  out.ok = stream_yaml_list(
      {"test.yml", text, true}, {.max_nodes = 3}, "list", out.problems,
      [&](const YamlNode& node) {
        out.elements.push_back(node.text);
        return out.elements.size() < most;
      },
      [&](const YamlNode::Key& key, const YamlNode&) { out.others.push_back(key.text); });
  return out;
}

TEST(Yaml, streams_a_list_of_any_length_element_by_element) {
  std::string text = "before: 1\nlist:\n";
  for (int i = 0; i < 1000; ++i) text += "  - x\n";
  auto got = stream(text + "after: [1, 2]\n", 10'000);
  EXPECT_TRUE(got.ok) << text_of(got.problems);
  EXPECT_EQ(got.elements.size(), 1000U);  // more values than one element may have
  EXPECT_EQ(got.others, (std::vector<std::string>{"before", "after"}));
}

TEST(Yaml, stops_streaming_when_told) {
  auto got = stream("list: [a, b, c, d]", 2);
  EXPECT_TRUE(got.ok);
  EXPECT_EQ(got.elements, (std::vector<std::string>{"a", "b"}));
}

TEST(Yaml, streams_nothing_from_an_empty_list) {
  for (const char* text : {"", "# none yet\n", "list:\n", "list: []", "{}", "~"}) {
    auto got = stream(text);
    EXPECT_TRUE(got.ok && got.problems.ok()) << text << text_of(got.problems);
    EXPECT_TRUE(got.elements.empty());
  }
}

TEST(Yaml, tells_what_is_wrong_behind_streamed_elements) {
  auto got = stream("list:\n  - a\n  - [1, 2, 3]\n");
  EXPECT_FALSE(got.ok);
  EXPECT_EQ(got.elements, (std::vector<std::string>{"a"}));
  EXPECT_NE(text_of(got.problems).find("test.yml:3:"), std::string::npos) << text_of(got.problems);
}

}  // namespace
}  // namespace holter::define
