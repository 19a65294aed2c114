#include "app/monitor_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"

namespace holter::app {
namespace {

model::Monitor monitor(const std::string& name) {
  return {.id = {stable_hash(name)}, .name = name, .labels = std::make_shared<model::Labels>()};
}

TEST(MonitorSet, finds_by_id_and_lists_by_name) {
  memory::Budget budget(1 << 20);
  MonitorSet set(budget.account("monitors"));
  ASSERT_TRUE(set.add(monitor("b")));
  ASSERT_TRUE(set.add(monitor("a")));
  auto c = set.add(monitor("c"));
  ASSERT_TRUE(c);
  EXPECT_EQ(set.size(), 3U);
  EXPECT_EQ(set.find({stable_hash("c")}), *c);
  EXPECT_FALSE(set.find({stable_hash("d")}));
  std::string names;
  for (auto slot : set.by_name()) names += set.at(slot).monitor.name;
  EXPECT_EQ(names, "abc");
}

TEST(MonitorSet, a_hidden_monitor_is_gone_but_its_slot_waits) {
  memory::Budget budget(1 << 20);
  MonitorSet set(budget.account("monitors"));
  auto first = set.add(monitor("first"));
  ASSERT_TRUE(first);
  const auto* address = &set.at(*first);
  set.hide(*first);
  EXPECT_FALSE(set.find({stable_hash("first")}));
  EXPECT_TRUE(set.by_name().empty());
  EXPECT_FALSE(set.listed(*first));
  auto again = set.add(monitor("first"));  // the same name at once: in another slot
  ASSERT_TRUE(again);
  EXPECT_NE(*again, *first);
  EXPECT_EQ(&set.at(*first), address);
  EXPECT_EQ(set.at(*first).monitor.name, "first");
  set.free(*first);
  EXPECT_EQ(set.size(), 1U);
}

TEST(MonitorSet, creating_and_deleting_100_000_times_does_not_grow) {
  memory::Budget budget(16 << 20);
  MonitorSet set(budget.account("monitors"));
  for (int i = 0; i < 100'000; ++i) {
    auto slot = set.add(monitor(fmt::format("a monitor with a longer name {}", i)));
    ASSERT_TRUE(slot);
    set.hide(*slot);
    set.free(*slot);
  }
  EXPECT_EQ(set.slots(), 0U);
  EXPECT_EQ(set.bytes(), 0U);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(MonitorSet, slots_at_the_end_go_and_the_lowest_free_one_is_used_first) {
  memory::Budget budget(64 << 20);
  MonitorSet set(budget.account("monitors"));
  std::vector<MonitorSet::Slot> slots;
  for (int i = 0; i < 20'000; ++i) slots.push_back(*set.add(monitor(fmt::format("m{}", i))));
  for (int i = 0; i < 20'000; ++i) {
    if (i == 7 || i == 9'000) continue;
    set.hide(slots[static_cast<std::size_t>(i)]);
    set.free(slots[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(set.slots(), 9'001U);
  EXPECT_EQ(*set.add(monitor("new")), 0U);
  EXPECT_EQ(*set.add(monitor("another")), 1U);
  set.hide(9'000);
  set.free(9'000);
  EXPECT_EQ(set.slots(), 8U);
  EXPECT_EQ(set.by_name().size(), 3U);
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(set.add(monitor(fmt::format("again {}", i))));
  EXPECT_EQ(set.slots(), 1'003U) << "slots that are gone are not handed out";
  EXPECT_EQ(set.by_name().size(), 1'003U);
}

TEST(MonitorSet, refuses_what_the_account_refuses_and_stays_as_it_was) {
  memory::Budget budget(1 << 20);
  auto& account = budget.account("monitors");
  account.set_limit(10 * 1024);
  MonitorSet set(account);
  std::size_t taken = 0;
  for (;; ++taken) {
    auto added = set.add(monitor(fmt::format("m{}", taken)));
    if (added) continue;
    EXPECT_EQ(added.error().code(), ErrorCode::kResourceExhausted);
    break;
  }
  EXPECT_GT(taken, 10U);
  EXPECT_EQ(set.size(), taken);
  EXPECT_EQ(set.by_name().size(), taken);
  EXPECT_LE(account.held(), 10U * 1024);
  EXPECT_FALSE(set.find({stable_hash(fmt::format("m{}", taken))}));
}

}  // namespace
}  // namespace holter::app
