// Holds the estimate that is charged for a running coroutine probe against what it allocates.
#include <fmt/format.h>

#include "collect/coro_probe.h"
#include "testing/allocated.h"
#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& telnet_plugin();

namespace {

using Peer = testing::ScriptedPeer;
using TelnetMemoryTest = testing::ProbeTest;

TEST_F(TelnetMemoryTest, a_running_attempt_holds_no_more_than_is_charged_for_it) {
  constexpr std::size_t kAttempts = 100;
  const std::vector<std::string> aliases{"a"};
  Peer peer({{Peer::expect("cmd"), Peer::stall()}});
  auto block = testing::block_of({testing::entry("host", "127.0.0.1"), testing::entry("cmd", "cmd"),
                                  testing::entry("port", std::to_string(peer.port()))});
  auto probe = telnet_plugin().compile({"port", "summary", aliases, block}).value();
  std::vector<std::unique_ptr<OneShot>> shots;
  std::size_t done = 0;
  for (std::size_t i = 0; i < kAttempts; ++i) shots.push_back(std::make_unique<OneShot>(services_, 1, account_));
  auto before = testing::allocated_bytes();
  auto charged_before = account_.used();
  for (auto& shot : shots) shot->run(*probe, [&] { ++done; });
  ASSERT_TRUE(testing::run_until(context_, [&] { return peer.received().size() == 3 * kAttempts; }));
  context_.restart();
  context_.poll();
  auto each = (testing::allocated_bytes() - before) / kAttempts;
  auto charged = (account_.used() - charged_before) / kAttempts;
  fmt::print("a running telnet attempt holds {} bytes, {} are charged\n", each, charged);
  EXPECT_LE(each, charged);
  EXPECT_GE(each, charged / 4);
  for (auto& shot : shots) probe->cancel(*shot);
  ASSERT_TRUE(testing::run_until(context_, [&] { return done == kAttempts; }));
  EXPECT_EQ(account_.used(), charged_before);
}

}  // namespace
}  // namespace holter::collect
