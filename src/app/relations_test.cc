#include "app/relations.h"

#include <gtest/gtest.h>

namespace holter::app {
namespace {

using define::Placement;

class RelationsTest : public ::testing::Test {
 protected:
  memory::Account account{"process", nullptr, 1 << 20};
  Relations relations{account};
};

TEST_F(RelationsTest, cost_nothing_where_there_are_none) {
  ASSERT_TRUE(relations.set({1}, {}));
  EXPECT_EQ(account.used(), 0U);
  EXPECT_EQ(relations.folder({1}), "");
  EXPECT_TRUE(relations.depends_on({1}).empty());
  ASSERT_TRUE(relations.set({1}, {"dc1", {"router"}}));
  EXPECT_GT(account.used(), 0U);
  EXPECT_TRUE(relations.any_names());
  ASSERT_TRUE(relations.set({1}, {}));
  EXPECT_EQ(account.used(), 0U);
  EXPECT_FALSE(relations.any_names());
}

TEST_F(RelationsTest, share_the_texts_of_folders) {
  std::string folder(200, 'a');
  ASSERT_TRUE(relations.set({1}, {folder, {}}));
  auto first = account.used();
  ASSERT_TRUE(relations.set({2}, {folder, {}}));
  EXPECT_LE(account.used() - first, 56U);
  relations.remove({1});
  EXPECT_EQ(relations.folder({2}), folder);
  relations.remove({2});
  EXPECT_EQ(account.used(), 0U);
}

TEST_F(RelationsTest, that_do_not_fit_stay_as_they_were) {
  memory::Account small{"process", nullptr, 300};
  Relations tight(small);
  ASSERT_TRUE(tight.set({1}, {"dc1", {}}));
  auto refused = tight.set({1}, {"dc2", std::vector<std::string>(10, std::string(100, 'x'))});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(tight.of({1}), (Placement{"dc1", {}}));
}

TEST_F(RelationsTest, move_folders_with_all_that_lies_in_them) {
  ASSERT_TRUE(relations.set({1}, {"dc1", {}}));
  ASSERT_TRUE(relations.set({2}, {"dc1/rack2", {"router"}}));
  ASSERT_TRUE(relations.set({3}, {"dc10", {}}));
  ASSERT_TRUE(relations.set({4}, {"dc1/rack2", {}}));
  EXPECT_TRUE(relations.move_folder("dc1", "old/dc1", [](MonitorId id) { return id.value != 4; }));
  EXPECT_EQ(relations.folder({1}), "old/dc1");
  EXPECT_EQ(relations.of({2}), (Placement{"old/dc1/rack2", {"router"}}));
  EXPECT_EQ(relations.folder({3}), "dc10");
  EXPECT_EQ(relations.folder({4}), "dc1/rack2");
  relations.clear();
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::app
