#include "app/settings.h"

#include <gtest/gtest.h>

namespace holter::app {
namespace {

using define::Config;

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kMiB = 1ULL << 20;

TEST(Settings, default_budget_is_half_of_the_limit_and_at_most_512_mib) {
  EXPECT_EQ(*memory_budget({}, 256 * kMiB), 128 * kMiB);
  EXPECT_EQ(*memory_budget({}, 64 * kGiB), 512 * kMiB);
}

TEST(Settings, budget_may_be_a_share_of_the_limit) {
  Config::Memory memory;
  memory.budget_share = 0.25;
  EXPECT_EQ(*memory_budget(memory, kGiB), 256 * kMiB);
}

TEST(Settings, budget_leaves_room_for_the_history_process_in_the_same_container) {
  Config::Memory memory;
  memory.budget = 512 * kMiB;
  EXPECT_EQ(*memory_budget(memory, 256 * kMiB), 192 * kMiB);
}

TEST(Settings, probes_may_not_reach_the_api_that_serves_them_unless_it_is_allowed) {
  Config config;
  net::TargetPolicy policy(target_rules(config, 2157));
  auto loopback = boost::asio::ip::make_address("127.0.0.1");
  EXPECT_FALSE(policy.allows(loopback, 2157));
  EXPECT_TRUE(policy.allows(loopback, 80));
  EXPECT_FALSE(policy.allows(boost::asio::ip::make_address("169.254.169.254"), 80));
  config.network.forbidden = {};
  policy.set(target_rules(config, 2157));
  for (const char* form : {"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::"})
    EXPECT_FALSE(policy.allows(boost::asio::ip::make_address(form), 2157)) << form;
  config.network.allowed = {"127.0.0.1:2157"};
  policy.set(target_rules(config, 2157));
  EXPECT_TRUE(policy.allows(loopback, 2157));
  config.server.listen = "[::1]:0";
  policy.set(target_rules(config, 4000));
  EXPECT_FALSE(policy.allows(boost::asio::ip::make_address("::1"), 4000));
}

TEST(Settings, all_addresses_of_the_machine_are_the_apis_own_where_it_listens_on_all_of_them) {
  Config config;
  std::vector<IpBlock> machine;
  for (const char* text : {"127.0.0.0/8", "192.0.2.7", "2001:db8::7"}) machine.push_back(*parse_ip_block(text));
  auto allows = [&](const char* address, std::uint16_t port) {
    return net::TargetPolicy(target_rules(config, 2157, machine)).allows(boost::asio::ip::make_address(address), port);
  };
  config.server.listen = "127.0.0.1:2157";
  EXPECT_TRUE(allows("192.0.2.7", 2157));
  EXPECT_TRUE(allows("127.0.0.5", 2157));
  config.server.listen = "0.0.0.0:2157";
  for (const char* own : {"127.0.0.1", "127.0.0.5", "192.0.2.7", "::ffff:192.0.2.7"})
    EXPECT_FALSE(allows(own, 2157)) << own;
  EXPECT_TRUE(allows("192.0.2.7", 2158));
  EXPECT_TRUE(allows("192.0.2.8", 2157));
  EXPECT_TRUE(allows("2001:db8::7", 2157));  // another program may have that port there
  config.server.listen = "[::]:2157";
  for (const char* own : {"192.0.2.7", "2001:db8::7"}) EXPECT_FALSE(allows(own, 2157)) << own;
  config.network.allowed = {"192.0.2.7:2157"};
  EXPECT_TRUE(allows("192.0.2.7", 2157));
}

TEST(Settings, too_small_a_budget_is_refused_with_the_least_that_works) {
  Config::Memory memory;
  memory.budget = 16 * kMiB;
  auto refused = memory_budget(memory, kGiB);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message().find("16.0 MiB"), std::string::npos) << refused.error().message();
  EXPECT_NE(refused.error().message().find("at least 48.0 MiB are needed"), std::string::npos)
      << refused.error().message();
  EXPECT_FALSE(memory_budget({}, 60 * kMiB));
}

TEST(Settings, actions_begin_at_the_lowest_level_that_names_them) {
  Config::Memory memory;
  memory.actions.elevated = {"flush"};
  memory.actions.high = {"pause"};
  memory.actions.critical = {"pause", "flush"};
  memory.actions.emergency = {};
  auto levels = action_levels(memory);
  EXPECT_EQ(levels[static_cast<std::size_t>(Action::kFlush)], 1);
  EXPECT_EQ(levels[static_cast<std::size_t>(Action::kPause)], 2);
  EXPECT_EQ(levels[static_cast<std::size_t>(Action::kRefuseWork)], memory::kLevels) << "never";
}

TEST(Settings, every_action_has_the_name_that_the_configuration_knows) {
  EXPECT_EQ(to_string(Action::kFlush), "flush");
  EXPECT_EQ(to_string(Action::kShrink), "shrink");
  EXPECT_EQ(to_string(Action::kStretch), "stretch");
  EXPECT_EQ(to_string(Action::kFewerRounds), "fewer_rounds");
  EXPECT_EQ(to_string(Action::kRefuseQueries), "refuse_queries");
  EXPECT_EQ(to_string(Action::kAlert), "alert");
  EXPECT_EQ(to_string(Action::kPause), "pause");
  EXPECT_EQ(to_string(Action::kRefuseWork), "refuse_work");
}

TEST(Settings, defaults_of_configuration_and_of_the_parts_agree) {
  EXPECT_EQ(shares({}).percent, memory::Shares{}.percent);
  EXPECT_EQ(level_options({}).from, memory::LevelOptions{}.from);
  EXPECT_DOUBLE_EQ(level_options({}).hysteresis, memory::LevelOptions{}.hysteresis);
  EXPECT_EQ(level_options({}).dwell, memory::LevelOptions{}.dwell);
}

}  // namespace
}  // namespace holter::app
