#include "app/definition_cases.h"

#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/loaded.h"

namespace holter::app {
namespace {

/// The definitions of this repository. UPDATE_EXPECTED=1 writes what came out: read the difference.
class DefinitionCases : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    define::Problems problems;
    registry_ = new define::Registry(define::load_definitions("definitions", protocol_keys(), problems));
    for (const auto& problem : problems.list) ADD_FAILURE() << define::to_string(problem);
    cases_ = new std::vector<DefinitionCase>(find_cases("definitions", problems));
    EXPECT_TRUE(problems.ok());
  }
  static void TearDownTestSuite() {
    delete std::exchange(cases_, nullptr);
    delete std::exchange(registry_, nullptr);
  }

  static define::Registry* registry_;
  static std::vector<DefinitionCase>* cases_;
};
define::Registry* DefinitionCases::registry_ = nullptr;
std::vector<DefinitionCase>* DefinitionCases::cases_ = nullptr;

TEST_F(DefinitionCases, bring_what_is_expected) {
  bool update = std::getenv("UPDATE_EXPECTED") != nullptr;
  for (const auto& test : *cases_) {
    SCOPED_TRACE(test.directory);
    LocalServices services;
    auto checked = check_case(test, *registry_, services, update);
    EXPECT_TRUE(checked) << checked.error().message();
  }
  fmt::print("{} cases of {} definitions\n", cases_->size(), registry_->size());
}

TEST_F(DefinitionCases, exist_for_every_definition_whose_protocol_can_replay) {
  std::set<std::string_view> tested;
  for (const auto& test : *cases_) tested.insert(test.app);
  for (auto app : registry_->apps()) {
    auto definition = registry_->find(app);
    bool replays = std::ranges::any_of(definition->sets, [](const auto& set) {
      return set.protocol != "icmp" && set.protocol != "telnet";  // nothing is answered that could be recorded
    });
    if (replays) EXPECT_TRUE(tested.contains(app)) << app << " has no test case";
  }
}

TEST_F(DefinitionCases, every_definition_speaks_english_and_chinese) {
  for (auto app : registry_->apps()) {
    auto definition = registry_->find(app);
    auto both = [&](const model::I18n& texts, std::string_view where) {
      for (std::string_view language : {"en-US", "zh-CN"})
        EXPECT_TRUE(std::ranges::any_of(texts, [&](const auto& t) { return t.first == language && !t.second.empty(); }))
            << app << ": " << where << " has no " << language;
    };
    both(definition->name, "name");
    both(definition->help, "help");
    for (const auto& param : definition->params) both(param.name, "parameter " + param.field);
    for (const auto& set : definition->sets) {
      both(set.i18n, "set " + set.name);
      for (const auto& field : set.fields) both(field.i18n, fmt::format("field {}.{}", set.name, field.field));
    }
  }
}

}  // namespace
}  // namespace holter::app
