// Holds the estimate that is charged for a running coroutine probe against what it allocates; what libcurl allocates is
// held against its charges in net/http_memory_test.cc.
#include <cstdlib>
#include <new>

#include <fmt/format.h>
#include <malloc.h>

#include "collect/coro_probe.h"
#include "testing/counted_new.h"
#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

HOLTER_COUNT_NEW

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
  auto before = testing::t_new_bytes;
  for (auto& shot : shots) shot->run(*probe, [&] { ++done; });
  // Some have a transfer, limited per host; the others wait for theirs with everything but a connection.
  ASSERT_TRUE(testing::run_until(context_, [&] { return http_.stats().in_flight == kAttempts; }));
  context_.restart();
  context_.run_for(milliseconds(50));
  auto each = (testing::t_new_bytes - before) / kAttempts;
  fmt::print("a running http attempt holds {} bytes besides libcurl's, {} are charged\n", each,
             CoroProbe::kRunningBytes);
  EXPECT_LE(each, CoroProbe::kRunningBytes);
  EXPECT_GE(each, CoroProbe::kRunningBytes / 4);
  for (auto& shot : shots) probe->cancel(*shot);
  ASSERT_TRUE(testing::run_until(context_, [&] { return done == kAttempts; }));
}

}  // namespace
}  // namespace holter::collect
