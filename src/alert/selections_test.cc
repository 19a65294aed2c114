#include "alert/selections.h"

#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"

namespace holter::alert {
namespace {

using Places = Selections::Places;

model::Monitor monitor(const std::string& name) {
  model::Monitor out;
  out.id = {stable_hash(name)};
  out.name = name;
  out.labels = std::make_shared<const model::Labels>(model::Labels{{"site", "lab"}});
  return out;
}

TEST(Selections, are_known_until_the_monitor_has_other_labels_or_lies_elsewhere) {
  memory::Account account{"test", nullptr, 1 << 20};
  Selections selections(account);
  const model::SetDef basic{.name = "basic"}, disk{.name = "disk"};
  auto web = monitor("web");
  EXPECT_EQ(selections.find({&web, "prod"}, basic), nullptr);
  EXPECT_EQ(selections.keep({&web, "prod"}, basic, {1, 3}), (Places{1, 3}));
  EXPECT_EQ(selections.keep({&web, "prod"}, disk, {}), Places{});
  ASSERT_NE(selections.find({&web, "prod"}, basic), nullptr);
  EXPECT_EQ(*selections.find({&web, "prod"}, basic), (Places{1, 3}));
  EXPECT_EQ(*selections.find({&web, "prod"}, disk), Places{}) << "that there are none is known, too";

  auto edited = web;
  edited.labels = std::make_shared<const model::Labels>(*web.labels);
  EXPECT_EQ(selections.find({&edited, "prod"}, basic), nullptr);
  EXPECT_EQ(selections.find({&web, "prod"}, disk), nullptr) << "of all sets it is worked out anew";
  selections.keep({&web, "prod"}, basic, {1});
  EXPECT_EQ(selections.find({&web, "prod/eu"}, basic), nullptr);
}

TEST(Selections, give_their_memory_back) {
  memory::Account account{"test", nullptr, 1 << 20};
  Selections selections(account);
  const model::SetDef basic{.name = "basic"};
  for (int i = 0; i < 100; ++i) {
    auto one = monitor(fmt::format("m{}", i));
    selections.keep({&one, ""}, basic, Places(static_cast<std::size_t>(i), 7));
  }
  EXPECT_EQ(selections.monitors(), 100U);
  EXPECT_EQ(account.used(), selections.bytes());
  EXPECT_GT(selections.bytes(), 99 * 100 / 2 * sizeof(std::uint32_t));
  for (int i = 0; i < 50; ++i) selections.forget({stable_hash(fmt::format("m{}", i))});
  EXPECT_EQ(selections.monitors(), 50U);
  selections.forget({stable_hash(std::string("nobody"))});
  for (int i = 50; i < 100; ++i) selections.forget({stable_hash(fmt::format("m{}", i))});
  EXPECT_EQ(account.used(), 0U);
  auto web = monitor("web");
  selections.keep({&web, ""}, basic, {1});
  selections.clear();
  EXPECT_EQ(account.used(), 0U);
}

TEST(Selections, are_worked_out_each_time_where_there_is_no_memory_to_keep_them) {
  memory::Account account{"test", nullptr, 64};
  Selections selections(account);
  const model::SetDef basic{.name = "basic"};
  auto web = monitor("web");
  EXPECT_EQ(selections.keep({&web, ""}, basic, {2}), Places{2});
  EXPECT_EQ(selections.find({&web, ""}, basic), nullptr);
  EXPECT_EQ(selections.refused(), 1U);
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::alert
