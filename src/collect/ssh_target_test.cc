#include "collect/ssh_target.h"

#include <set>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/texts_block.h"

namespace holter::collect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using testing::block_of_texts;
using Keys = testing::Texts;

const Keys kWhole = {{"host", "server.example"},
                     {"port", "2222"},
                     {"timeout", "4000"},
                     {"username", "watcher"},
                     {"password", "secret-1"},
                     {"privateKey", "key-1"},
                     {"privateKeyPassphrase", "phrase-1"},
                     {"reuseConnection", "false"},
                     {"useProxy", "true"},
                     {"proxyHost", "jump.example"},
                     {"proxyPort", "2223"},
                     {"proxyUsername", "jumper"},
                     {"proxyPassword", "secret-2"},
                     {"proxyPrivateKey", "key-2"},
                     {"proxyPrivateKeyPassphrase", "phrase-2"}};

Keys with(Keys keys, const std::string& key, const std::string& value) {
  std::erase_if(keys, [&](const auto& each) { return each.first == key; });
  keys.emplace_back(key, value);
  return keys;
}

SshTarget target(const Keys& keys) {
  return SshTarget::of(block_of_texts(keys)).value();
}

void expect_refused(const Keys& keys, const std::string& why) {
  auto refused = SshTarget::of(block_of_texts(keys));
  ASSERT_FALSE(refused) << why;
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), StartsWith("cannot "));
  EXPECT_THAT(refused.error().message(), HasSubstr(why));
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("secret-")));
}

TEST(SshTargetTest, reads_all_its_keys) {
  auto whole = target(kWhole);
  const net::SshLogin own{"watcher", "secret-1", "key-1", "phrase-1"}, other{"jumper", "secret-2", "key-2", "phrase-2"};
  EXPECT_EQ(whole.peer, (net::SshPeer{"server.example", 2222, own}));
  ASSERT_TRUE(whole.jump);
  EXPECT_EQ(*whole.jump, (net::SshPeer{"jump.example", 2223, other}));
  EXPECT_EQ(whole.timeout, milliseconds(4000));
  EXPECT_FALSE(whole.reuse);
}

TEST(SshTargetTest, has_defaults_for_what_is_left_out) {
  auto least = target({{"host", "h"}, {"username", "u"}});
  EXPECT_EQ(least.peer, (net::SshPeer{"h", 22, {.user = "u"}}));
  EXPECT_FALSE(least.jump);
  EXPECT_EQ(least.timeout, milliseconds(10'000));
  EXPECT_TRUE(least.reuse);
  EXPECT_EQ(target(with(kWhole, "proxyPort", "")).jump->port, 22);
  EXPECT_FALSE(target(with(kWhole, "useProxy", "false")).jump);
  EXPECT_FALSE(target(with(kWhole, "proxyHost", "")).jump);
}

TEST(SshTargetTest, refuses_what_is_wrong_and_names_the_key) {
  expect_refused(with(kWhole, "host", ""), "'host' is empty");
  expect_refused(with(kWhole, "username", ""), "'username' is empty");
  expect_refused(with(kWhole, "proxyUsername", ""), "'proxyUsername' is empty");
  for (auto port : {"0", "65536", "-1", "22x"})
    for (auto key : {"port", "proxyPort"}) expect_refused(with(kWhole, key, port), "cannot use the port");
  const std::string zero("secret-\0x", 9);
  for (auto key : {"username", "password", "privateKey", "privateKeyPassphrase", "proxyUsername", "proxyPassword",
                   "proxyPrivateKey", "proxyPrivateKeyPassphrase"}) {
    bool is_key = std::string_view(key).ends_with("Key");
    expect_refused(with(kWhole, key, zero), "'" + std::string(key) + "'");
    expect_refused(with(kWhole, key, std::string(is_key ? (64 << 10) + 1 : 1025, 'x')), "'" + std::string(key) + "'");
    EXPECT_TRUE(SshTarget::of(block_of_texts(with(kWhole, key, std::string(is_key ? 64 << 10 : 1024, 'x'))))) << key;
  }
}

TEST(SshTargetTest, what_a_jump_host_would_need_is_no_matter_without_one) {
  EXPECT_TRUE(
      SshTarget::of(block_of_texts({{"host", "h"}, {"username", "u"}, {"proxyHost", "jump"}, {"proxyPort", "x"}})));
}

TEST(SshTargetTest, two_targets_have_the_same_key_only_if_their_sessions_are_alike) {
  const auto key = target(kWhole).key();
  EXPECT_EQ(key, target(kWhole).key());
  for (auto unlike_in_time : {"timeout", "reuseConnection"})
    EXPECT_EQ(target(with(kWhole, unlike_in_time, "7")).key(), key) << unlike_in_time << " does not make a session";
  std::set<std::string> keys{key};
  std::size_t count = 1;
  for (const auto& [name, value] : kWhole) {
    if (name == "timeout" || name == "reuseConnection" || name == "useProxy") continue;
    keys.insert(target(with(kWhole, name, name.ends_with("ort") ? "7" : "another")).key());
    EXPECT_EQ(keys.size(), ++count) << name;
  }
  keys.insert(target(with(kWhole, "useProxy", "false")).key());
  EXPECT_EQ(keys.size(), ++count);
  const Keys bare = {{"host", "h"}, {"username", "u"}};
  for (auto secret : {"password", "privateKey", "privateKeyPassphrase"}) {  // the same text in another place
    keys.insert(target(with(bare, secret, "x")).key());
    EXPECT_EQ(keys.size(), ++count) << secret;
  }
}

TEST(SshTargetTest, its_key_shows_no_secret) {
  for (const auto& text : {target(kWhole).key(), key_of(target(kWhole).peer)}) {
    EXPECT_THAT(text, HasSubstr("server.example:2222"));
    for (auto secret : {"secret-", "key-", "phrase-"}) EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
}

TEST(SshTargetTest, counts_what_it_holds) {
  auto small = target(kWhole), large = target(with(kWhole, "proxyPrivateKey", std::string(5000, 'k')));
  EXPECT_GE(large.bytes(), small.bytes() + 4900);
}

/// The block of a protocol with the map sshTunnel.
Result<std::shared_ptr<const SshTarget>> tunnel_of(const Keys& keys) {
  auto block = block_of_texts({{"host", "database.example"}});
  block.keys.emplace_back("sshTunnel");
  block.items.push_back(block_of_texts(keys));
  const std::vector<std::string> aliases;
  return SshTarget::tunnel_of({"app", "set", aliases, block});
}

TEST(SshTargetTest, reads_all_keys_of_a_tunnel) {
  auto whole = tunnel_of({{"enable", "true"},
                          {"host", "server.example"},
                          {"port", "2222"},
                          {"timeout", "4000"},
                          {"username", "watcher"},
                          {"password", "secret-1"},
                          {"privateKey", "key-1"},
                          {"privateKeyPassphrase", "phrase-1"},
                          {"shareConnection", "false"},
                          {"useProxy", "true"},
                          {"proxyHost", "jump.example"}});
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ((*whole)->peer, (net::SshPeer{"server.example", 2222, {"watcher", "secret-1", "key-1", "phrase-1"}}));
  EXPECT_FALSE((*whole)->jump) << "a tunnel has no jump host";
  EXPECT_EQ((*whole)->timeout, milliseconds(4000));
  EXPECT_FALSE((*whole)->reuse);
  auto least = tunnel_of({{"enable", "true"}, {"host", "h"}, {"username", "u"}});
  ASSERT_TRUE(least);
  EXPECT_EQ((*least)->peer.port, 22);
  EXPECT_EQ((*least)->timeout, milliseconds(6000));
  EXPECT_TRUE((*least)->reuse);
}

TEST(SshTargetTest, a_tunnel_that_is_not_enabled_is_none_whatever_else_it_says) {
  for (const Keys& keys : {Keys{}, Keys{{"host", "h"}, {"port", "x"}}, Keys{{"enable", "false"}, {"port", "x"}}}) {
    auto none = tunnel_of(keys);
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_EQ(*none, nullptr);
  }
  const std::vector<std::string> aliases;
  auto no_map = block_of_texts({{"sshTunnel", "true"}});
  EXPECT_EQ(SshTarget::tunnel_of({"app", "set", aliases, no_map}).value(), nullptr);
  auto wrong = tunnel_of({{"enable", "true"}, {"host", "h"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), StartsWith("cannot use 'sshTunnel': cannot log in by SSH: 'username' is empty"));
}

}  // namespace
}  // namespace holter::collect
