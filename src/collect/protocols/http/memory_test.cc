// Holds what is charged for a running attempt against what it allocates, libcurl included (of which
// net/http_memory_test.cc tells the parts).
#include <fmt/format.h>

#include "collect/coro_probe.h"
#include "testing/allocated.h"
#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& http_plugin();

namespace {

using Peer = testing::ScriptedPeer;
using HttpProbeMemoryTest = testing::ProbeTest;

TEST_F(HttpProbeMemoryTest, a_running_attempt_holds_no_more_than_is_charged_for_it) {
  constexpr std::size_t kAttempts = 100;
  const std::vector<std::string> aliases{"statusCode"};
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::stall()}});
  auto block = testing::block_of({testing::entry("host", "site.example"), testing::entry("parseType", "website"),
                                  testing::entry("url", "/" + std::string(200, 'x')),
                                  testing::entry("port", std::to_string(peer.port()))});
  auto probe = http_plugin().compile({"website", "summary", aliases, block}).value();
  std::vector<std::unique_ptr<OneShot>> shots;
  std::size_t done = 0;
  for (std::size_t i = 0; i < kAttempts; ++i) shots.push_back(std::make_unique<OneShot>(services_, 1, account_));
  auto before = testing::allocated_bytes();
  auto charged_before = account_.used();
  for (auto& shot : shots) shot->run(*probe, [&] { ++done; });
  // Some have a transfer, limited per host; the others wait for theirs with everything but a connection.
  ASSERT_TRUE(testing::run_until(context_, [&] { return http_.stats().in_flight == kAttempts; }));
  context_.restart();
  context_.run_for(milliseconds(50));
  auto each = (testing::allocated_bytes() - before) / kAttempts;
  auto charged = (account_.used() - charged_before) / kAttempts;
  fmt::print("a running http attempt holds {} bytes, {} are charged\n", each, charged);
  EXPECT_LE(each, charged);
  EXPECT_GE(each, charged / 4);
  for (auto& shot : shots) probe->cancel(*shot);
  ASSERT_TRUE(testing::run_until(context_, [&] { return done == kAttempts; }));
}

}  // namespace
}  // namespace holter::collect
