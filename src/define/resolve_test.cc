#include "define/resolve.h"

#include <gtest/gtest.h>

#include "define/test_fixture.h"

namespace holter::define {
namespace {

using model::Node;
using model::ParamType;

class Resolve : public ::testing::Test {
 protected:
  model::Monitor monitor;
  model::SetDef set;

  Resolve() {
    auto definition = std::make_shared<model::Definition>();
    definition->params = {
        {.field = "host", .type = ParamType::kHost},
        {.field = "port", .type = ParamType::kNumber, .has_default = true, .default_value = "80"},
        {.field = "path", .type = ParamType::kText},
        {.field = "headers", .type = ParamType::kKeyValue},
        {.field = "codes", .type = ParamType::kArray},
        {.field = "more", .type = ParamType::kArray, .has_default = true, .default_value = "[7,8]"},
    };
    monitor.definition = definition;
    set.block.kind = Node::Kind::kMap;
    give("host", "h");
  }
  void give(std::string_view field, const std::string& value) {
    for (std::uint16_t i = 0; i < monitor.definition->params.size(); ++i)
      if (monitor.definition->params[i].field == field) monitor.params.emplace_back(i, value);
  }
  void put(std::string key, Node value) {
    set.block.keys.push_back(std::move(key));
    set.block.items.push_back(std::move(value));
  }
  /// A text as it comes out of a block; "(null)" for null.
  std::string text(const std::string& in) {
    set.block.keys = {"k"};
    set.block.items = {Node::of_text(in)};
    auto out = resolve(set, monitor).block;
    return out.items[0].kind == Node::Kind::kNull ? "(null)" : out.items[0].text;
  }
  static Node list(std::vector<std::string> texts) {
    Node out{.kind = Node::Kind::kList};
    for (auto& t : texts) out.items.push_back(Node::of_text(std::move(t)));
    return out;
  }
  static std::vector<std::string> texts(const Node& list) {
    std::vector<std::string> out;
    for (const auto& item : list.items) out.push_back(item.kind == Node::Kind::kNull ? "(null)" : item.text);
    return out;
  }
};

using Texts = std::vector<std::string>;

TEST_F(Resolve, replaces_a_text_that_is_one_placeholder) {
  EXPECT_EQ(text("^_^host^_^"), "h");
  EXPECT_EQ(text("^_^port^_^"), "80") << "the default";
}

TEST_F(Resolve, replaces_placeholders_inside_a_text) {
  EXPECT_EQ(text("http://^_^host^_^:^_^port^_^/"), "http://h:80/");
  EXPECT_EQ(text("^_^host^_^^_^host^_^"), "hh");
}

TEST_F(Resolve, makes_a_declared_parameter_without_value_null_or_empty_text) {
  EXPECT_EQ(text("^_^path^_^"), "(null)");
  EXPECT_EQ(text("^_^path^_^/health"), "/health");
}

TEST_F(Resolve, makes_an_undeclared_one_null_and_leaves_it_inside_a_text) {
  EXPECT_EQ(text("^_^nobody^_^"), "(null)");
  EXPECT_EQ(text("a^_^nobody^_^b ^_^host^_^"), "a^_^nobody^_^b h");
}

TEST_F(Resolve, leaves_what_is_no_placeholder) {
  for (const char* in : {"", "^_^", "^_^a b^_^", "^o^host^o^", "${@date}", "a ^_^ b ^_^ c"}) EXPECT_EQ(text(in), in);
}

TEST_F(Resolve, does_not_replace_in_what_it_has_put_in) {
  give("path", "^_^host^_^");
  EXPECT_EQ(text("^_^path^_^"), "^_^host^_^");
  EXPECT_EQ(text("x^_^path^_^"), "x^_^host^_^");
}

TEST_F(Resolve, quotes_nothing) {
  give("path", "'; DROP \"x\" \\");
  EXPECT_EQ(text("'^_^path^_^'"), "''; DROP \"x\" \\'");
}

TEST_F(Resolve, puts_the_entries_of_a_map_in_the_place_of_a_key) {
  give("headers", R"({"X-A": "1", "X-B": "^_^host^_^", "": "dropped", "old": "new", "X-C": "^_^path^_^"})");
  Node headers{.kind = Node::Kind::kMap,
               .items = {Node::of_text("o"), Node::of_text("^_^headers^_^")},
               .keys = {"old", "^_^headers^_^"}};
  put("headers", headers);
  auto out = *resolve(set, monitor).block.find("headers");
  EXPECT_EQ(out.keys, (Texts{"old", "X-A", "X-B", "X-C"}));
  EXPECT_EQ(texts(out), (Texts{"new", "1", "h", "(null)"}));
}

TEST_F(Resolve, drops_a_key_whose_parameter_is_no_map_or_has_no_value) {
  for (const char* key : {"^_^headers^_^", "^_^host^_^", "^_^nobody^_^"}) put(key, Node::of_text("x"));
  put("a^_^host^_^", Node::of_text("kept"));
  auto out = resolve(set, monitor).block;
  EXPECT_EQ(out.keys, Texts{"a^_^host^_^"}) << "only whole keys are replaced";
}

TEST_F(Resolve, appends_the_parts_of_an_array_at_the_end_of_the_list) {
  give("codes", "200, 201,,3,,");
  put("l", list({"^_^codes^_^", "first", "^_^host^_^"}));
  EXPECT_EQ(texts(*resolve(set, monitor).block.find("l")), (Texts{"first", "h", "200", " 201", "", "3"}))
      << "parts are not trimmed, empty ones at the end are dropped";
}

TEST_F(Resolve, expands_the_default_of_an_array_too) {
  put("l", list({"^_^more^_^"}));
  EXPECT_EQ(texts(*resolve(set, monitor).block.find("l")), (Texts{"7", "8"}));
}

TEST_F(Resolve, makes_elements_without_value_null_and_arrays_without_value_nothing) {
  put("l", list({"^_^path^_^", "^_^nobody^_^", "^_^codes^_^"}));
  EXPECT_EQ(texts(*resolve(set, monitor).block.find("l")), (Texts{"(null)", "(null)"}));
}

TEST_F(Resolve, goes_down_into_maps_and_lists) {
  Node inner{.kind = Node::Kind::kMap, .items = {list({"^_^host^_^"}), Node{}}, .keys = {"l", "null"}};
  put("m", inner);
  auto out = *resolve(set, monitor).block.find("m");
  EXPECT_EQ(texts(*out.find("l")), Texts{"h"});
  EXPECT_EQ(out.find("null")->kind, Node::Kind::kNull);
}

TEST_F(Resolve, covers_aliases_calculates_and_units) {
  give("codes", "a,b");
  set.aliases = {"x", "^_^codes^_^", "^_^host^_^"};
  set.calculates = {{"f", "^_^port^_^ + 1"}, {"g", "^_^path^_^"}};
  set.units = {{"f", "B", "^_^host^_^"}};
  set.filters = {"f > ^_^port^_^"};
  auto out = resolve(set, monitor);
  EXPECT_EQ(out.set, &set);
  EXPECT_EQ(out.aliases, (Texts{"x", "h", "a", "b"}));
  EXPECT_EQ(out.calculates[0].expression, "80 + 1");
  EXPECT_EQ(out.calculates[1].expression, "");
  EXPECT_EQ(out.units[0].to, "h");
  EXPECT_EQ(out.filters, Texts{"f > 80"});
}

TEST(ResolveDefinitions, of_this_repository_leave_no_placeholder) {
  Problems problems;
  auto registry = testing::definitions(problems);
  for (auto app : registry.apps()) {
    model::Monitor monitor{.definition = registry.find(app)};
    for (const auto& set : monitor.definition->sets)
      for (const auto& item : resolve(set, monitor).block.items)
        EXPECT_EQ(item.text.find("^_^"), std::string::npos) << app << " " << set.name << " " << item.text;
  }
}

}  // namespace
}  // namespace holter::define
