#include "latest/dependencies.h"

#include <map>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace holter::latest {
namespace {

std::vector<std::uint64_t> parents_of(const Dependencies& graph, std::uint64_t id) {
  std::vector<std::uint64_t> found;
  if (const auto* node = graph.find({id}))
    graph.any_parent(*node, [&](MonitorId parent) {
      found.push_back(parent.value);
      return false;
    });
  return found;
}

std::set<std::uint64_t> children_of(const Dependencies& graph, std::uint64_t id) {
  std::set<std::uint64_t> found;
  if (const auto* node = graph.find({id})) graph.each_child(*node, [&](MonitorId child) { found.insert(child.value); });
  return found;
}

TEST(Dependencies, keep_the_order_of_parents_and_know_children) {
  memory::Account account{"process", nullptr, 1 << 20};
  Dependencies graph(account);
  ASSERT_TRUE(graph.set({1}, std::vector<MonitorId>{{9}, {7}, {8}}));
  ASSERT_TRUE(graph.set({2}, std::vector<MonitorId>{{7}}));
  EXPECT_EQ(parents_of(graph, 1), (std::vector<std::uint64_t>{9, 7, 8}));
  EXPECT_EQ(children_of(graph, 7), (std::set<std::uint64_t>{1, 2}));
  graph.drop_children({7});
  EXPECT_EQ(parents_of(graph, 1), (std::vector<std::uint64_t>{9, 8}));
  EXPECT_EQ(graph.find({2}), nullptr);
  EXPECT_EQ(graph.find({7}), nullptr);
}

TEST(Dependencies, take_no_memory_for_monitors_that_have_none) {
  memory::Account account{"process", nullptr, 1 << 20};
  {
    Dependencies graph(account);
    ASSERT_TRUE(graph.set({1}, {}));
    EXPECT_TRUE(graph.empty());
    EXPECT_EQ(account.used(), 0U);
    ASSERT_TRUE(graph.set({1}, std::vector<MonitorId>{{2}}));
    EXPECT_EQ(account.used(), 2 * 80U + 32U);
    ASSERT_TRUE(graph.set({1}, {}));
    EXPECT_TRUE(graph.empty());
    EXPECT_EQ(account.used(), 0U);
  }
}

TEST(Dependencies, that_do_not_fit_are_refused_and_the_old_ones_stay) {
  memory::Account account{"process", nullptr, 600};
  Dependencies graph(account);
  ASSERT_TRUE(graph.set({1}, std::vector<MonitorId>{{2}, {3}}));
  auto refused = graph.set({1}, std::vector<MonitorId>{{4}, {5}, {6}, {7}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(parents_of(graph, 1), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(graph.find({4}), nullptr);
}

TEST(Dependencies, are_what_a_list_of_pairs_would_be) {
  memory::Account account{"process", nullptr, 1 << 20};
  std::mt19937 random(7);
  Dependencies graph(account);
  std::map<std::uint64_t, std::vector<std::uint64_t>> model;
  for (int step = 0; step < 3'000; ++step) {
    std::uint64_t id = random() % 20;
    if (random() % 8 == 0) {
      graph.drop_children({id});
      for (auto& [child, parents] : model) std::erase(parents, id);
    } else {
      std::vector<MonitorId> parents;
      std::set<std::uint64_t> taken;
      for (auto i = random() % 5; i > 0; --i)
        if (auto parent = random() % 20; taken.insert(parent).second) parents.push_back({parent});
      ASSERT_TRUE(graph.set({id}, parents));
      model[id].clear();
      for (auto parent : parents) model[id].push_back(parent.value);
    }
    for (std::uint64_t each = 0; each < 20; ++each) {
      ASSERT_EQ(parents_of(graph, each), model[each]) << step;
      std::set<std::uint64_t> children;
      for (const auto& [child, parents] : model)
        if (std::ranges::find(parents, each) != parents.end()) children.insert(child);
      ASSERT_EQ(children_of(graph, each), children) << step;
      ASSERT_EQ(graph.find({each}) != nullptr, !children.empty() || !model[each].empty()) << step;
    }
  }
  for (std::uint64_t each = 0; each < 20; ++each) ASSERT_TRUE(graph.set({each}, {}));
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::latest
