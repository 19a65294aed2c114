#include "stress/group.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

namespace holter::stress {
namespace {

TEST(Group, without_a_group_nothing_can_be_joined_and_figures_are_zero) {
  Group none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(none.join(::getpid()));
  EXPECT_EQ(none.peak() + none.used() + none.kills(), 0U);
  EXPECT_STREQ(none.kind(), "none");
}

TEST(Group, is_there_while_it_is_held_and_gone_afterwards_or_says_why_not) {
  std::string procs;
  {
    auto group = Group::make("holter-group-test-" + std::to_string(::getpid()), 64 << 20);
    if (!group) {  // not everybody may make groups; that is what the message is for
      EXPECT_TRUE(group.error().message().starts_with("cannot make a memory group: ")) << group.error().message();
      return;
    }
    procs = group->procs();
    EXPECT_TRUE(std::filesystem::exists(procs));
    EXPECT_EQ(group->kills(), 0U);
    Group moved(std::move(*group));
    EXPECT_TRUE(std::filesystem::exists(procs));
  }
  EXPECT_FALSE(std::filesystem::exists(procs));
}

}  // namespace
}  // namespace holter::stress
