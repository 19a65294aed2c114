#include "collect/job.h"

#include <gtest/gtest.h>

namespace holter::collect {
namespace {

using model::FieldType;

class JobTest : public ::testing::Test {
 protected:
  JobTest() {
    definition->app = "a";
    definition->sets = {{.name = "s",
                         .protocol = "icmp",
                         .fields = {{.field = "usage", .type = FieldType::kNumber}},
                         .aliases = {"used", "total"},
                         .calculates = {{"usage", "used / total * 100"}}}};
    monitor.definition = definition;
  }

  std::unique_ptr<MonitorJob> make(const model::ResolvedSet& set) { return factory.make(monitor, {&set, 1}).value(); }
  /// The set as the definition has it, but for one expression.
  model::ResolvedSet resolved(std::string expression) {
    const auto& set = definition->sets[0];
    return {.set = &set,
            .aliases = set.aliases,
            .calculates = {{"usage", std::move(expression)}},
            .block = {.kind = model::Node::Kind::kMap, .items = {model::Node::of_text("127.0.0.1")}, .keys = {"host"}}};
  }
  const Layout* layout_of(const model::ResolvedSet& set) {
    jobs.push_back(make(set));
    return jobs.back()->sets[0].layout.get();
  }

  std::shared_ptr<model::Definition> definition = std::make_shared<model::Definition>();
  model::Monitor monitor{.name = "m"};
  JobFactory factory;
  std::vector<std::unique_ptr<MonitorJob>> jobs;
};

TEST_F(JobTest, shares_a_layout_with_a_monitor_whose_texts_are_the_same) {
  const auto* first = layout_of(resolved("used / total * 100"));
  EXPECT_EQ(layout_of(resolved("used / total * 100")), first);
  EXPECT_NE(layout_of(resolved("used / total * 200")), first);
  auto other = resolved("used / total * 100");
  other.units = {{"usage", "B", "KB"}};
  EXPECT_NE(layout_of(other), first);
  other.units.clear();
  other.filters = {"usage > 1"};
  EXPECT_NE(layout_of(other), first);
  other.filters.clear();
  other.aliases.emplace_back("more");
  EXPECT_NE(layout_of(other), first);
  EXPECT_EQ(layout_of(resolved("used / total * 100")), first);
}

TEST_F(JobTest, counts_a_layout_of_its_own_among_its_bytes) {
  std::size_t shared = 0;
  for (int i = 0; i < 16; ++i) {
    const auto* layout = layout_of(resolved("used * " + std::to_string(i)));
    EXPECT_EQ(layout->own_bytes(), 0u);
    shared = jobs.back()->bytes();
  }
  const auto* own = layout_of(resolved("used * 1000"));
  EXPECT_GT(own->own_bytes(), sizeof(Layout));
  EXPECT_EQ(jobs.back()->bytes(), shared + own->own_bytes());
  EXPECT_NE(layout_of(resolved("used * 1000")), own) << "beyond the bound nothing is looked for";
}

TEST_F(JobTest, lives_with_a_calculation_that_parameters_have_spoilt) {
  auto job = make(resolved("used / ) * 100"));
  EXPECT_FALSE(job->sets[0].layout->fields()[0].defect.empty());
}

TEST_F(JobTest, is_refused_with_a_filter_that_does_not_compile) {
  auto set = resolved("used");
  set.filters = {"usge > 1"};
  auto job = factory.make(monitor, {&set, 1});
  ASSERT_FALSE(job.has_value());
  EXPECT_NE(job.error().message().find("did you mean \"usage\""), std::string::npos) << job.error().message();
}

}  // namespace
}  // namespace holter::collect
