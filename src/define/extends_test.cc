#include "define/extends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "define/test_fixture.h"

namespace holter::define {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::text_of;

constexpr std::string_view kParent = R"(
app: parent
category: db
name: {en-US: Parent}
params:
  - {field: host, type: host, name: {en-US: Host}}
  - {field: port, type: number, defaultValue: 1}
metrics:
  - {name: basic, priority: 0, protocol: icmp, fields: [{field: responseTime, type: 0}], icmp: {host: ^_^host^_^}}
  - {name: more, priority: 1, protocol: icmp, fields: [{field: responseTime, type: 0}], icmp: {host: ^_^host^_^}}
)";

class Extends : public ::testing::Test {
 protected:
  Registry load() { return load_definitions(directory_.path(), testing::protocols(), problems_); }
  void put(std::string_view name, std::string_view text) { directory_.file(name, text); }

  testing::TempDir directory_;
  Problems problems_;
};

std::vector<std::string> fields(const model::Definition& d) {
  std::vector<std::string> out;
  for (const auto& param : d.params) out.push_back(param.field + "=" + param.default_value);
  return out;
}
std::vector<std::string> sets(const model::Definition& d) {
  std::vector<std::string> out;
  for (const auto& set : d.sets) out.push_back(fmt::format("{} {}", set.name, set.priority));
  return out;
}

TEST_F(Extends, takes_params_and_sets_of_the_other_and_puts_its_own_in_their_place) {
  put("z_parent.yml", kParent);
  put("child.yml", R"(
app: child
extends: PARENT
params:
  - {field: port, type: number, defaultValue: 2}
  - {field: extra, type: text}
metrics:
  - {name: more, priority: 5, protocol: icmp, fields: [{field: responseTime, type: 0}], icmp: {host: ^_^extra^_^}}
  - {name: third, priority: 6, protocol: icmp, fields: [{field: responseTime, type: 0}], icmp: {host: ^_^host^_^}}
)");
  auto registry = load();
  EXPECT_EQ(text_of(problems_), "");
  auto child = registry.find("child");
  ASSERT_TRUE(child);
  EXPECT_THAT(fields(*child), ElementsAre("host=", "port=2", "extra="));
  EXPECT_THAT(sets(*child), ElementsAre("basic 0", "more 5", "third 6"));
  EXPECT_EQ(child->sets[1].block.text_or("host"), "^_^extra^_^");
  EXPECT_TRUE(child->name.empty());
  EXPECT_EQ(child->category, "");
  EXPECT_THAT(sets(*registry.find("parent")), ElementsAre("basic 0", "more 1"));
}

TEST_F(Extends, goes_on_over_several_definitions_in_any_order_of_files) {
  put("a.yml", "app: a\nextends: b\n");
  put("b.yml", "app: b\nextends: parent\nparams: [{field: own, type: text}]\n");
  put("z.yml", kParent);
  auto registry = load();
  EXPECT_EQ(text_of(problems_), "");
  EXPECT_THAT(fields(*registry.find("a")), ElementsAre("host=", "port=1", "own="));
}

TEST_F(Extends, takes_the_other_from_the_directory_that_counts) {
  testing::TempDir mine;
  put("parent.yml", kParent);
  put("child.yml", "app: child\nextends: parent\n");
  std::string changed(kParent);
  changed.replace(changed.find("defaultValue: 1"), 15, "defaultValue: 7");
  mine.file("parent.yml", changed);
  std::vector<std::string> directories{directory_.path(), mine.path()};
  auto registry = load_definitions(directories, testing::protocols(), problems_);
  EXPECT_EQ(text_of(problems_), "");
  EXPECT_THAT(fields(*registry.find("child")), ElementsAre("host=", "port=7"));
}

TEST_F(Extends, calls_a_cycle_an_error_of_each_definition_in_it) {
  put("parent.yml", kParent);
  put("a.yml", "app: a\nextends: b\n");
  put("b.yml", "app: b\nextends: a\n");
  put("self.yml", "app: self\nextends: self\n");
  auto registry = load();
  EXPECT_EQ(problems_.errors, 3);
  EXPECT_THAT(text_of(problems_), HasSubstr("cannot extend 'a': it extends 'b' itself (a -> b -> a)"));
  EXPECT_THAT(text_of(problems_), HasSubstr("cannot extend 'self': it extends 'self' itself (self -> self)"));
  EXPECT_THAT(registry.apps(), ElementsAre("parent"));
}

TEST_F(Extends, calls_an_unknown_app_an_error_and_names_the_nearest) {
  put("parent.yml", kParent);
  put("child.yml", "app: child\nextends: parnet\n");
  auto registry = load();
  EXPECT_THAT(text_of(problems_),
              HasSubstr("extends: cannot extend 'parnet': there is no usable definition of that app "
                        "(did you mean 'parent'?)"));
  EXPECT_FALSE(registry.find("child"));
}

TEST_F(Extends, bounds_how_deep_and_how_large_it_gets) {
  put("parent.yml", kParent);
  std::string last = "parent";
  for (int i = 0; i < 10; ++i) {
    auto app = fmt::format("a{}", i);
    put(app + ".yml", fmt::format("app: {}\nextends: {}\n", app, last));
    last = app;
  }
  std::string many = "app: many\nextends: parent\nparams:\n";
  for (int i = 0; i < 199; ++i) many += fmt::format("  - {{field: p{}, type: text}}\n", i);
  put("many.yml", many);
  auto registry = load();
  EXPECT_THAT(text_of(problems_),
              HasSubstr("together they have 201 params and 2 sets; at most 200 and 200 are allowed"));
  EXPECT_FALSE(registry.find("many"));
  EXPECT_THAT(text_of(problems_), HasSubstr("cannot extend 'a7': at most 8 definitions may extend each other"));
  EXPECT_TRUE(registry.find("a7"));
  EXPECT_FALSE(registry.find("a8"));
}

TEST_F(Extends, warns_of_placeholders_that_neither_declares) {
  put("parent.yml", kParent);
  put("child.yml", R"(
app: child
extends: parent
metrics:
  - {name: more, priority: 5, protocol: icmp, fields: [{field: responseTime, type: 0}], icmp: {host: ^_^hots^_^}}
)");
  auto registry = load();
  EXPECT_EQ(problems_.errors, 0);
  EXPECT_THAT(text_of(problems_), HasSubstr("metrics more: cannot find the parameter of ^_^hots^_^"));
  EXPECT_TRUE(registry.find("child"));
}

TEST_F(Extends, needs_a_set_that_decides) {
  put("parent.yml", kParent);
  put("child.yml", R"(
app: child
extends: parent
metrics:
  - {name: basic, priority: 5, protocol: icmp, fields: [{field: responseTime, type: 0}], icmp: {host: h}}
)");
  auto registry = load();
  EXPECT_THAT(text_of(problems_), HasSubstr("cannot tell UP from DOWN"));
  EXPECT_FALSE(registry.find("child"));
}

}  // namespace
}  // namespace holter::define
