#include "define/overlay.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "define/test_fixture.h"

namespace holter::define {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using DefinitionPtr = std::shared_ptr<const model::Definition>;

class OverlayTest : public ::testing::Test {
 protected:
  static DefinitionPtr definition(const std::string& app, const std::string& set, const std::string& extends = "",
                                  const std::string& source = "catalog", int priority = 0) {
    auto made = std::make_shared<model::Definition>();
    made->app = app;
    made->extends = extends;
    made->source = source + ":" + app;
    if (!set.empty()) {
      auto& entry = made->sets.emplace_back();
      entry.name = set;
      entry.priority = priority;
    }
    return made;
  }
  void add_file(const std::string& app, const std::string& set, const std::string& extends = "") {
    files.add(definition(app, set, extends, "file"));
  }
  void lay(std::vector<DefinitionPtr> over) {
    left_out.clear();
    problems = {};
    whole = lay_over(files, over, left_out, problems);
  }
  std::vector<std::string> sets_of(const std::string& app) {
    std::vector<std::string> names;
    auto found = whole.find(app);
    if (found)
      for (const auto& set : found->sets) names.push_back(set.name);
    return names;
  }
  std::vector<std::string> apps_left_out() {
    std::vector<std::string> apps;
    for (const auto& one : left_out) apps.push_back(one.app);
    return apps;
  }

  Registry files, whole;
  std::vector<LeftOut> left_out;
  Problems problems;
};

TEST_F(OverlayTest, one_that_is_laid_over_counts_and_the_others_stay) {
  add_file("a", "old");
  add_file("b", "file");
  lay({definition("a", "new"), definition("c", "own")});
  EXPECT_THAT(sets_of("a"), ElementsAre("new"));
  EXPECT_THAT(sets_of("b"), ElementsAre("file"));
  EXPECT_THAT(sets_of("c"), ElementsAre("own"));
  EXPECT_EQ(whole.find("b"), files.find("b"));
  EXPECT_THAT(left_out, IsEmpty());
  EXPECT_TRUE(problems.ok());
}

TEST_F(OverlayTest, what_extends_follows_what_is_laid_over_its_other) {
  add_file("base", "old");
  add_file("more", "own", "base");
  lay({definition("base", "new")});
  EXPECT_THAT(sets_of("more"), ElementsAre("new", "own"));
  lay({definition("own", "x", "more")});
  EXPECT_THAT(sets_of("own"), ElementsAre("old", "own", "x"));
}

TEST_F(OverlayTest, one_that_extends_nothing_there_is_left_out_and_the_file_counts) {
  add_file("a", "old");
  lay({definition("a", "new", "gone")});
  EXPECT_THAT(apps_left_out(), ElementsAre("a"));
  EXPECT_THAT(left_out[0].reason, HasSubstr("cannot extend 'gone'"));
  EXPECT_THAT(sets_of("a"), ElementsAre("old"));
  EXPECT_TRUE(problems.ok());
}

TEST_F(OverlayTest, only_the_one_at_fault_is_left_out) {
  add_file("base", "old");
  lay({definition("base", "new", "gone"), definition("more", "own", "base")});
  EXPECT_THAT(apps_left_out(), ElementsAre("base"));
  EXPECT_THAT(sets_of("more"), ElementsAre("old", "own"));
}

TEST_F(OverlayTest, one_that_breaks_a_file_which_extends_it_is_left_out) {
  add_file("base", "old");
  files.add(definition("more", "own", "base", "file", 1));
  lay({definition("base", "new", "", "catalog", 1)});  // nothing of priority 0 is left for "more"
  EXPECT_THAT(apps_left_out(), ElementsAre("base"));
  EXPECT_THAT(left_out[0].reason, HasSubstr("priority 0"));
  EXPECT_THAT(sets_of("more"), ElementsAre("old", "own"));
  EXPECT_TRUE(problems.ok());
}

TEST_F(OverlayTest, a_circle_through_a_file_is_broken) {
  add_file("a", "of_a", "b");
  add_file("b", "of_b");
  lay({definition("b", "new", "a")});
  EXPECT_THAT(apps_left_out(), ElementsAre("b"));
  EXPECT_THAT(sets_of("a"), ElementsAre("of_b", "of_a"));
  lay({definition("x", "x", "y"), definition("y", "y", "x")});
  EXPECT_EQ(whole.find("x"), nullptr);
  EXPECT_EQ(whole.find("y"), nullptr);
  EXPECT_THAT(sets_of("a"), ElementsAre("of_b", "of_a"));
}

TEST_F(OverlayTest, what_is_wrong_with_files_alone_is_an_error) {
  add_file("a", "x", "gone");
  add_file("b", "file");
  lay({definition("b", "new")});
  EXPECT_THAT(left_out, IsEmpty());
  EXPECT_FALSE(problems.ok());
  EXPECT_THAT(sets_of("b"), ElementsAre("new"));
}

TEST_F(OverlayTest, many_at_fault_are_left_out_together) {
  add_file("good", "file");
  std::vector<DefinitionPtr> over;
  for (int i = 0; i < 500; ++i) over.push_back(definition(fmt::format("bad{}", i), "x", "gone"));
  over.push_back(definition("good", "new"));
  lay(over);
  EXPECT_EQ(left_out.size(), 500u);
  EXPECT_THAT(sets_of("good"), ElementsAre("new"));
}

}  // namespace
}  // namespace holter::define
